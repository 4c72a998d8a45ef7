"""Offers in the words of the pages."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from hub.routes.plekvrij.kinds import Freshness
from hub.routes.plekvrij.pages.offers import OfferView
from hub.web.console import words

SEXES = {"m": "Jongens", "v": "Meisjes", "beide": "Jongens en meisjes"}
SECURITIES = {"open": "Open", "besloten": "Besloten", "gesloten": "Gesloten"}
INTAKES = {
    "open": "Neemt op",
    "wachtlijst": "Wachtlijst",
    "eerst-overleg": "Eerst overleg",
    "opnamestop": "Opnamestop",
    "beeindigd": "Deze plek is er niet meer",
}
_TONES = {Freshness.CURRENT: "good", Freshness.AGEING: "wait", Freshness.UNKNOWN: "done"}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class OfferCard(NamedTuple):
    """One offer, as a page shows it.

    Attributes:
        number: How many are free, in words: never a number that is not known any more.
        tone: Of the mark that says how old it is; the words beside it say the same.
        dial: The telephone number as a link has it; empty when there is none.
        published_by: The person or system that published it: for its own provider only.
    """

    subject: str
    title: str
    where: str
    number: str
    tone: str
    age: str
    facts: str
    intake: str
    phone: str
    dial: str
    contact: str
    confirmed_by: str
    confirmed_at: dt.datetime
    published_by: str
    expected: str
    view: OfferView


def card(view: OfferView, now: dt.datetime) -> OfferCard:
    """An offer for the board and for its provider."""
    offer = view.offer
    phone = offer.contact.telefoon or ""
    contact = [offer.contact.naam or "", offer.contact.bereikbaar or "", offer.contact.email or ""]
    return OfferCard(
        subject=view.subject,
        title=f"{view.kind.name}: {offer.locatie.naam}",
        where=", ".join(dict.fromkeys((offer.locatie.plaats, f"gemeente {offer.locatie.gemeente}", offer.aanbieder.naam))),
        number=_number(view),
        tone=_TONES[view.fresh],
        age=age_words(view, now),
        facts=f"{offer.leeftijdVan} tot en met {offer.leeftijdTot} jaar · {SEXES[offer.geslacht]} · "
        f"{SECURITIES[offer.beveiliging]}",
        intake=_intake(view),
        phone=phone,
        dial="".join(letter for letter in phone if letter in "+0123456789"),
        contact=" · ".join(part for part in contact if part),
        confirmed_by=offer.bevestigdDoor or offer.aanbieder.naam,
        confirmed_at=view.at,
        published_by=words.actor(view.published_by, ""),
        expected=_expected(view, now),
        view=view,
    )


def age_words(view: OfferView, now: dt.datetime) -> str:
    """How old an offer is and what that means."""
    age = duration((now - view.at).total_seconds())
    if view.fresh is Freshness.CURRENT:
        return f"Actueel, {age} oud"
    if view.fresh is Freshness.AGEING:
        return f"Niet meer actueel, {age} oud"
    return f"Onbekend, verlopen na {age}"


def duration(seconds: float) -> str:
    """A time in words."""
    if seconds < _MINUTE:
        return "minder dan een minuut"
    if seconds < _HOUR:
        minutes = int(seconds // _MINUTE)
        return "1 minuut" if minutes == 1 else f"{minutes} minuten"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)} uur"
    return f"{int(seconds // _DAY)} dagen"


def _number(view: OfferView) -> str:
    if view.free is None:
        return "Niet bekend"
    if view.free == 0:
        return "Geen plek vrij"
    return "1 plek vrij" if view.free == 1 else f"{view.free} plekken vrij"


def _intake(view: OfferView) -> str:
    status = view.offer.status
    more = ""
    if status.soort == "wachtlijst" and status.weken is not None:
        more = f", ongeveer {status.weken} {'week' if status.weken == 1 else 'weken'}"
    elif status.soort == "opnamestop":
        more = f" ({status.reden})" if status.reden else ""
        more += f", verwacht tot {status.tot:%d-%m-%Y}" if status.tot else ""
    reserved = view.offer.gereserveerd
    promised = f" · {reserved} vrij maar toegezegd" if reserved and view.free is not None else ""
    return f"{INTAKES[status.soort]}{more}{promised}"


def _expected(view: OfferView, now: dt.datetime) -> str:
    coming = sorted((one for one in view.offer.verwachtVrij if one.datum >= now.date()), key=lambda one: one.datum)
    return "; ".join(f"{one.aantal} op {one.datum:%d-%m}" for one in coming[:3])
