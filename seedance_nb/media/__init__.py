"""Reading pictures, clips and sounds: what they are, their bytes, and single frames of them.

Everything here treats a file as something a stranger made: what is wrong with it becomes a
`MediaError` with a sentence, and nothing is read that a file merely points to. Which formats
and lengths a provider takes is said by `seedance_nb.catalog`, not here. PyAV and Pillow load
when a file is first opened, so that importing this package costs nothing.
"""

from seedance_nb.media._bytes import data_uri, open_source, read, sha256
from seedance_nb.media._facts import Facts
from seedance_nb.media._frames import last_frame, poster
from seedance_nb.media._look import Look, look
from seedance_nb.media._probe import probe, probe_file, seconds, shape

__all__ = [
    "Facts",
    "Look",
    "data_uri",
    "last_frame",
    "look",
    "open_source",
    "poster",
    "probe",
    "probe_file",
    "read",
    "seconds",
    "sha256",
    "shape",
]
