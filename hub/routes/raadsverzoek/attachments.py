"""Attachments of a raadsverzoek: reading their base64 without making copies of it, and rules RV19 to RV23.

The content stays base64 from the JSON to the XML. It is decoded in pieces that are thrown away, so checking 21 MB costs one
mebibyte of memory.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.errors import Finding
from hub.routes.raadsverzoek.document import GEZINSGESCHIEDENIS, VERZOEK, Document
from hub.routes.raadsverzoek.settings import Mediatype, RaadsverzoekSettings
from hub.routes.raadsverzoek.wording import finding
from hub.telemetry import names_bsn

#: Base64 characters decoded at a time; a multiple of four.
_PIECE = 1 << 20
_HEAD = 64
#: The bits that padding leaves over must be zero, or libxml2 refuses what binascii accepts.
_LAST_QUAD = re.compile(rb"[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==")


@dataclass(frozen=True, slots=True)
class Content:
    """What there is to know of decoded content: its size in bytes and how it begins."""

    size: int
    head: bytes


def read_base64(text: bytes) -> Content:
    """Check base64 (RFC 4648, section 4, padded, no line breaks) and tell size and beginning of what it holds.

    Raises:
        ValueError: It is not base64.
    """
    if not text:
        return Content(0, b"")
    if len(text) % 4 or not _LAST_QUAD.fullmatch(text, len(text) - 4):
        raise ValueError("not base64")
    size, head, view = 0, b"", memoryview(text)
    for start in range(0, len(text), _PIECE):
        piece = binascii.a2b_base64(view[start : start + _PIECE], strict_mode=True)
        if start + _PIECE < len(text) and len(piece) != _PIECE // 4 * 3:
            raise ValueError("padding inside base64")
        head = head or piece[:_HEAD]
        size += len(piece)
    return Content(size, head)


def mediatype_of(text: bytes | None, mediatypes: Mapping[str, Mediatype]) -> str | None:
    """The configured media type whose first bytes the content has, or None."""
    try:
        head = read_base64((text or b"")[:_HEAD]).head
    except ValueError:
        return None
    return next((name for name, known in mediatypes.items() if head.startswith(bytes.fromhex(known.starts_with))), None)


def check_attachments(documents: Sequence[Document], settings: RaadsverzoekSettings) -> Iterator[Finding]:
    """Rules RV03 and RV19 to RV23, and what each document must have."""
    if not documents:
        yield finding("RV03.document", "/documenten")
        return
    sorts = [document.soort for document in documents]
    if (count := sorts.count(VERZOEK)) != 1:
        yield finding("RV19", "/documenten", n=count)
    if (count := sorts.count(GEZINSGESCHIEDENIS)) > 1:
        yield finding("RV19.history", "/documenten", n=count)
    total = 0
    for index, document in enumerate(documents):
        pointer = f"/documenten/{index}"
        yield from _missing(document, pointer)
        yield from _file_name(document, pointer, settings)
        size, findings = _content(document, pointer, settings)
        total += size
        yield from findings
    if total > settings.max_content_bytes:
        yield finding("RV20", "/documenten", x=megabytes(total), max=megabytes(settings.max_content_bytes))
    yield from _doubles(documents)


def megabytes(size: int) -> str:
    """Bytes as megabytes of 1,000,000, rounded up to a tenth so that what is too large never reads as if it fits."""
    tenths = -(-size // 100_000)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10},{tenths % 10}"


def _missing(document: Document, pointer: str) -> Iterator[Finding]:
    for key, value in (("soort", document.soort), ("bestandsnaam", document.bestandsnaam), ("datum", document.datum)):
        if value is None:
            yield finding("RV90", f"{pointer}/{key}")


def _file_name(document: Document, pointer: str, settings: RaadsverzoekSettings) -> Iterator[Finding]:
    name = document.bestandsnaam
    if name is None:
        return
    allowed = settings.file_name_characters
    place = f"{pointer}/bestandsnaam"
    if len(name) > 255:
        yield finding("RV21.long", place, n=len(name))
    elif names_bsn(name):
        yield finding("RV21.bsn", place)
    elif name != name.strip(" "):
        yield finding("RV21.space", place)
    elif not re.fullmatch(f"[{allowed} ]+", name):
        yield finding("RV21", place)


def _content(document: Document, pointer: str, settings: RaadsverzoekSettings) -> tuple[int, list[Finding]]:
    """The decoded size, and what is wrong with content and media type."""
    try:
        content = read_base64(document.inhoud or b"")
    except ValueError:
        return 0, [finding("RV91", f"{pointer}/inhoud", uitleg="het is geen base64 (zonder regeleinden)")]
    if not content.size:
        return 0, [finding("RV23", f"{pointer}/inhoud")]
    name = document.mediatype or mediatype_of(document.inhoud, settings.mediatypes)
    known = settings.mediatypes.get(name) if name else None
    if known is None:
        return content.size, [finding("RV22", f"{pointer}/mediatype")]
    fits = content.head.startswith(bytes.fromhex(known.starts_with)) and (
        document.bestandsnaam is None or document.bestandsnaam.lower().endswith(known.extensions)
    )
    soort = known.extensions[0].lstrip(".")
    return content.size, [] if fits else [finding("RV22.content", f"{pointer}/mediatype", soort=soort)]


def _doubles(documents: Sequence[Document]) -> Iterator[Finding]:
    for index, later in enumerate(documents):
        for other, earlier in enumerate(documents[:index]):
            names = {"naam": f"document {other + 1}", "ander": f"document {index + 1}"}
            if later.bestandsnaam and earlier.bestandsnaam and later.bestandsnaam.lower() == earlier.bestandsnaam.lower():
                yield finding("RV23.name", f"/documenten/{index}/bestandsnaam", **names)
            if later.inhoud and later.inhoud == earlier.inhoud:
                yield finding("RV23.content", f"/documenten/{index}/inhoud", **names)
            if later.documentkenmerk and later.documentkenmerk == earlier.documentkenmerk:
                yield finding("RV95", f"/documenten/{index}/documentkenmerk")
