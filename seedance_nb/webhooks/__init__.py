"""A receiver for what providers post when a task changes; optional, and beside polling, never instead of it.

`app` is an ASGI application to mount wherever a provider can reach it. It judges who sent a post
(`judging`, with the keys of `keys` and the arithmetic of `signature`), and hands on a value: `Heard` where
the provider proved what it said, `Trigger` where somebody merely claims that something changed. What
happens then is the business of whoever receives it; `studio.webhooks()` connects it to a studio.
"""

from __future__ import annotations

from seedance_nb.webhooks.receiver import app
from seedance_nb.webhooks.word import Heard, Trigger

__all__ = ["Heard", "Trigger", "app"]
