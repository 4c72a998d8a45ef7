"""A document whose files come as parts of the same request, made into the document that the intake reads.

Where the JSON form carries base64 (``inhoud``), each ``documenten[]`` names a file part (``bestand``). The watched folder knows
the same word, but its files have a date and may be links; what is wrong and what is said of it differ, so this is not shared.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.exceptions import HTTPException

from hub.errors import DecodeFailure, Stage
from hub.intake.folder_documents import MOST_VALUES
from hub.web.api.problems import InvalidParam
from hub.web.multipart import Part, read_parts

#: The name of the part that is the document.
DOCUMENT_PART = "verzoek"
_MOST_PARTS = 100
_UNREADABLE = "De aanvraag is niet te lezen als multipart/form-data."
_SENTENCES = {
    "ontbreekt": "Noem bij dit document in het veld bestand de naam van een bestand dat met deze aanvraag meekomt.",
    "onbekend": "Dit bestand komt niet mee met deze aanvraag. Stuur het mee of verbeter de naam; let op hoofdletters.",
    "dubbel": "Geef bij een document een bestand of een inhoud, niet allebei.",
    "tweemaal": "Dit bestand hoort al bij een ander document. Stuur het nog eens mee onder een andere naam.",
    "ongebruikt": "Dit bestand hoort bij geen document. Noem het in het veld bestand van een document of laat het weg.",
}


class NotJoined(Exception):
    """Document and files do not fit together.

    Attributes:
        found: What is wrong, for the author.
    """

    def __init__(self, found: list[InvalidParam]) -> None:
        super().__init__(f"document and files differ in {len(found)} place(s)")
        self.found = found


def join(body: bytes, content_type: str, most: int) -> bytes:
    """The document with its files in it, as JSON. Equal documents and files give equal bytes, in whatever order the files came.

    Args:
        most: Bytes that the JSON may have, as when it had come so.

    Raises:
        HTTPException: 400: no multipart body, no document, or two parts of one name; 415: the document is said to be no JSON.
        DecodeFailure: The document is no JSON object, or too large.
        NotJoined: A file is absent, or not used exactly once.
    """
    document, files = _taken_apart(body, content_type)
    given = _parsed(bytes(document.data))
    items = given.get("documenten")
    found: list[InvalidParam] = []
    used: set[str] = set()
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):  # anything else is for the rules to refuse
            _fill(item, index, files, used, found)
    for name in files:
        if name not in used:
            found.append(InvalidParam(name=name, code="BESTAND.ongebruikt", reason=_SENTENCES["ongebruikt"]))
    if found:
        raise NotJoined(found)
    joined = json.dumps(given, separators=(",", ":")).encode("ascii")
    if len(joined) > most:
        # Not while receiving: there is nothing left to drain.
        raise DecodeFailure(f"the joined document is larger than {most} bytes", code="too_large", stage=Stage.PROCESSING)
    return joined


def _taken_apart(body: bytes, content_type: str) -> tuple[Part, dict[str, Part]]:
    try:
        parts = read_parts(body, content_type, _MOST_PARTS)
    except ValueError:
        raise HTTPException(400, _UNREADABLE) from None
    named = {part.name: part for part in parts}
    if len(named) < len(parts):
        raise HTTPException(400, "Twee delen van deze aanvraag hebben dezelfde naam.")
    document = named.pop(DOCUMENT_PART, None)
    if document is None:
        raise HTTPException(400, f"Het deel {DOCUMENT_PART} ontbreekt in deze aanvraag.")
    if document.content_type not in ("", "application/json"):
        raise HTTPException(415, f"Stuur het deel {DOCUMENT_PART} als application/json.")
    if any(part.file_name is None for part in named.values()):
        raise HTTPException(400, f"Naast {DOCUMENT_PART} kunnen alleen bestanden mee, elk met een filename.")
    return document, named


def _parsed(document: bytes) -> dict[str, Any]:
    """The document's values; the caps are those of the routes."""
    if document.count(b",") > MOST_VALUES:
        raise DecodeFailure(f"the document has more than {MOST_VALUES} values", code="too_large", stage=Stage.PROCESSING)
    try:
        given = json.loads(document)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise DecodeFailure("the document is no JSON object", stage=Stage.PROCESSING)
    return given


def _fill(item: dict[str, Any], index: int, files: dict[str, Part], used: set[str], found: list[InvalidParam]) -> None:
    """Put one file in its item, or say why not."""
    name = item.pop("bestand", None)
    part = files.get(name) if isinstance(name, str) else None
    wrong = ""
    if name is None or name == "":
        wrong = "ontbreekt"
    elif part is None:
        wrong = "onbekend"
    elif "inhoud" in item:
        wrong = "dubbel"
    elif part.name in used:
        wrong = "tweemaal"
    if part is not None:
        used.add(part.name)
    if part is None or wrong:
        pointer = f"/documenten/{index}/bestand"
        found.append(InvalidParam(name=pointer, code=f"BESTAND.{wrong}", reason=_SENTENCES[wrong]))
        return
    if part.file_name:
        item.setdefault("bestandsnaam", part.file_name)
    item["inhoud"] = base64.b64encode(part.data).decode("ascii")
