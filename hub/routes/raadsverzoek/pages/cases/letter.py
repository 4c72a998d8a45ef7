"""A request that was accepted, as the same letter that its author checked, and its attachments. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hub.routes.raadsverzoek.pages.form import letter as letters
from hub.routes.raadsverzoek.pages.form.letter import Letter
from hub.routes.raadsverzoek.pages.form.state import Paper, from_document


class Attachment(NamedTuple):
    """A file that went along; ``number`` counts from 1."""

    number: int
    soort: str
    name: str
    size: str


class Opened(NamedTuple):
    """A request as one reads it."""

    letter: Letter
    attachments: tuple[Attachment, ...]


def letter(document: Mapping[str, Any]) -> Opened:
    """The letter of a document that was accepted."""
    papers = [Paper(str(number), _size(one), "", "", "") for number, one in _papers(document)]
    return Opened(letters.letter(from_document(document, papers)), tuple(_attachments(document)))


def attachment(document: Mapping[str, Any], number: int) -> tuple[str, bytes] | None:
    """Name and bytes of a file that went along; None when there is none of this number."""
    paper = dict(_papers(document)).get(number)
    if paper is None:
        return None
    try:
        return str(paper.get("bestandsnaam") or f"bijlage-{number}"), base64.b64decode(paper.get("inhoud") or "")
    except binascii.Error:
        return None


def _attachments(document: Mapping[str, Any]) -> Iterable[Attachment]:
    for number, paper in _papers(document):
        size = _size(paper)
        words = f"{size / 1_000_000:.1f} MB".replace(".", ",") if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
        name = str(paper.get("bestandsnaam") or f"bijlage-{number}")
        yield Attachment(number, str(paper.get("soort") or "Document"), name, words)


def _papers(document: Mapping[str, Any]) -> Iterable[tuple[int, Mapping[str, Any]]]:
    return enumerate(document.get("documenten", ()), 1)


def _size(paper: Mapping[str, Any]) -> int:
    text = str(paper.get("inhoud") or "")
    return max(0, len(text) * 3 // 4 - text[-2:].count("="))
