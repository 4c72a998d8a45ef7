"""Reading an offer from JSON, and telling what is wrong with it: its shape, and the rules of the domain page."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from hub.errors import DecodeFailure, Finding, SchemaViolation
from hub.routes.plekvrij.document import Plekopgave
from hub.routes.plekvrij.kinds import KINDS

#: Largest document; an offer is one or two kilobytes.
MAX_BYTES = 60_000
#: So far a moment may lie ahead: clocks differ.
CLOCKS_DIFFER = dt.timedelta(minutes=5)
#: Longest time for which somebody may promise that nothing changes.
LONGEST_VALID = dt.timedelta(days=31)

_SHAPE = {
    "missing": "Dit gegeven ontbreekt.",
    "extra_forbidden": "Hier staat een gegeven dat niet bij een opgave hoort.",
    "literal_error": "Dit is geen waarde uit de lijst.",
    "string_pattern_mismatch": "Dit heeft niet de goede vorm.",
    "string_too_short": "Dit is leeg.",
    "string_too_long": "Dit is te lang.",
    "int_type": "Hier hoort een heel getal.",
    "int_from_float": "Hier hoort een heel getal.",
    "greater_than_equal": "Dit getal is te klein.",
    "less_than_equal": "Dit getal is te groot.",
    "timezone_aware": "Dit tijdstip heeft geen tijdzone.",
    "too_long": "Deze lijst is te lang.",
}
_OTHER_SHAPE = "Deze waarde heeft niet de goede vorm."

_SENTENCES = {
    "PV01": "Vrij, gereserveerd en bezet zijn samen meer dan de totale capaciteit.",
    "PV02": "De leeftijd tot is lager dan de leeftijd van.",
    "PV03": "Het peilmoment ligt in de toekomst.",
    "PV04": "De opgave is geldig tot een tijdstip vóór het peilmoment, of te ver daarna.",
    "PV05": "Bij een wachtlijst hoort hoeveel weken die ongeveer is.",
    "PV06": "Bij een opnamestop hoort een reden.",
    "PV07": "Er is een opnamestop, maar er staan ook vrije plekken in. Klopt dat?",
    "PV08": "Er is geen telefoonnummer: verwijzers kunnen niet bellen.",
    "PV10": "Deze opgave kwam te laat: er was al een nieuwere. Zij is bewaard, maar niet getoond.",
}


def finding(rule: str, field: str, *, severity: str = "error") -> Finding:
    """A rule of ours that is broken at a field (JSON Pointer)."""
    return Finding(rule, _SENTENCES[rule], field=field, severity=severity)


def sentence(found: Finding, document: Mapping[str, object]) -> str:
    """A finding for its author's eyes."""
    del document
    return found.message


def read_object(document: bytes) -> dict[str, Any]:
    """The JSON object in a document. Raises: DecodeFailure."""
    if len(document) > MAX_BYTES:
        raise DecodeFailure("the document is too large", code="too_large")
    try:
        given = json.loads(document)
    except (ValueError, RecursionError):
        raise DecodeFailure("the document is not JSON") from None
    if not isinstance(given, dict):
        raise DecodeFailure("the document is not a JSON object")
    return given


def read(document: bytes, now: dt.datetime) -> tuple[Plekopgave, tuple[Finding, ...]]:
    """The offer in a document, and warnings about it.

    Args:
        now: An aware moment.

    Raises:
        DecodeFailure: It cannot be read.
        SchemaViolation: It breaks rules; each finding has a JSON Pointer in ``field``.
    """
    given = read_object(document)
    try:
        offer = Plekopgave.model_validate(given)
    except ValidationError as error:
        raise _refusal(list(_shape_findings(error))) from None
    found = list(_check(offer, now))
    if any(one.severity == "error" for one in found):
        raise _refusal(found)
    return offer, tuple(found)


def _refusal(found: Sequence[Finding]) -> SchemaViolation:
    rules = ", ".join(sorted({one.rule for one in found if one.severity == "error"}))
    return SchemaViolation(f"the offer breaks rules: {rules}", found)


def _shape_findings(error: ValidationError) -> Iterator[Finding]:
    for one in error.errors(include_input=False, include_context=False, include_url=False):
        # The name of a field that does not belong here may be anything that somebody typed.
        steps = one["loc"][:-1] if one["type"] == "extra_forbidden" else one["loc"]
        yield Finding("PV90", _SHAPE.get(one["type"], _OTHER_SHAPE), field="".join(f"/{step}" for step in steps))


def _check(offer: Plekopgave, now: dt.datetime) -> Iterator[Finding]:
    if offer.vrij + offer.gereserveerd + (offer.bezet or 0) > offer.capaciteitTotaal:
        yield finding("PV01", "/vrij")
    if offer.leeftijdTot < offer.leeftijdVan:
        yield finding("PV02", "/leeftijdTot")
    if offer.peilmoment > now + CLOCKS_DIFFER:
        yield finding("PV03", "/peilmoment")
    longest = max(LONGEST_VALID, KINDS[offer.plaatstype].valid)
    if not offer.peilmoment < offer.valid_until <= offer.peilmoment + longest:
        yield finding("PV04", "/geldigTot")
    if offer.status.soort == "wachtlijst" and offer.status.weken is None:
        yield finding("PV05", "/status/weken")
    if offer.status.soort == "opnamestop":
        if not offer.status.reden:
            yield finding("PV06", "/status/reden")
        if offer.vrij:
            yield finding("PV07", "/vrij", severity="warning")
    if not offer.contact.telefoon:
        yield finding("PV08", "/contact/telefoon", severity="warning")
