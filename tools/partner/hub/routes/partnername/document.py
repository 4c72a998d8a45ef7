"""The document that comes in for this exchange: its shape and its rules."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import DecodeFailure, Finding, SchemaViolation


class PartnerNameDocument(BaseModel):
    """What somebody wants to tell PartnerName."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # fill in: the fields of the document, each with the bounds that the partner sets
    tekst: str = Field(min_length=1, max_length=400)
    bsn: str | None = Field(default=None, pattern=r"^[0-9]{9}$")


def read_object(document: bytes) -> dict[str, Any]:
    """The JSON object in it. Raises: DecodeFailure."""
    try:
        given = json.loads(document)
    except (ValueError, RecursionError):
        raise DecodeFailure("the document is not JSON") from None  # the cause quotes the document
    if not isinstance(given, dict):
        raise DecodeFailure("the document is not a JSON object")
    return given


def read(document: bytes) -> PartnerNameDocument:
    """The document, held against its rules.

    Raises:
        DecodeFailure: It cannot be read.
        SchemaViolation: It breaks rules; findings name rule and place, never a value.
    """
    given = read_object(document)
    try:
        return PartnerNameDocument.model_validate(given)
    except ValidationError as error:
        findings = [_finding(one["type"], one["loc"]) for one in error.errors(include_input=False, include_url=False)]
    raise SchemaViolation(f"{len(findings)} rule(s) broken", findings)


def _finding(rule: str, place: tuple[int | str, ...]) -> Finding:
    """A field that does not exist is named by its author, so that its name may be content: the finding points at its parent."""
    steps = place[:-1] if rule == "extra_forbidden" else place
    message = "dit veld bestaat niet" if rule == "extra_forbidden" else "dit veld klopt niet of ontbreekt"
    return Finding(rule, message, field="".join(f"/{step}" for step in steps))
