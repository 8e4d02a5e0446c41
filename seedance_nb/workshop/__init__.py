"""Where media work is done: in the thread that asks, in an executor of threads or processes, or on a Dask cluster.

The work itself is in `seedance_nb.media`; what is here brings a clip to it and the result back. A result does not
depend on where it was made: what other versions of the libraries made is refused.
"""

from seedance_nb.workshop._homes import at, leave, serve
from seedance_nb.workshop._piece import Workpiece
from seedance_nb.workshop._workshop import Executes, Workshop

__all__ = ["Executes", "Workpiece", "Workshop", "at", "leave", "serve"]
