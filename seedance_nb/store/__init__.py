"""Files in an object store: put, read back, listed, signed for and removed.

`s3://` (and what speaks its protocol), `gs://` and `tos://`, by the library `obstore`, which is loaded with the first
store that is opened. Keys of an account come from its own environment variables or files, and are never shown. Which
files go there, and when, is for the engine to say.
"""

from __future__ import annotations

from seedance_nb.store._address import Place, is_address, parsed
from seedance_nb.store._opening import at, opened
from seedance_nb.store._store import LONGEST_LINK, Entry, Store

__all__ = ["LONGEST_LINK", "Entry", "Place", "Store", "at", "is_address", "opened", "parsed"]
