"""`%%seedance`: a request as a cell, with the prompt as its body and everything else on its first line.

`%load_ext seedance_nb` brings it; to import the package alone does not. It goes the way of `studio.submit`.
"""

from seedance_nb.magics._magic import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
