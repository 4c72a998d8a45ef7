"""Reading the documents from JSON, and telling what is wrong with their shape. No finding repeats what it saw. Pure."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hub.errors import DecodeFailure, Finding, SchemaViolation
from hub.routes.verwijsindex.wording import finding

#: A document of the closed list has a few hundred bytes.
MAX_BYTES = 20_000

_Model = TypeVar("_Model", bound=BaseModel)


def read_object(document: bytes) -> dict[str, Any]:
    """The JSON object.

    Raises:
        DecodeFailure: It is none, or too large.
    """
    if len(document) > MAX_BYTES:
        raise DecodeFailure("the document is too large", code="too_large")
    try:
        given = json.loads(document)
    except (ValueError, RecursionError):
        raise DecodeFailure("the document is not JSON") from None
    if not isinstance(given, dict):
        raise DecodeFailure("the document is not a JSON object")
    return given


def read(model: type[_Model], document: bytes) -> _Model:
    """The document, of the right shape.

    Raises:
        DecodeFailure: It is no JSON object.
        SchemaViolation: A field is missing, wrong, or not on the closed list.
    """
    given = read_object(document)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = [_told(one["type"], one["loc"]) for one in error.errors(include_input=False, include_url=False)]
    raise refused(found)


def refused(found: list[Finding]) -> SchemaViolation:
    """The refusal for these findings."""
    rules = ", ".join(sorted({one.rule for one in found}))
    return SchemaViolation(f"the document breaks {len(found)} rule(s): {rules}", found)


def _told(kind: str, place: tuple[int | str, ...]) -> Finding:
    if kind == "extra_forbidden":  # the key may be somebody's name: the place above it is named
        return finding("VI91", _pointer(place[:-1]))
    return finding("VI90" if kind == "missing" else "VI92", _pointer(place))


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(f"/{step}" for step in place)
