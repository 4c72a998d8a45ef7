"""What the simulated SVB can do wrong, or say, beside what any partner can."""

from __future__ import annotations

from collections.abc import Mapping

from hub.simulators import faults

WIRE: Mapping[str, str] = {
    **faults.WIRE,
    "fo03_client": "refuse the message (Fo03 StUF055, client)",
    "fo03_server": "say: not now (Fo03 StUF058, server)",
}

BUSINESS: Mapping[str, str] = {
    "fo01": "reject the envelope (Fo01 IB007)",
    "header_only": "reject at the second control level (a return with its header and 0001 only)",
    "reject": "reject the budget with the code of the option code",
    **faults.BUSINESS,
}

KNOWN: Mapping[str, str] = {**WIRE, **BUSINESS}
