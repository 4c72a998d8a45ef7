"""Reading a ``notificatieDi01``: what the Raad tells about one child of a request, or of an investigation it began itself.

Pure: an element in, plain values out. Everything in it may be content; only ``facts`` is safe to log and to put in a timeline,
because the schema takes its words from closed lists (StUF-koppelvlak Jeugdzorg 1.0.9, domain page raadsverzoek, section 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from hub.adapters.corv.namespaces import NAMESPACES
from hub.standards.stuf import STUF

TYPE = "notificatieDi01"
#: The inbound route of notifications, as an exchange names it.
ROUTE = "notificatie"

#: Names of extraElementen; they are not in the schema (verify).
AMBTSHALVE = "indicatieAmbtshalve"
INSTANTIE = "instantie"
BESLISSEND = "beslissendeInstantie"
UITVOEREND = "uitvoerendeInstantie"
CLIENTVOLGNUMMER = "clientvolgnummer"

_UNBORN = "Client (ongeboren kind)"
_PERSON = "ZKN:gerelateerde/ZKN:natuurlijkPersoon"


@dataclass(frozen=True, slots=True)
class GemeldKind:
    """The child as the Raad names it; empty means that it is not in the message."""

    bsn: str = ""
    geslachtsnaam: str = ""
    voorvoegsel: str = ""
    voorletters: str = ""
    voornamen: str = ""
    geboortedatum: str = ""  # eight digits
    partial: str = ""  # StUF:indOnvolledigeDatum: D, M, J or V
    unborn: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """First names or initials, prefix and family name, as people write them."""
        return " ".join(part for part in (self.voornamen or self.voorletters, self.voorvoegsel, self.geslachtsnaam) if part)


@dataclass(frozen=True, slots=True)
class Besluit:
    """One ``leidtTot``. Dates are digits; institutions are codes of the reference list ``instanties.csv``."""

    toelichting: str = ""
    datum: str = ""
    ingang: str = ""
    einde: str = ""
    beslissende_instantie: str = ""
    uitvoerende_instantie: str = ""


@dataclass(frozen=True, slots=True)
class Notificatie:
    """One ``notificatieDi01``; empty means that it is not in the message."""

    status: str
    resultaat: str = ""
    datum: str = ""
    ambtshalve: bool = False
    kenmerk: str = ""  # our case number, or whatever the Raad put in its place
    nummer_bij_raad: str = ""
    instantie: str = ""  # an OIN; for the folded part of a page only
    kind: GemeldKind = field(default_factory=GemeldKind)
    moeder: str = ""
    besluiten: tuple[Besluit, ...] = ()

    @property
    def facts(self) -> dict[str, str]:
        """What may stand in a timeline: status and result, both of closed lists, and whether the Raad began by itself."""
        found = {"status": self.status, "result": self.resultaat, "exOfficio": "true" if self.ambtshalve else ""}
        return {name: value for name, value in found.items() if value}

    @property
    def title(self) -> str:
        """A line for lists, without personal data."""
        told = f"{self.status}: {self.resultaat}" if self.resultaat else self.status
        return f"{told} (ambtshalve)" if self.ambtshalve else told


def read(root: etree._Element) -> Notificatie:
    """Read a valid ``notificatieDi01``; nil elements and absent ones are both empty."""
    zaak = _find(root, "JZ:object")
    if zaak is None:
        return Notificatie("")
    extras = _extras(zaak)
    decisions = list(zaak.iterfind("ZKN:leidtTot/ZKN:gerelateerde", NAMESPACES))
    # One source puts the institutions beside the decision, the list of elements beside the case: with one decision they agree.
    shared = extras if len(decisions) == 1 else {}
    return Notificatie(
        status=_text(zaak, "ZKN:heeft/ZKN:gerelateerde/ZKN:omschrijving"),
        resultaat=_text(zaak, "ZKN:resultaat/ZKN:omschrijving"),
        datum=_text(zaak, "ZKN:heeft/ZKN:datumStatusGezet"),
        ambtshalve=extras.get(AMBTSHALVE, "").casefold() in ("true", "1", "j", "ja"),
        kenmerk=_text(zaak, "ZKN:heeftBetrekkingOpAndere/ZKN:gerelateerde/ZKN:identificatie"),
        nummer_bij_raad=_text(zaak, "ZKN:identificatie"),
        instantie=extras.get(INSTANTIE, ""),
        kind=_child(zaak),
        moeder=_name(_find(zaak, f"ZKN:heeftAlsBelanghebbende/{_PERSON}")),
        besluiten=tuple(_besluit(one, shared) for one in decisions),
    )


def _child(zaak: etree._Element) -> GemeldKind:
    client = _find(zaak, "ZKN:heeftBetrekkingOp")
    if client is None:
        return GemeldKind()
    unborn = _text(client, "ZKN:omschrijving") == _UNBORN
    person = _find(client, _PERSON)
    if person is None:
        return GemeldKind(unborn=unborn, extras=_extras(client))
    born = _find(person, "BG:geboortedatum")
    return GemeldKind(
        bsn=_text(person, "BG:inp.bsn"),
        geslachtsnaam=_text(person, "BG:geslachtsnaam"),
        voorvoegsel=_text(person, "BG:voorvoegselGeslachtsnaam"),
        voorletters=_text(person, "BG:voorletters"),
        voornamen=_text(person, "BG:voornamen"),
        geboortedatum=_text(person, "BG:geboortedatum"),
        partial="" if born is None else born.get(f"{{{STUF}}}indOnvolledigeDatum", ""),
        unborn=unborn,
        extras={**_extras(client), **_extras(person)},
    )


def _besluit(element: etree._Element, shared: Mapping[str, str]) -> Besluit:
    extras = {**shared, **_extras(element)}
    return Besluit(
        toelichting=_text(element, "ZKN:toelichting"),
        datum=_text(element, "ZKN:datumBeslissing"),
        ingang=_text(element, "ZKN:ingangsdatumWerking"),
        einde=_text(element, "ZKN:einddatumWerking"),
        beslissende_instantie=extras.get(BESLISSEND, ""),
        uitvoerende_instantie=extras.get(UITVOEREND, ""),
    )


def _name(person: etree._Element | None) -> str:
    if person is None:
        return ""
    given = _text(person, "BG:voornamen") or _text(person, "BG:voorletters")
    parts = (given, _text(person, "BG:voorvoegselGeslachtsnaam"), _text(person, "BG:geslachtsnaam"))
    return " ".join(part for part in parts if part)


def _extras(element: etree._Element) -> dict[str, str]:
    found = element.iterfind("StUF:extraElementen/StUF:extraElement", NAMESPACES)
    return {str(one.get("naam")): (one.text or "").strip() for one in found}


def _find(element: etree._Element, path: str) -> etree._Element | None:
    return element.find(path, NAMESPACES)


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path, "", NAMESPACES) or "").strip()
