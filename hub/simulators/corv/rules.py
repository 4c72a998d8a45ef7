"""What CORV demands of a message outside the XSD, as a partner would check it; independent of how the hub builds messages."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass

from lxml import etree

from hub.schemas import rules
from hub.standards.stuf import STUF
from hub.telemetry import looks_like_bsn

_ZKN = "{http://www.egem.nl/StUF/sector/zkn/0310}"
_BG = "{http://www.egem.nl/StUF/sector/bg/0310}"
_CONTENT_TYPE = "{http://www.w3.org/2005/05/xmlmime}contentType"
_FILE_NAME = f"{{{STUF}}}bestandsnaam"

#: Documents together, decoded (1 MB is 1,000,000 bytes).
MOST_DOCUMENT_BYTES = 21_000_000

#: The real list is not public: this one is the simulator's own.
MIME_TYPES = frozenset(
    {
        "application/pdf",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.oasis.opendocument.text",
        "application/rtf",
        "application/xml",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/tiff",
        "text/plain",
        "text/xml",
    }
)

#: Characters that a file name may not hold.
FORBIDDEN_IN_NAMES = frozenset('<>:"/\\|?*') | {chr(number) for number in range(32)}

REQUEST, HISTORY = "Verzoek tot onderzoek RvdK", "Gezinsgeschiedenis"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why CORV rejects: the code of the Fo01, and details that name the rule only."""

    code: str
    details: str


def judge(message: etree._Element) -> Rejection | None:
    """The first rule a ``vtoDi01`` breaks; None when it breaks none, or is no ``vtoDi01``."""
    if not message.tag.endswith("}vtoDi01"):
        return None
    if rules.empty_elements(message):
        return Rejection("902", "XSD-fout na vertaling: leeg element")
    for number in message.iter(f"{_BG}inp.bsn"):
        if not looks_like_bsn((number.text or "").strip()):
            return Rejection("901", "inp.bsn voldoet niet aan de elfproef")
    return _judge_documents(message)


def _judge_documents(message: etree._Element) -> Rejection | None:
    kinds = Counter(one.text or "" for one in message.iter(f"{_ZKN}dct.omschrijving"))
    if kinds[REQUEST] != 1:
        return Rejection("901", f"er moet precies een document '{REQUEST}' zijn")
    if kinds[HISTORY] > 1:
        return Rejection("901", f"er mag hooguit een document '{HISTORY}' zijn")
    total = 0
    for content in message.iter(f"{_ZKN}inhoud"):
        if content.get(_CONTENT_TYPE) not in MIME_TYPES:
            return Rejection("901", "het mimetype van een document is niet toegestaan")
        name = content.get(_FILE_NAME) or ""
        if not name or name.startswith(" ") or FORBIDDEN_IN_NAMES & set(name):
            return Rejection("901", "de bestandsnaam van een document is niet toegestaan")
        try:
            total += len(b64decode("".join((content.text or "").split()), validate=True))
        except (binascii.Error, ValueError):
            return Rejection("901", "de inhoud van een document is geen base64")
    if total > MOST_DOCUMENT_BYTES:
        return Rejection("901", "de documenten zijn samen groter dan 21 MB")
    return None
