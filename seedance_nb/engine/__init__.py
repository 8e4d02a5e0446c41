"""The work between a request and a kept clip, on one background thread.

From the outside in:

- `engine` is the door, from any thread; `background` owns the thread and its loop.
- `life` says what follows from what a provider says; `steps` writes each step down, through `book`, and tells `hub`.
- `creating` brings an intent to its provider: `line` and `lane` keep the order, `pacing` the provider's limits,
  `uploading` the files, `hosting` those that a provider reads at an address alone, `sending` the one attempt, and the
  search for a task whose create had no answer.
- `station` is what the tasks of one account share. `polling` looks at them together when `schedule` finds that a look
  is worth a request, by the `odds` that past tasks give.
- `keeping` brings clips home: `fetching` and `parts` the bytes, `arriving` their names, `shelving` into an object store
  where they are kept in one; `copies` has them here again when somebody looks. `settling` reckons the bill.
- `following` says which notebook follows which task; `watching` shows what another one does; `hearing` takes webhooks.
- `polite` and `crowd` leave the kernel's cells their turn when there are thousands of tasks.
- `asking` is what a person asks: cancel, settle, rescue. `budgeting` guards the intents, `preparing` makes them.
- `examining`, `findings` and `mending` are the doctor's, and `stock`, what object stores hold.

Nothing here knows a widget: the engine tells what happens, faces subscribe.
"""

from __future__ import annotations

from seedance_nb.engine.background import run
from seedance_nb.engine.engine import Engine

__all__ = ["Engine", "run"]
