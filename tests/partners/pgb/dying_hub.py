"""``hub ...`` that ends with SIGKILL where ``HUB_CRASH_AT`` says; the hub itself refuses that variable, which is no setting."""

from __future__ import annotations

import os
import sys

from hub import crashpoints
from hub.cli import main

if __name__ == "__main__":
    assert crashpoints.NAMES  # loaded, and so it has read the variable
    os.environ.pop("HUB_CRASH_AT", None)
    sys.exit(main())
