"""Our message as the values of an operation, and paths in an answer; all by the settings. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from hub.adapters.verwijsindex.settings import IndexSettings, Operation

#: Paths in our messages that hold a date, and that hold a moment.
_DATES = frozenset({"verwijderdatum", "jongere.geboortedatum"})
_MOMENTS = frozenset({"tijdstip", "besluit.op"})


def values_of(body: etree._Element) -> dict[str, str]:
    """The leaves of our message, by their path."""
    return dict(_leaves(body, ""))


def _leaves(parent: etree._Element, before: str) -> Iterator[tuple[str, str]]:
    for child in parent.iterchildren("*"):
        path = f"{before}{local(child)}"
        if len(child):
            yield from _leaves(child, f"{path}.")
        else:
            yield path, child.text or ""


def local(element: etree._Element) -> str:
    """Local name of an element."""
    return str(element.tag).rpartition("}")[2]


def arguments(operation: Operation, values: Mapping[str, str], settings: IndexSettings) -> dict[str, Any]:
    """The input of an operation, nested by its paths."""
    made: dict[str, Any] = {}
    for theirs, ours in operation.fields.items():
        value = ours[1:] if ours.startswith("=") else _written(ours, values.get(ours), settings)
        if value is None:
            continue
        *way, last = theirs.split(".")
        place = made
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return made


def _written(path: str, value: str | None, settings: IndexSettings) -> str | None:
    """A value of ours in the index's form."""
    if value is None:
        return None
    if path in _DATES and settings.date_format:
        return dt.date.fromisoformat(value).strftime(settings.date_format)
    if path in _MOMENTS and settings.moment_format:
        return dt.datetime.fromisoformat(value).strftime(settings.moment_format)
    return settings.codes.get(path, {}).get(value, value)


def find_all(start: etree._Element, path: str) -> list[etree._Element]:
    """The elements at a path of local names; the start itself for an empty one."""
    found = [start]
    for step in path.split(".") if path else ():
        found = [child for element in found for child in element.iterchildren("*") if local(child) == step]
    return found


def text_at(start: etree._Element, path: str) -> str:
    """The text of the first element at a path; empty when there is none."""
    return next(((one.text or "").strip() for one in find_all(start, path)), "")
