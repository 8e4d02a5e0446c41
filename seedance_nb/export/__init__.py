"""A request as source code that somebody else can run: with Ark's SDK, with httpx, or with curl.

The code stands on its own and does not need this package. What it sends is what the package would send: the body
comes from the same encoder, media come in by the same door. Nothing is sent from here.
"""

from seedance_nb.export._code import Code, Form
from seedance_nb.export._write import FORMS, code

__all__ = ["FORMS", "Code", "Form", "code"]
