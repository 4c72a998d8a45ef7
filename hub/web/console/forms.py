"""Forms: what is asked, one row per field, and how what was typed becomes values and back.

A form of an exchange says its questions as ``Field`` and ``Group``; the macros of ``forms.html`` show them with label, help and
error, and a summary on top; ``form_page.html`` is the frame of a page, ``posts`` reads what comes back, ``drafts`` keeps it.
What was typed is kept as it was typed, also what cannot be right ("31" of month "13"), so that nothing typed is ever lost; what
is wrong with it is for the rules of the document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Kind = Literal["text", "digits", "number", "date", "choice", "select", "yesno", "check", "long"]
Options = tuple[tuple[str, str], ...]
#: What was typed: text by the name of its input.
Typed = dict[str, str]

YES_NO: Options = (("ja", "Ja"), ("nee", "Nee"))
#: Longest text that is kept of one input; the limits of documents are far below.
TEXT_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    Attributes:
        key: Its place in its part of the document, steps joined by hyphens ("adres-postcode"); also id and name of its input.
        kind: ``digits`` loses spaces and points, ``number`` becomes a number, a ``date`` has three inputs and may be a year, or
            a year and a month; ``choice`` are radio buttons, ``select`` a list.
        true: Which answer of a yes-no question makes the document's field true.
        show: In which situation the page has it, a word of the form; empty: always. A field that holds something is always
            shown.
    """

    key: str
    label: str
    help: str = ""
    kind: Kind = "text"
    options: Options = ()
    width: Literal["", "short", "half"] = ""
    required: bool = False
    true: str = "ja"
    show: str = ""
    autocomplete: str = "off"
    mode: Literal["", "numeric", "tel", "email"] = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of its inputs: a date has three."""
        return tuple(f"{self.key}-{part}" for part in ("dag", "maand", "jaar")) if self.kind == "date" else (self.key,)

    @property
    def first(self) -> str:
        """Id of the input that a link leads to; of radio buttons the first has the key itself."""
        return self.inputs[0]


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading; without one they simply follow. ``folded`` groups open by themselves when they are filled."""

    title: str
    fields: tuple[Field, ...]
    help: str = ""
    folded: bool = False


def every(groups: Iterable[Group]) -> Iterator[Field]:
    """The fields of these groups, each key once."""
    seen: set[str] = set()
    for group in groups:
        for field in group.fields:
            if field.key not in seen:
                seen.add(field.key)
                yield field


def inputs(groups: Iterable[Group]) -> list[str]:
    """Names of all inputs of these groups."""
    return [name for field in every(groups) for name in field.inputs]


def shown(groups: Iterable[Group], typed: Mapping[str, str], situation: str = "") -> list[Group]:
    """The groups without the fields that do not apply in this situation; what holds something is always shown."""
    left = []
    for group in groups:
        kept = tuple(field for field in group.fields if field.show in ("", situation) or _filled(field, typed))
        if kept:
            filled = any(_filled(field, typed) for field in kept)
            left.append(Group(group.title, kept, group.help, group.folded and not filled))
    return left


def take_over(typed: Typed, fields: Mapping[str, str], names: Iterable[str], prefix: str = "") -> None:
    """Put the inputs that were on the page in ``typed``; others keep what they hold."""
    for name in names:
        value = fields.get(prefix + name)
        if value is not None:
            typed[name] = value.replace("\r\n", "\n")[:TEXT_LIMIT]


def seen_mark(part: object) -> str:
    """A mark of what a page showed, given as JSON-able values: a window that shows something else has an older mark."""
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:24]


class Spot(Protocol):
    """Where a problem is mended: at ``field``, the id of an input."""

    @property
    def field(self) -> str: ...


class Problem(Protocol):
    """Something to mend, in a sentence for its author's eyes."""

    @property
    def sentence(self) -> str: ...

    @property
    def spot(self) -> Spot: ...


class Errors:
    """The sentences at each input of a page."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._by_id: dict[str, list[str]] = {}
        for problem in problems:
            self._by_id.setdefault(problem.spot.field, []).append(problem.sentence)

    def at(self, field: Field, prefix: str = "") -> list[str]:
        """The sentences about a field."""
        return [text for name in dict.fromkeys((field.key, *field.inputs)) for text in self._by_id.get(prefix + name, ())]

    def here(self, input_id: str) -> list[str]:
        """The sentences at an id."""
        return self._by_id.get(input_id, [])


def values(fields: Iterable[Field], typed: Mapping[str, str]) -> dict[str, Any]:
    """The part of a document that was typed; what was left empty is not in it, what has no good form stays the text it is."""
    part: dict[str, Any] = {}
    for field in fields:
        value = value_of(field, typed)
        if value is None:
            continue
        *way, last = field.key.split("-")
        place = part
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return part


def value_of(field: Field, typed: Mapping[str, str]) -> str | int | bool | None:
    """The document's value of a field, None when nothing was filled in."""
    if field.kind == "date":
        return _date(*(typed.get(name, "").strip() for name in field.inputs))
    text = typed.get(field.key, "").strip()
    if not text:
        return None
    if field.kind in ("yesno", "check"):
        return text == field.true if field.kind == "yesno" else True
    if field.kind == "digits":
        return text.replace(" ", "").replace(".", "")
    if field.kind == "number" and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return text


def typed_of(fields: Iterable[Field], part: Mapping[str, Any]) -> Typed:
    """What somebody would have typed to get this part of a document; the inverse of ``values``."""
    typed: Typed = {}
    for field in fields:
        value: Any = part
        for step in field.key.split("-"):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None or (value is False and field.kind == "check"):
            continue
        if field.kind == "date":
            year, month, day = ([piece.lstrip("0") for piece in str(value).split("-")] + ["", ""])[:3]
            typed |= dict(zip(field.inputs, (day, month, year), strict=True))
        elif field.kind in ("yesno", "check"):
            other = "nee" if field.true == "ja" else "ja"
            typed[field.key] = field.true if value else other
        else:
            typed[field.key] = str(value)
    return typed


def _filled(field: Field, typed: Mapping[str, str]) -> bool:
    return any(typed.get(name) for name in field.inputs)


def _date(day: str, month: str, year: str) -> str | None:
    if not (day or month or year):
        return None
    if month or day:
        return f"{year}-{month.zfill(2)}-{day.zfill(2)}" if day else f"{year}-{month.zfill(2)}"
    return year
