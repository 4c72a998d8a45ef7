"""What ``hub check`` looks at for a connection to CORV, beside what it looks at for every connection."""

from __future__ import annotations

from collections.abc import Iterator

from hub.adapters.corv.reference_lists import ReferenceLists
from hub.contracts.check import Check, ConnectionChecked
from hub.transports.digikoppeling.checks import open_to_all


def look(checked: ConnectionChecked) -> Iterator[Check]:
    """Who may deliver, and the reference lists."""
    yield from open_to_all(checked)
    yield from _lists(checked)


def _lists(checked: ConnectionChecked) -> Iterator[Check]:
    """Without the lists people read codes of courts and institutions, and no explanation of roles."""
    folder = checked.settings.reference_lists
    missing = None if folder is None else ReferenceLists(folder).missing()
    if missing == [] or (missing is None and not checked.serious):
        return
    text = "is not set" if missing is None else f"absent or unreadable there: {', '.join(missing)}"
    remedy = "Put the standard's instanties.csv and jeugdzorgrollen.csv in a folder and name it here; else people read codes."
    yield checked.at("reference_lists", "warn", f"reference lists: {text}", remedy)
