"""What ``hub check`` looks at for a connection to an index."""

from __future__ import annotations

from collections.abc import Iterator

from hub.adapters.verwijsindex.client import VerwijsindexAdapter
from hub.adapters.verwijsindex.settings import STAND_IN_WSDL, IndexSettings
from hub.contracts.check import Check, ConnectionChecked
from hub.errors import ConfigError


def look(checked: ConnectionChecked) -> Iterator[Check]:
    """Whether the WSDL can be used with the mapping, and whether it is the index's own."""
    settings: IndexSettings = checked.settings
    try:
        VerwijsindexAdapter(settings).open()
    except ConfigError as error:
        yield checked.at(error.key or "wsdl", "fail", error.text, "Give the index's own WSDL and map its operations.")
        return
    if settings.wsdl == STAND_IN_WSDL:
        state = "fail" if checked.serious else "warn"
        yield checked.at("wsdl", state, "the stand-in WSDL is used, which no index has", "Set wsdl to that of the index.")
    else:
        yield checked.at("wsdl", "ok", "the WSDL has every operation that is mapped", "")
