"""From a clip on the sandbox to its line in the books: said, summed, priced again, and held against a bill."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pandas as pd

from seedance_nb.content import Content, Image
from seedance_nb.request import Request
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio

from ..unit import media_samples as samples


def test_the_books_of_two_clips(box: Sandbox, studio_on: Callable[[Sandbox], Studio]) -> None:
    """What the engine wrote down is enough to price the work again, and to hold a bill against."""
    studio = studio_on(box)
    plain = studio.submit(Request("A cat", ratio="16:9", duration=4))  # type: ignore[arg-type]
    framed = studio.submit(Request(Content("It yawns", Image(samples.picture(640, 480))), duration=4))
    for task in (plain, framed):
        task.wait(180)
    plain.note("fine").note("better")
    studio.ledger.tag([plain, framed], "hero")
    frame = studio.ledger.frame(tag="hero")
    assert len(frame) == 2
    assert plain.labels() == {"note": "better", "tag:hero": "yes"}
    again = studio.ledger.would_have_cost(by="mode")
    by_mode = {row["mode"]: row for row in again.to_dict("records")}
    assert by_mode["text"]["would_high"] == by_mode["text"]["cost"] == Decimal("87300") * 46 / 1_000_000
    frame_ = by_mode["first_frame"]  # its ratio was left to a picture whose bytes are gone, and came out as 4:3
    assert frame_["would_low"] == frame_["would_high"] == frame_["cost"]
    fast = studio.ledger.would_have_cost(model="seedance-2.0-fast", by=(), mode="text").to_dict("records")
    assert [row["would_high"] for row in fast] == [Decimal("87300") * 37 / 1_000_000]
    bill = pd.DataFrame({"task_id": frame["task_id"], "amount": frame["cost"], "tokens": frame["tokens"]})
    made = studio.reconcile(bill)
    assert (made.agrees, made.agreed) == (True, 2)
    assert studio.reconcile(bill.iloc[:1]).counts() == {"not_in_bill": 1}
