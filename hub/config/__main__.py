"""``python -m hub.config reference`` prints ``config/hub.example.toml``."""

from __future__ import annotations

import sys

from hub.config.reference import reference

if sys.argv[1:] != ["reference"]:
    sys.exit("usage: python -m hub.config reference > config/hub.example.toml")
sys.stdout.write(reference())
