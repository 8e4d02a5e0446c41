"""`python -m seedance_nb.cli`, where the script is not on the path."""

from __future__ import annotations

import sys

from seedance_nb.cli import main

if __name__ == "__main__":
    sys.exit(main())
