"""What comes back about a raadsverzoek, in the words of the people at the table (domain page, section 6).

Pure functions from values of ``Bv01``, ``Fo01`` and ``notificatieDi01`` to Dutch. Sentences that hold a name or the Raad's own
words are for the eyes of those who may see the content, never for a log. The meaning of a pair of status and result is ours, to
be verified with the Raad.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

INTAKE = "Intake afgerond"
ONDERZOEK = "Onderzoek afgerond"
ZAAK = "Zaak afgerond"
AFGEWEZEN = "Verzoek tot onderzoek afgewezen"
GEEN_REKEST = "Geen rekest Kinderbescherming"
MAATREGEL = "Maatregel opgelegd"
GEEN_MAATREGEL = "Geen maatregel opgelegd"

#: (status, result) -> sentence; a result that is not there is an empty string.
_STATUS: Mapping[tuple[str, str], str] = {
    (INTAKE, ""): "De Raad heeft op {datum} de intake van {kind} afgerond. Er staat geen afwijzing in; ga ervan uit dat het "
    "onderzoek doorgaat.",
    (
        INTAKE,
        AFGEWEZEN,
    ): "De Raad begint geen onderzoek naar {kind} (besluit van {datum}). Bespreek met de inbrenger hoe de hulp verdergaat.",
    (
        ONDERZOEK,
        GEEN_REKEST,
    ): "Het onderzoek naar {kind} is klaar. De Raad vraagt de rechter niet om een maatregel. Bespreek hoe de hulp verdergaat.",
    (ONDERZOEK, ""): "Het onderzoek naar {kind} is klaar. De uitkomst staat niet in dit bericht; mogelijk vraagt de Raad de "
    'rechter om een maatregel. Wacht op "Zaak afgerond" of bel de Raad.',
    (ZAAK, MAATREGEL): "De rechter heeft voor {kind} een maatregel opgelegd.",
    (ZAAK, GEEN_MAATREGEL): "De zaak van {kind} is klaar. Er is geen maatregel opgelegd.",
}

#: Pairs after which nothing more is expected about a child: rejected, no request to the court, or the case is done.
_LAST = frozenset({AFGEWEZEN, GEEN_REKEST})

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_DIGITS = re.compile(r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})[0-9]{0,9})?)?", re.ASCII)

#: Words that the place of an Fo01 may hold, and what people call the field; the first that fits counts.
_FIELDS: Sequence[tuple[str, str]] = (
    ("postcode", "de postcode"), ("huisnummer", "het huisnummer"), ("straatnaam", "de straat"),
    ("openbareruimtenaam", "de straat"), ("woonplaatsnaam", "de woonplaats"), ("inp.bsn", "het burgerservicenummer"),
    ("anp.identificatie", "het nummer niet-ingezetene"), ("geboortedatum", "de geboortedatum"),
    ("telefoonnummer", "het telefoonnummer"), ("emailadres", "het e-mailadres"), ("handelsnaam", "de naam van de instelling"),
    ("vestigingsnummer", "het vestigingsnummer"), ("statutairenaam", "de naam van de organisatie"),
    ("bestandsnaam", "de bestandsnaam"), ("contenttype", "het type bestand"), ("inhoud", "het bestand"),
    ("creatiedatum", "de datum van het document"), ("geslachtsnaam", "de achternaam"), ("achternaam", "de achternaam"),
    ("voornamen", "de voornamen"), ("voorletters", "de voorletters"), ("zaakidentificatie", "het zaaknummer"),
    ("startdatum", "de aanmelddatum"), ("urgentie", "de urgentie"), ("natuurlijkpersoon", "de gegevens van een persoon"),
    ("heeftbetrekkingop", "de gegevens van een kind"), ("heeftalsbelanghebbende", "de gegevens van een betrokkene"),
    ("heeftalsuitvoerende", "de gegevens van de verzoeker"), ("heeftrelevant", "de documenten"),
)  # fmt: skip


def accepted() -> str:
    """A ``Bv01``: the Raad's side took the request."""
    return "Dit verzoek is aangenomen en ligt bij de Raad."


def rejected(omschrijving: str, plek: str = "", details: str = "") -> str:
    """An ``Fo01``: what was rejected and which field to mend.

    Args:
        omschrijving: The partner's own description, as it came.
        plek: The place it names; in practice often only "server" or "client", and then ``details`` is looked at.
        details: The partner's free text; it may hold content, so no piece of it is repeated.
    """
    told = omschrijving.strip().rstrip(".") or "de Raad noemt geen reden"
    where = field_of(plek) or field_of(details) or "wat er niet klopt"
    return f"Dit verzoek is niet aangenomen: {told}. Het ligt niet bij de Raad. Verbeter {where} en verstuur opnieuw."


def field_of(place: str) -> str | None:
    """What people call the field that a place or a validator's text names, or None."""
    lowered = place.casefold()
    return next((words for name, words in _FIELDS if name in lowered), None)


def overdue(sent: str) -> str:
    """No answer within the configured time. ``sent`` is the moment as people read it."""
    return f"De Raad heeft de ontvangst nog niet bevestigd (verstuurd {sent}). Bel de Raad om te vragen of het verzoek er is."


def day(digits: str) -> str:
    """A StUF date of 4 to 17 digits as people write it ("24 november 2026"); what is no date is returned as it is."""
    match = _DIGITS.fullmatch(digits.strip())
    if match is None:
        return digits.strip()
    year, month, number = match.groups()
    if month is None or not 1 <= int(month) <= len(_MONTHS):
        return year if month is None else digits.strip()
    name = f"{_MONTHS[int(month) - 1]} {year}"
    return f"{int(number)} {name}" if int(number or 0) else name


def moment(instant: dt.datetime) -> str:
    """A moment as people write it; ``instant`` is in the zone to show (Amsterdam)."""
    return f"{instant.day} {_MONTHS[instant.month - 1]} {instant.year} om {instant:%H:%M} uur"


@dataclass(frozen=True, slots=True)
class Decision:
    """One ``leidtTot`` of a notification: dates as digits, names already looked up (see ``institution``)."""

    toelichting: str = ""
    beslist: str = ""
    vanaf: str = ""
    tot: str = ""
    genomen_door: str = ""
    uitgevoerd_door: str = ""

    def sentence(self) -> str:
        """The decision in the Raad's words; what is missing is left out and nothing is added."""
        opening = f"Besluit van {day(self.beslist)}" if self.beslist else "Besluit"
        parts = [f"{opening}: {self.toelichting.strip().rstrip('.')}." if self.toelichting.strip() else f"{opening}."]
        period = [f"van {day(self.vanaf)}"] if self.vanaf else []
        period += [f"tot {day(self.tot)}"] if self.tot else []
        parts += [f"Geldt {' '.join(period)}."] if period else []
        parts += [f"Genomen door {self.genomen_door}."] if self.genomen_door else []
        parts += [f"Uitgevoerd door {self.uitgevoerd_door}."] if self.uitgevoerd_door else []
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Notification:
    """What one ``notificatieDi01`` tells about one child; empty means that it is not in the message."""

    kind: str
    status: str
    resultaat: str = ""
    datum: str = ""
    ambtshalve: bool = False
    nummer_bij_raad: str = ""
    besluiten: tuple[Decision, ...] = ()

    def sentences(self, *, matched: bool = True) -> list[str]:
        """All sentences, in reading order.

        Args:
            matched: Whether the case number in the message is one of ours.
        """
        told = []
        if self.ambtshalve:
            told.append("De Raad is dit onderzoek zelf begonnen; er is geen verzoek van ons.")
        told.append(status(self.kind, self.status, self.resultaat, self.datum))
        told += (decision.sentence() for decision in self.besluiten)
        if self.nummer_bij_raad:
            told.append(f"Nummer bij de Raad: {self.nummer_bij_raad}.")
        if not matched and not self.ambtshalve:
            told.append("Dit bericht hoort nog bij geen verzoek. Zoek de zaak erbij of leg het apart.")
        return told

    @property
    def closes(self) -> bool:
        """Whether nothing more is expected about this child."""
        return self.status == ZAAK or self.resultaat in _LAST


def status(kind: str, status: str, resultaat: str, datum: str) -> str:
    """The sentence of a status and a result, both as the message holds them; any other pair is quoted.

    Args:
        kind: The child as ``child_name`` tells it.
        status: ``heeft/gerelateerde/omschrijving``.
        resultaat: ``resultaat/omschrijving``, or an empty string.
        datum: ``heeft/datumStatusGezet``, 4 to 17 digits, or an empty string.
    """
    known = _STATUS.get((status, resultaat))
    shown = day(datum) if datum else "een onbekende datum"
    if known is not None:
        return known.format(kind=kind, datum=shown)
    quoted = f'"{status}", "{resultaat}"' if resultaat else f'"{status}"'
    return f"De Raad meldt voor {kind}: {quoted} ({shown})."


def child_name(name: str, *, unborn: bool = False, mother: str = "") -> str:
    """What to call the child of a notification: its name, else whose unborn child it is, else that it has none."""
    if name.strip():
        return name.strip()
    if unborn and mother.strip():
        return f"het ongeboren kind van {mother.strip()}"
    return "een kind zonder naam in het bericht"


def institution(code: str, names: Mapping[str, str]) -> str:
    """The name of a court or institution; ``names`` is the reference list by code, which changes about monthly."""
    return names.get(code) or f"instantie met code {code}"


def not_heard_of(kind: str) -> str:
    """A child of the request that no notification has mentioned yet."""
    return f"Over {kind} heeft de Raad nog niets gemeld."


def perhaps_the_unborn(number: int) -> str:
    """A born child came back where we asked about an unborn one; a person confirms, never the hub."""
    return f"Bij dit bericht hoort waarschijnlijk het ongeboren kind (kind {number}). Klopt dat?"
