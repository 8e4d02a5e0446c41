"""The state of the composer without a browser: a draft and its edits, what is wrong with it, and what is drawn of it.

Values and pure functions, except for files that arrive in pieces and the thread that slow things are done in. Nothing
here knows of widgets, of a studio or of an engine.
"""

from seedance_nb.composing.draft import Draft, Mark
from seedance_nb.composing.findings import Findings, examine
from seedance_nb.composing.history import History
from seedance_nb.composing.kept import BudgetLeft, KeptClip
from seedance_nb.composing.uploads import Uploads
from seedance_nb.composing.view import Scene, draw
from seedance_nb.composing.worker import ThreadWorker, Worker

__all__ = [
    "BudgetLeft",
    "Draft",
    "Findings",
    "History",
    "KeptClip",
    "Mark",
    "Scene",
    "ThreadWorker",
    "Uploads",
    "Worker",
    "draw",
    "examine",
]
