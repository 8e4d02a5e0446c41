"""Columns of a frame out of pieces of the ledger.

Each piece is packed when it comes, into codes, numbers and times, so that only one of them at a time is there as
objects of Python. Texts are packed by Arrow where pandas keeps them so, which it does where pyarrow is installed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seedance_nb.money import Money

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Series = pd.Series[Any]

TIME = "datetime64[us, UTC]"
_WRITTEN = len("2026-11-21T08:00:00.000000Z")
_NEVER = "NaT".ljust(_WRITTEN, "\0")


class Packed(Protocol):
    """A column that grows."""

    def add(self, values: Sequence[Any]) -> None:
        """Take a piece in; None is missing."""

    def series(self) -> Series:
        """All of it."""


def packed(dtype: str) -> Packed:
    """An empty column for a dtype; `amount`: `Decimal`s out of counts of 10⁻⁸, `object`: anything."""
    if dtype == "string":
        return _Texts()
    if dtype == "category":
        return _Words()
    if dtype == TIME:
        return _Times()
    if dtype == "amount":
        return _Amounts()
    return _Wholes() if dtype == "Int64" else _Plain(dtype)


class _Texts:
    def __init__(self) -> None:
        import pandas as pd

        self._by_arrow = pd.StringDtype().storage == "pyarrow"
        self._pieces: list[Any] = []
        self._values: list[str | None] = []

    def add(self, values: Sequence[Any]) -> None:
        if self._by_arrow:
            import pyarrow as pa

            self._pieces.append(pa.array(values, pa.large_string()))
            return
        known: dict[str | None, str | None] = {value: value for value in values}
        # A text that many tasks share is kept once.
        self._values += [known[value] for value in values] if 2 * len(known) < len(values) else values

    def series(self) -> Series:
        import pandas as pd

        if self._by_arrow:
            import pyarrow as pa

            return pd.Series(pd.array(pa.chunked_array(self._pieces, pa.large_string()), dtype="string"))
        return pd.Series(self._values, dtype="string")


class Paths(_Texts):
    """Where clips lie: as text and joined by hand, since paths as objects take as long as the whole rest of a frame."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._folder = os.path.join(home, "")

    def add(self, values: Sequence[Any]) -> None:
        """Take paths in; what is relative lies in the folder, and what is in an object store stays where it is."""
        folder, is_absolute = self._folder, os.path.isabs
        if os.sep == "/":
            # A relative path is one that does not begin with it.
            super().add(
                [value if value is None or value[:1] == "/" or "://" in value else folder + value for value in values]
            )
            return
        super().add(
            [
                value if value is None or is_absolute(value) or "://" in value else folder + value.replace("/", os.sep)
                for value in values
            ]
        )


class _Codes(dict[Any, int]):
    """Each value that comes gets the next number."""

    def __missing__(self, key: Any) -> int:
        self[key] = code = len(self)
        return code


class _Words:
    """Categories are the values that occur, in order."""

    def __init__(self) -> None:
        self._codes = _Codes()
        self._pieces: list[np.ndarray[Any, Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        import numpy as np

        self._pieces.append(np.fromiter(map(self._codes.__getitem__, values), np.int32, len(values)))

    def series(self) -> Series:
        import numpy as np
        import pandas as pd

        known = sorted(value for value in self._codes if value is not None)
        place: dict[Any, int] = {value: number for number, value in enumerate(known)} | {None: -1}
        places = np.array([place[value] for value in self._codes] or [-1], np.int32)
        codes = places[_joined(self._pieces, np.int32)]
        return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(known)))


class _Wholes:
    def __init__(self) -> None:
        self._pieces: list[np.ndarray[Any, Any]] = []
        self._missing: list[np.ndarray[Any, Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        import numpy as np

        missing = np.fromiter((value is None for value in values), bool, len(values))
        filled = [0 if value is None else value for value in values] if missing.any() else values
        self._pieces.append(np.array(filled, np.int64))
        self._missing.append(missing)

    def series(self) -> Series:
        import numpy as np
        import pandas as pd

        missing = _joined(self._missing, np.bool_)
        return pd.Series(pd.arrays.IntegerArray(_joined(self._pieces, np.int64), missing))


class _Times:
    def __init__(self) -> None:
        self._pieces: list[np.ndarray[Any, Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        import numpy as np

        text = "".join(_NEVER if value is None else value for value in values)
        if len(text) != _WRITTEN * len(values):
            raise ValueError("A time in the ledger is not written as the ledger writes times; another program did so.")
        # Without the Z at the end, which numpy does not know.
        written = np.frombuffer(text.encode("ascii"), f"S{_WRITTEN}").astype(f"S{_WRITTEN - 1}")
        self._pieces.append(written.astype("datetime64[us]"))

    def series(self) -> Series:
        import pandas as pd

        times = pd.DatetimeIndex(_joined(self._pieces, "datetime64[us]"))
        return pd.Series(times.tz_localize("UTC"))


class _Known(dict[int | None, Decimal | None]):
    """Most clips cost what another one did."""

    def __missing__(self, key: int | None) -> Decimal | None:
        assert key is not None
        self[key] = amount = Money.from_e8(key, "XXX").amount
        return amount


class _Amounts:
    def __init__(self) -> None:
        self._known = _Known({None: None})
        self._pieces: list[np.ndarray[Any, Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        import numpy as np

        self._pieces.append(np.fromiter(map(self._known.__getitem__, values), object, len(values)))

    def series(self) -> Series:
        import pandas as pd

        return pd.Series(_joined(self._pieces, "object"), dtype="object")


class _Plain:
    def __init__(self, dtype: str) -> None:
        self._dtype = dtype
        self._values: list[Any] = []

    def add(self, values: Sequence[Any]) -> None:
        self._values += values

    def series(self) -> Series:
        import pandas as pd

        return pd.Series(self._values, dtype=self._dtype)


def _joined(pieces: list[np.ndarray[Any, Any]], dtype: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    joined = np.concatenate(pieces) if pieces else np.array([], dtype)
    pieces.clear()
    return joined
