"""The bar that a cell shows while it waits for a batch."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from seedance_nb.words import say

FORMAT = "{{l_bar}}{{bar}}| {over} [{{elapsed}}{{postfix}}]"


class Bar:
    """A progress bar that says where the batch stands; nothing at all where it is not wanted.

    Args:
        total: How many tasks there are.
        over: How many are over already.
        is_shown: Whether there is a bar.
    """

    def __init__(self, total: int, over: int, *, is_shown: bool) -> None:
        self._bar: Any = None
        if is_shown:
            from tqdm.auto import tqdm

            ended = say("{count} over", count="{n_fmt}/{total_fmt}")
            self._bar = tqdm(total=total, initial=over, desc=say("Clips"), bar_format=FORMAT.format(over=ended))

    def move(self, over: int, postfix: str) -> None:
        """Show how many are over now, which may be fewer where a task came alive again."""
        if self._bar is not None:
            self._bar.n = over
            self._bar.set_postfix_str(postfix)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
