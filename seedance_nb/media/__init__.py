"""Reading pictures, clips and sounds: what they are, their bytes, and single frames of them.

Everything here treats a file as something a stranger made: what is wrong with it becomes a
`MediaError` with a sentence, and nothing is read that a file merely points to. Which formats
and lengths a provider takes is said by `seedance_nb.catalog`, not here. PyAV and Pillow load
when a file is first opened, so that importing this package costs nothing.
"""

from seedance_nb.media._bare import bare_copy
from seedance_nb.media._bytes import data_uri, open_source, read, sha256
from seedance_nb.media._facts import Facts
from seedance_nb.media._frames import blank, frame, last_frame, poster
from seedance_nb.media._join import Cut, Joined, join
from seedance_nb.media._look import Look, look
from seedance_nb.media._measures import VERSION as MEASURES_VERSION
from seedance_nb.media._measures import Measures, measure
from seedance_nb.media._probe import probe, probe_file, seconds, shape
from seedance_nb.media._tags import KEY as TAG_KEY
from seedance_nb.media._tags import LONGEST_TEXT as LONGEST_TAG
from seedance_nb.media._tags import same_packets, tag_of, tagged
from seedance_nb.media._twins import twin

__all__ = [
    "LONGEST_TAG",
    "MEASURES_VERSION",
    "TAG_KEY",
    "Cut",
    "Facts",
    "Joined",
    "Look",
    "Measures",
    "bare_copy",
    "blank",
    "data_uri",
    "frame",
    "join",
    "last_frame",
    "look",
    "measure",
    "open_source",
    "poster",
    "probe",
    "probe_file",
    "read",
    "same_packets",
    "seconds",
    "sha256",
    "shape",
    "tag_of",
    "tagged",
    "twin",
]
