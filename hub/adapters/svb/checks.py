"""What ``hub check`` looks at for a connection to SVB, beside what it looks at for every connection."""

from __future__ import annotations

import os
from collections.abc import Iterator

from hub.adapters.svb.files import files_of
from hub.adapters.svb.settings import SvbSettings
from hub.contracts.check import Check, ConnectionChecked
from hub.transports.digikoppeling.checks import open_to_all


def look(checked: ConnectionChecked) -> Iterator[Check]:
    """Who may deliver; with files: whether the folders are there."""
    settings: SvbSettings = checked.settings
    if settings.transport != "files":
        yield from open_to_all(checked)
        return
    folders = files_of(settings)
    for name, path in (("uit", folders.uit), ("binnen", folders.binnen)):
        if path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK):
            yield checked.at(f"files.{name}", "ok", "the folder is there and can be written", "")
        else:
            remedy = "Make the folder, and give the hub's account the right to read and write in it."
            yield checked.at(f"files.{name}", "fail", "the folder is not there or cannot be written", remedy)
