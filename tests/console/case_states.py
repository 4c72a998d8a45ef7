"""A secretary's desk with a case in every state that she meets, and messages of the Raad that belong to none."""

from __future__ import annotations

from typing import Any

from hub.intake.intake import Taken
from hub.message import Caller, Event
from hub.web.accounts import create_user
from tests.support import raadsverzoeken as rv
from tests.support.cases import NOOR, STRANGER, Raad
from tests.support.live_site import PASSWORD, LiveSite, encoded

#: State of each case that ``fill`` makes -> its path.
PATHS: dict[str, str] = {}
#: The same -> its kenmerk.
KENMERKEN: dict[str, str] = {}
#: The child that a mother of ``family`` was expecting, now born.
BORN = {"geslachtsnaam": "Proefouder", "voornamen": "Lotte", "geboortedatum": "20270301"}


def fill(site: LiveSite) -> None:
    """Make the cases and the accounts."""
    create_user(site.hub.journal, "a.devries", ["secretary"], PASSWORD, display_name="Anja de Vries")
    create_user(site.hub.journal, "privacy", ["privacy_officer"], PASSWORD, display_name="P. Officer")
    raad = Raad(site)
    for name in ("cancelled", "closing", "held", "away", "sent", "confirmed", "parked", "rejected", "overdue", "contradicted"):
        _bring(site, raad, name)
    family = _accept(site, name="family", **family_document())
    raad.takes_over(family)
    raad.confirms(family)
    raad.notifies(family.kenmerk, status="Intake afgerond")
    raad.notifies(
        family.kenmerk,
        status="Zaak afgerond",
        resultaat="Maatregel opgelegd",
        decision={
            "datum": "20261120",
            "toelichting": "Ondertoezichtstelling",
            "ingang": "20261120",
            "einde": "20271120",
            "beslissendeInstantie": "RC0108",
        },
    )
    raad.notifies(family.kenmerk, BORN, status="Intake afgerond")
    PATHS["unmatched"] = f"/meldingen/{raad.notifies('ONBEKEND-77', NOOR)}"
    PATHS["stranger"] = f"/meldingen/{raad.notifies('ANDERS-12', STRANGER, status='Onderzoek afgerond')}"
    PATHS["ambtshalve"] = f"/meldingen/{raad.notifies('', STRANGER)}"


def family_document() -> dict[str, Any]:
    """A request about a born child, an unborn one and a second born one."""
    return {
        "kinderen": [rv.kind(1), rv.ongeboren(2), rv.kind(3)],
        "betrokkenen": [
            rv.persoon("b1", rv.gezag(1), rv.gezag(2), rv.gezag(3)),
            rv.instelling("b2", {"rol": "hulpverlener"}),
        ],
        "documenten": [rv.document(), rv.document("Gezinsgeschiedenis", bestandsnaam="geschiedenis.pdf")],
    }


def _accept(site: LiveSite, *, name: str, hold: float = 0, **changes: Any) -> Taken:
    caller = Caller("user", "a.devries", frozenset({"secretary"}))
    taken = site.hub.intake.accept("raadsverzoek", encoded(**changes), caller, hold_seconds=hold)
    PATHS[name] = f"/raadsverzoeken/{taken.message_id}"
    KENMERKEN[name] = taken.kenmerk
    return taken


def _bring(site: LiveSite, raad: Raad, name: str) -> None:
    taken = _accept(site, name=name, hold=900 if name == "held" else 0)
    match name:
        case "away":
            raad.is_away(taken)
        case "sent":
            raad.takes_over(taken)
        case "overdue":
            raad.keeps_silent(taken)
        case "parked":
            site.move(taken.message_id, Event.PARKED, "parked", "attempts_used_up", cause="not_connected", attempt=20)
        case "cancelled":
            site.move(taken.message_id, Event.CANCELLED, "cancelled", reason="Het is dubbel")
        case "confirmed" | "closing" | "contradicted":
            raad.takes_over(taken)
            raad.confirms(taken)
        case "rejected":
            raad.takes_over(taken)
            raad.rejects(taken)
    if name == "closing":
        raad.notifies(taken.kenmerk, status="Onderzoek afgerond", resultaat="Geen rekest Kinderbescherming")
    if name == "contradicted":
        raad.rejects(taken)
