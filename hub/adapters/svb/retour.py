"""What SVB's messages say: a return to a message of ours, a fault message, the closing of a budget. Pure.

The payload's schemas are not public, so a payload is read by the conventions of the iStandaarden, which hold whatever the
schema: local names of the header and the codes. Where a schema is known here, the payload is held against it first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lxml import etree

from hub.errors import DecodeFailure, NoRoute, SchemaViolation, Stage
from hub.schemas import registry
from hub.schemas.parsing import Limits, parse
from hub.standards.istandaarden import MAX_BYTES, Envelop, read_header, read_retour

_LIMITS = Limits(max_bytes=MAX_BYTES)
UNKNOWN_SCHEMA = "no schema here knows the message inside: it was read by its names only"


@dataclass(frozen=True, slots=True)
class Antwoord:
    """What became of a message of ours.

    Attributes:
        codes: (place, code) of everything that was rejected; empty when the message was taken.
        lijst: In which list the codes stand: WJ001 of the iStandaarden, or Fo01 of the envelope; with ``afzender``, because
            codes changed meaning between lists.
        afzender: Who says so, as the envelope names it.
        identificatie: Key of the message that is answered by its payload, ``<code>/<afzender>/<identificatie>`` without the
            code; empty for a fault message.
    """

    codes: tuple[tuple[str, str], ...]
    lijst: str
    afzender: str
    identificatie: str = ""


@dataclass(frozen=True, slots=True)
class Afsluiting:
    """What was spent of a budget when it closes. Amounts in cents."""

    budget: str
    begindatum: dt.date | None
    einddatum: dt.date | None
    toegekend: int
    besteed: int


def payload_of(envelop: Envelop) -> tuple[etree._Element, tuple[str, ...]]:
    """The message inside, held against its schema where that is known, and remarks.

    Raises:
        DecodeFailure: It is no XML that the hub reads.
        SchemaViolation: It breaks its schema.
    """
    return judged(parse(envelop.bericht, limits=_LIMITS))


def judged(root: etree._Element) -> tuple[etree._Element, tuple[str, ...]]:
    """A message without an envelope, held against its schema where that is known, and remarks. Raises: SchemaViolation."""
    try:
        known = registry.find(str(root.tag))
    except NoRoute:
        return root, (UNKNOWN_SCHEMA,)
    if found := registry.validate(root, schema=known):
        raise SchemaViolation(f"{known.name} breaks {len(found)} rule(s)", found, stage=Stage.RECEIVING)
    return root, ()


def read_antwoord(payload: etree._Element, afzender: str) -> Antwoord:
    """A return to a message of ours. Raises: DecodeFailure."""
    retour = read_retour(payload)
    return Antwoord(retour.bad, "WJ001", afzender, retour.header.key)


#: Code of a closing -> what its family calls the budget's number, its first day, what was granted and what was spent.
_CLOSING_NAMES = {
    "507": ("Budgetidentificatie", "Begindatum", "Toegekend", "Besteed"),
    "BAB": ("BeschikkingNummer", "Ingangsdatum", "BudgetInCenten", "BesteedInCenten"),
}


def is_closing(payload: etree._Element) -> bool:
    """Whether a message is about the closing of a budget."""
    return read_header(payload).code in _CLOSING_NAMES


def read_afsluiting(payload: etree._Element) -> Afsluiting:
    """The closing of a budget. Raises: DecodeFailure."""
    header = read_header(payload)
    number, begin, granted, spent = _CLOSING_NAMES[header.code]
    per_unit = 100 if header.code == "BAB" else 1  # the older family tells cents
    if not _text(payload, number):
        raise DecodeFailure("the message names no budget")
    return Afsluiting(
        budget=f"{header.ontvanger}/{_text(payload, number)}",
        begindatum=_date(_text(payload, begin)),
        einddatum=_date(_text(payload, "Einddatum")),
        toegekend=_cents(_text(payload, granted)) // per_unit,
        besteed=_cents(_text(payload, spent)) // per_unit,
    )


def _text(payload: etree._Element, name: str) -> str:
    found = next(payload.iter(f"{{*}}{name}"), None)
    return "" if found is None else (found.text or "").strip()


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _cents(text: str) -> int:
    try:
        return int(Decimal(text) * 100)
    except (InvalidOperation, ValueError):
        raise DecodeFailure("an amount of the message is no amount") from None
