"""Reading a raadsverzoek from JSON, and telling what is wrong with its shape in the same words as the rules.

A document whose shape is wrong in places is read without those places, so that one pass tells everything there is to mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from hub.errors import DecodeFailure, Finding
from hub.near_names import nearest
from hub.routes.raadsverzoek.document import (
    Adres,
    AdresBuitenland,
    Betrokkene,
    Document,
    Kind,
    Medewerker,
    Part,
    Relatie,
    Verzoek,
    Verzoeker,
)
from hub.routes.raadsverzoek.wording import finding

_PARTS: Mapping[str, type[Part]] = {
    "kinderen": Kind, "betrokkenen": Betrokkene, "documenten": Document, "relaties": Relatie, "verzoeker": Verzoeker,
    "medewerker": Medewerker, "adres": Adres, "adresBuitenland": AdresBuitenland,
}  # fmt: skip
#: A key that may be repeated in a finding: it looks like a field's name and not like something typed into the wrong place.
_KEY = re.compile(r"[A-Za-z][A-Za-z_]{0,39}", re.ASCII)
#: Values a document may hold, counted by its commas before it is parsed. A full request needs a few thousand; base64 holds no
#: commas, so that large attachments do not count. Without this cap 36 MB of "1,1,1" would cost gigabytes of error reports.
_MOST_VALUES = 50_000
#: A document with more faults than this is not mended one by one.
_MOST_TOLD = 200
_JSON_ERRORS = frozenset({"json_invalid", "json_type"})
_EXPECTED = {
    "string_type": "hier hoort tekst tussen aanhalingstekens", "bytes_type": "hier hoort base64 tussen aanhalingstekens",
    "int_type": "hier hoort een heel getal", "int_from_float": "hier hoort een heel getal", "bool_type": "hier hoort true of "
    "false", "tuple_type": "hier hoort een lijst", "model_type": "hier horen velden tussen accolades",
    "model_attributes_type": "hier horen velden tussen accolades",
}  # fmt: skip
_NUMBER_ONLY = "hier hoort alleen het nummer; een letter hoort bij Huisletter en de rest bij Toevoeging"


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as far as it could be read, and what was wrong with its shape."""

    document: Verzoek
    findings: tuple[Finding, ...] = ()

    def tells(self, later: Finding) -> bool:
        """Whether a rule only noticed that a place which could not be read is empty.

        An unknown key (RV92) leaves no such place: nothing that the rules look at was taken away.
        """
        empty = (known.field for known in self.findings if known.rule != "RV92")
        return any(later.field == place or later.field.startswith(f"{place}/") for place in empty)


class _Kenmerk(BaseModel):
    model_config = ConfigDict(extra="ignore")
    kenmerk: Any = None


def kenmerk_in(document: bytes, most_bytes: int) -> str | None:
    """The kenmerk of a document, without reading the rest into memory.

    Raises:
        DecodeFailure: It is larger than ``most_bytes``, holds too many values or is no JSON object.
    """
    _refuse_large(document, most_bytes)
    try:
        kenmerk = _Kenmerk.model_validate_json(document).kenmerk
    except ValidationError as error:
        raise _unreadable(error) from None
    return kenmerk if isinstance(kenmerk, str) and kenmerk.strip() else None


def read(document: bytes, most_bytes: int) -> Reading:
    """Read a document.

    Raises:
        DecodeFailure: It is larger than ``most_bytes``, holds too many values or is no JSON object.
    """
    _refuse_large(document, most_bytes)
    try:
        return Reading(Verzoek.model_validate_json(document))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        if any(detail["type"] in _JSON_ERRORS or not detail["loc"] for detail in details):
            raise _unreadable(error) from None
    return _read_the_rest(document, details)


def _refuse_large(document: bytes, most_bytes: int) -> None:
    if len(document) > most_bytes:
        raise DecodeFailure(f"the document has {len(document)} bytes, at most {most_bytes} are taken", code="too_large")
    if document.count(b",") > _MOST_VALUES:
        raise DecodeFailure(f"the document has more than {_MOST_VALUES} values", code="too_large")


def _unreadable(error: ValidationError) -> DecodeFailure:
    """Name line and column of broken JSON; the parser's own words may hold a piece of the input."""
    text = error.errors(include_url=False, include_input=False)[0]["msg"]
    place = re.search(r"at (line [0-9]+ column [0-9]+)$", text)
    return DecodeFailure(f"the document is not JSON ({place[1]})" if place else "the document is not a JSON object")


def _read_the_rest(document: bytes, details: Sequence[ErrorDetails]) -> Reading:
    raw = from_json(document)
    findings = tuple(item for detail in details[:_MOST_TOLD] for item in _tell(detail))
    for detail in details:
        _remove(raw, detail["loc"])
    return Reading(Verzoek.model_validate_json(to_json(raw)), findings)


def _remove(raw: Any, place: Sequence[str | int]) -> None:
    """Take the value at ``place`` away; in a list an empty part stays behind, so that later places keep their number."""
    *way, last = place
    for step in way:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            return  # something around it is gone already
    if isinstance(raw, dict):
        raw.pop(last, None)
    elif isinstance(raw, list) and isinstance(last, int):
        raw[last] = {}


def _pointer(place: Sequence[str | int]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


def _tell(detail: ErrorDetails) -> Iterator[Finding]:
    place, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        yield _unknown(place)  # its key is not ours and may be of any length, so it is not copied
        return
    pointer = _pointer(place)
    if kind == "string_too_long":
        key = "RV26.naam" if place[-1] == "naam" else "RV26"
        yield finding(key, pointer, n=len(detail["input"]), max=context["max_length"])
    elif kind == "date_form":
        yield finding("RV10.kind" if place[0] == "kinderen" else "RV10", pointer)
    elif kind == "forbidden_character":
        yield finding("RV93", pointer)
    elif kind == "literal_error":
        yield finding("RV91", pointer, uitleg=f"kies uit {context['expected'].replace(' or ', ' of ')}")
    elif kind in ("greater_than_equal", "less_than_equal"):
        bound = f"minstens {context['ge']}" if "ge" in context else f"hooguit {context['le']}"
        yield finding("RV91", pointer, uitleg=f"het getal is {bound}")
    else:
        huisnummer = place[-1] == "huisnummer" and kind == "int_type"
        yield finding(
            "RV91", pointer, uitleg=_NUMBER_ONLY if huisnummer else _EXPECTED.get(kind, "de waarde heeft niet de goede vorm")
        )


def _unknown(place: Sequence[str | int]) -> Finding:
    """An unknown key: a key may itself be something somebody typed, so only one that looks like a name is repeated."""
    *parent, key = place
    names = [step for step in parent if isinstance(step, str)]
    model = _PARTS[names[-1]] if names else Verzoek
    known = [field.alias or name for name, field in model.model_fields.items()]
    near = nearest(str(key), known)
    hint = f" Bedoelde u {near}?" if near else ""
    return finding("RV92", _pointer(place if _KEY.fullmatch(str(key)) else parent), hint=hint)
