"""What ``hub check`` looks at for a connection to SVB, beside what it looks at for every connection."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, ConnectionChecked
from hub.transports.digikoppeling.checks import open_to_all


def look(checked: ConnectionChecked) -> Iterator[Check]:
    """Who may deliver."""
    yield from open_to_all(checked)
