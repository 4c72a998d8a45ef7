"""A document whose files come as parts of the same request, made into the document that the intake reads.

Where an item of the JSON form carries base64, the same item names a file part here; ``FileParts`` says under which keys. Files
of the watched folder have a date and may be links; what is wrong and what is said of it differ, so this is not shared.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.exceptions import HTTPException

from hub.contracts.resource import FileParts
from hub.errors import DecodeFailure, Stage
from hub.intake.folder_documents import MOST_VALUES
from hub.web.api.problems import InvalidParam
from hub.web.multipart import Part, read_parts

_MOST_PARTS = 100
_UNREADABLE = "De aanvraag is niet te lezen als multipart/form-data."
_SENTENCES = {
    "ontbreekt": "Noem bij dit document in het veld {reference} de naam van een bestand dat met deze aanvraag meekomt.",
    "onbekend": "Dit bestand komt niet mee met deze aanvraag. Stuur het mee of verbeter de naam; let op hoofdletters.",
    "dubbel": "Geef bij een document een {reference} of een {content}, niet allebei.",
    "tweemaal": "Dit bestand hoort al bij een ander document. Stuur het nog eens mee onder een andere naam.",
    "ongebruikt": "Dit bestand hoort bij geen document. Noem het in het veld {reference} van een document of laat het weg.",
}


class NotJoined(Exception):
    """Document and files do not fit together.

    Attributes:
        found: What is wrong, for the author.
    """

    def __init__(self, found: list[InvalidParam]) -> None:
        super().__init__(f"document and files differ in {len(found)} place(s)")
        self.found = found


def join(body: bytes, content_type: str, most: int, form: FileParts) -> bytes:
    """The document with its files in it, as JSON. Equal documents and files give equal bytes, in whatever order the files came.

    Args:
        most: Bytes that the JSON may have, as when it had come so.
        form: Which part is the document, and under which keys its items name files.

    Raises:
        HTTPException: 400: no multipart body, no document, or two parts of one name; 415: the document is said to be no JSON.
        DecodeFailure: The document is no JSON object, or too large.
        NotJoined: A file is absent, or not used exactly once.
    """
    document, files = _taken_apart(body, content_type, form.part)
    given = _parsed(bytes(document.data))
    items = given.get(form.items)
    found: list[InvalidParam] = []
    used: set[str] = set()
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):  # anything else is for the rules to refuse
            part, wrong = _fill(item, files, used, form)
            used |= {part} if part else set()
            if wrong:
                found.append(_wrong(f"/{form.items}/{index}/{form.reference}", wrong, form))
    found += [_wrong(name, "ongebruikt", form) for name in files if name not in used]
    if found:
        raise NotJoined(found)
    joined = json.dumps(given, separators=(",", ":")).encode("ascii")
    if len(joined) > most:
        # Not while receiving: there is nothing left to drain.
        raise DecodeFailure(f"the joined document is larger than {most} bytes", code="too_large", stage=Stage.PROCESSING)
    return joined


def _wrong(name: str, what: str, form: FileParts) -> InvalidParam:
    reason = _SENTENCES[what].format(reference=form.reference, content=form.content)
    return InvalidParam(name=name, code=f"BESTAND.{what}", reason=reason)


def _taken_apart(body: bytes, content_type: str, name: str) -> tuple[Part, dict[str, Part]]:
    try:
        parts = read_parts(body, content_type, _MOST_PARTS)
    except ValueError:
        raise HTTPException(400, _UNREADABLE) from None
    named = {part.name: part for part in parts}
    if len(named) < len(parts):
        raise HTTPException(400, "Twee delen van deze aanvraag hebben dezelfde naam.")
    document = named.pop(name, None)
    if document is None:
        raise HTTPException(400, f"Het deel {name} ontbreekt in deze aanvraag.")
    if document.content_type not in ("", "application/json"):
        raise HTTPException(415, f"Stuur het deel {name} als application/json.")
    if any(part.file_name is None for part in named.values()):
        raise HTTPException(400, f"Naast {name} kunnen alleen bestanden mee, elk met een filename.")
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


def _fill(item: dict[str, Any], files: dict[str, Part], used: set[str], form: FileParts) -> tuple[str, str]:
    """Put one file in its item. Returns the name of the part that it names, if there is one, and what is wrong, if anything."""
    name = item.pop(form.reference, None)
    if name is None or name == "":
        return "", "ontbreekt"
    part = files.get(name) if isinstance(name, str) else None
    if part is None:
        return "", "onbekend"
    if form.content in item:
        return part.name, "dubbel"
    if part.name in used:
        return part.name, "tweemaal"
    if part.file_name:
        item.setdefault(form.file_name, part.file_name)
    item[form.content] = base64.b64encode(part.data).decode("ascii")
    return part.name, ""
