"""What people call the messages and events of this exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.contracts.exchange import Words


def _status(detail: Mapping[str, Any]) -> str:
    told = [str(detail[key]) for key in ("status", "result") if detail.get(key)]
    return f"{': '.join(told)}." if told else ""


def _child(detail: Mapping[str, Any]) -> str:
    return f"Kind {detail['child']}." if detail.get("child") else "De keuze is teruggenomen."


def _reason(detail: Mapping[str, Any]) -> str:
    return f"Reden: {detail['reason']}" if detail.get("reason") else ""


WORDS = Words(
    types={
        "vtoDi01": "Verzoek tot onderzoek",
        "notificatieDi01": "Melding van de Raad",
        "Bv01Bericht": "Bevestiging",
        "Fo01Bericht": "Afwijzing",
        "Bv03Bericht": "Ontvangstbevestiging",
        "Fo03Bericht": "Foutmelding",
    },
    events={
        "child_confirmed": "Bij een kind geplaatst",
        "case_closed": "Zaak afgesloten",
        "case_reopened": "Zaak weer geopend",
    },
    tasks={"raadsverzoek.which_child": "Een melding hoort bij een verzoek, maar bij welk kind is niet duidelijk"},
    details={"notified": _status, "child_confirmed": _child, "case_closed": _reason},
    captions={
        "child_confirmed": ("put to child {child} by {actor}", "plain"),
        "case_closed": ("closed by {actor}", "plain"),
        "case_reopened": ("opened again by {actor}", "plain"),
    },
)
