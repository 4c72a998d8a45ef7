"""Reading a toekenning from JSON, and telling in Dutch what is wrong with its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from hub.errors import DecodeFailure, Finding
from hub.routes.pgb.document import Toekenning
from hub.routes.pgb.wording import finding

#: Larger is no toekenning: it has a few dozen short values.
MAX_BYTES = 1_000_000
_MOST_TOLD = 100

#: pydantic's kinds of error -> what belongs there.
_EXPECTED: Mapping[str, str] = {
    "date_form": ": een datum is jjjj-mm-dd",
    "date_from_datetime_parsing": ": deze datum bestaat niet",
    "date_parsing": ": deze datum bestaat niet",
    "amount_form": ": een bedrag is een getal met een punt, zonder euroteken",
    "decimal_max_places": ": een bedrag heeft hooguit twee cijfers achter de komma",
    "decimal_max_digits": ": het bedrag is te groot",
    "greater_than_equal": ": het getal is te klein",
    "less_than_equal": ": het getal is te groot",
    "string_too_long": ": de tekst is te lang",
    "too_long": ": er zijn er te veel",
    "too_short": ": er moet er minstens één zijn",
    "int_type": ": hier hoort een heel getal",
    "int_parsing": ": hier hoort een heel getal",
    "bool_type": ": hier hoort true of false",
    "bool_parsing": ": hier hoort true of false",
    "tuple_type": ": hier hoort een lijst",
}
_ABSENT = frozenset({"missing", "string_type"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A document, or what is wrong with its shape."""

    document: Toekenning | None
    findings: tuple[Finding, ...] = ()


def fields_of(document: bytes) -> Mapping[str, Any]:
    """The document as a JSON object, whatever is wrong with it.

    Raises:
        DecodeFailure: It is too large or no JSON object.
    """
    if len(document) > MAX_BYTES:
        raise DecodeFailure(f"the document has {len(document)} bytes, at most {MAX_BYTES} are taken", code="too_large")
    try:
        found = from_json(document)
    except ValueError as error:
        place = re.search(r"at (line [0-9]+ column [0-9]+)$", str(error))
        raise DecodeFailure(f"the document is not JSON ({place[1]})" if place else "the document is not JSON") from None
    if not isinstance(found, dict):
        raise DecodeFailure("the document is not a JSON object")
    return found


def text_of(document: bytes, name: str) -> str:
    """A text at the top of the document; empty when it is not there.

    Raises:
        DecodeFailure: The document is too large or no JSON object.
    """
    value = fields_of(document).get(name)
    return value.strip() if isinstance(value, str) else ""


def read(document: bytes) -> Reading:
    """Read a document.

    Raises:
        DecodeFailure: It is too large or no JSON object.
    """
    fields_of(document)
    try:
        return Reading(Toekenning.model_validate_json(document))
    except ValidationError as error:
        return Reading(None, tuple(told_of(error)))


def told_of(error: ValidationError) -> list[Finding]:
    """What is wrong with a shape, in Dutch, each thing once."""
    details = error.errors(include_url=False, include_context=False)
    return list(dict.fromkeys(one for detail in details[:_MOST_TOLD] for one in _tell(detail)))


def _tell(detail: ErrorDetails) -> Iterator[Finding]:
    kind, place = detail["type"], detail["loc"]
    if kind == "extra_forbidden":
        yield finding("PG92", pointer(place[:-1]))  # the name itself may be something that was typed there
    elif kind == "forbidden_character":
        yield finding("PG93", pointer(place))
    elif (kind in _ABSENT and detail["input"] is None) or kind == "missing":
        yield finding("PG90", pointer(place))
    else:
        yield finding("PG91", pointer(place), uitleg=_EXPECTED.get(kind, ""))


def pointer(place: Sequence[str | int]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)
