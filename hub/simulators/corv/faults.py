"""What the simulated CORV can do wrong beside what any partner can."""

from __future__ import annotations

from collections.abc import Mapping

from hub.simulators import faults

WIRE: Mapping[str, str] = {
    **faults.WIRE,
    "fo03_client": "refuse the message (Fo03 StUF055, client)",
    "fo03_server": "say: not now (Fo03 StUF058, server)",
}

BUSINESS: Mapping[str, str] = {
    "fo01": "reject the message (Fo01 901)",
    **faults.BUSINESS,
    "answer_before_bv04": "send the business answer before confirming the message itself",
}

#: Standing behaviour, not limited.
BEHAVIOUR: Mapping[str, str] = {"refuse_duplicates": "refuse an identical repeat with StUF016 too"}

KNOWN: Mapping[str, str] = {**WIRE, **BUSINESS, **BEHAVIOUR}
