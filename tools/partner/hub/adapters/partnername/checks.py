"""What ``hub check`` looks at for a connection to PartnerName, beside what it looks at for every connection."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, ConnectionChecked


def look(checked: ConnectionChecked) -> Iterator[Check]:
    """Whether messages travel safely."""
    # fill in: what else an operator may forget
    if checked.serious and not checked.settings.url.startswith("https://"):
        yield checked.at("url", "fail", "messages would travel in the clear", "Use an address that begins with https.")
