"""Documents from a folder: put together with the files they name, and answered with a receipt or with what is wrong.

In a folder a document names a file (``documenten[].bestand``) where over the API it carries base64 (``inhoud``). Sentences are
for the author of the document; they lie beside it, in the same folder, and nowhere else.
"""

from __future__ import annotations

import base64
import codecs
import datetime as dt
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import Finding, HubError, SchemaViolation
from hub.intake.files import PartState
from hub.intake.folder_files import NotAFile, Place, is_plain
from hub.intake.intake import AlreadyUsed, Proposed, Taken
from hub.journal.stamp import AMSTERDAM

Sentence = Callable[[Finding, Mapping[str, object]], str]
#: Kind and value that are in use -> the finding for the author of the document; None where the exchange has no words for it.
Clash = Callable[[str, str], Finding | None]

#: A document with more values than this is not parsed here; the routes have the same cap.
MOST_VALUES = 50_000
_MEDIATYPES = {
    ".pdf": "application/pdf", ".doc": "application/msword", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
}  # fmt: skip
#: How kinds of file begin, and what stands at their end; and within how many bytes of it.
_ENDS = {b"%PDF": b"%%EOF", b"\xff\xd8\xff": b"\xff\xd9"}
_END_WITHIN = 4096
_PLACE = re.compile(r"line [0-9]+ column [0-9]+")
_TOO_LARGE = (
    "Het verzoek is met zijn bestanden groter dan {most} bytes. Maak de bestanden kleiner of laat het minst nodige weg."
)
_BY_CODE = {
    "undecodable": "Dit bestand kan niet worden gelezen als JSON. Maak het opnieuw.",
    "too_large": "Dit verzoek is te groot. Maak de bestanden kleiner of laat het minst nodige weg.",
    "out_of_scope": "U mag niet namens deze organisatie aanbieden.",
    "needs_decision": "Over zo'n bericht besluit een mens. Laat degene die erover gaat het in de console maken.",
    "reference_clash": "Dit verzoek is al eerder aangeboden.",
    "unexpected": "De hub kon dit verzoek niet verwerken door een fout in de hub zelf. Meld dit bij de beheerder.",
}


def _finding(rule: str, text: str, field: str = "") -> Finding:
    return Finding(rule, text, field=field)


#: A link lies where a file should.
NO_LINK = _finding("MAP.koppeling", "Dit is een verwijzing naar een bestand. Zet het bestand zelf neer.")


@dataclass(frozen=True, slots=True)
class Assembled:
    """A document as the route reads it; ``given`` is the same as values, for sentences."""

    document: bytes
    given: Mapping[str, Any]


def attachments_of(content: bytes) -> list[str]:
    """File names that a document gives, as far as they are plain; none when it cannot be read."""
    items = _items(_parse(content))
    names = (item.get("bestand") for item in items if isinstance(item, dict))
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and is_plain(name)))


def assemble(place: Place, name: str, most: int) -> Assembled:
    """Read a document and put the files that it names into it.

    Raises:
        SchemaViolation: A file is absent, is a link, is named in a way that is not allowed, or all is too large. The messages
            are Dutch sentences.
        OSError: Something cannot be read now.
    """
    try:
        content, _ = place.read(name, most)
    except NotAFile:
        raise _refused([NO_LINK]) from None
    except OverflowError:
        raise _refused([_finding("MAP.groot", _TOO_LARGE.format(most=most))]) from None
    content = content.removeprefix(codecs.BOM_UTF8)  # some editors put it before everything
    given = _parse(content)
    items = _items(given)
    if not any(isinstance(item, dict) and "bestand" in item for item in items):
        return Assembled(content, given if isinstance(given, dict) else {})
    findings: list[Finding] = []
    left = most - len(content)
    for index, item in enumerate(items):
        if isinstance(item, dict) and "bestand" in item:
            left -= _fill(place, item, f"/documenten/{index}", left, findings)
    if left < 0:
        findings.append(_finding("MAP.groot", _TOO_LARGE.format(most=most), "/documenten"))
    if findings:
        raise _refused(findings)
    return Assembled(json.dumps(given, separators=(",", ":")).encode(), given)


def _fill(place: Place, item: dict[str, Any], pointer: str, left: int, findings: list[Finding]) -> int:
    """Put one file in its item; returns its size."""
    name = item.pop("bestand")

    def wrong(rule: str, sentence: str) -> int:
        findings.append(_finding(f"MAP.{rule}", sentence, f"{pointer}/bestand"))
        return 0

    if "inhoud" in item:
        return wrong("dubbel", "Geef bij een document een bestand of een inhoud, niet allebei.")
    if not isinstance(name, str) or not is_plain(name):
        return wrong("naam", "Deze bestandsnaam mag niet. Noem alleen de naam van een bestand dat naast het verzoek staat.")
    try:
        content, changed = place.read(name, max(left, 0))
    except FileNotFoundError:
        return wrong("ontbreekt", "Dit bestand staat niet naast het verzoek. Zet het erbij; let op hoofdletters.")
    except NotAFile:
        return wrong("koppeling", "Dit is een verwijzing naar een bestand. Zet het bestand zelf neer.")
    except OverflowError:
        return left + 1
    if not _is_whole(content):
        return wrong(
            "half",
            "Dit bestand is niet helemaal aangekomen: het einde ontbreekt. Zet het verzoek met het hele bestand er opnieuw in.",
        )
    item.setdefault("bestandsnaam", name)
    # A clock that runs ahead, or a file system that writes nonsense, is no mistake of the author, who gave no date.
    moment = min(max(changed, 0), time.time())
    item.setdefault("datum", dt.datetime.fromtimestamp(moment, AMSTERDAM).date().isoformat())
    mediatype = _MEDIATYPES.get(name[name.rfind(".") :].lower()) if "." in name else None
    if mediatype is not None:
        item.setdefault("mediatype", mediatype)
    item["inhoud"] = base64.b64encode(content).decode("ascii")
    return len(content)


def _is_whole(content: bytes) -> bool:
    """Whether a PDF or JPEG has its end (ISO 32000-1, 7.5.5; ISO 10918-1, B.1.1.3): who copies slowly may pause half-way.

    Other kinds have no end that can be looked for. Some programs write a little behind it.
    """
    end = next((end for start, end in _ENDS.items() if content.startswith(start)), b"")
    return end in content[-_END_WITHIN:]


def receipt(
    taken: Taken, warned: Sequence[Finding], given: Mapping[str, Any], files: Sequence[str], sentence: Sentence
) -> bytes:
    """What lies beside an accepted document."""
    warnings = [_told(finding, sentence(finding, given)) for finding in warned]
    facts = {
        "id": str(taken.message_id),
        "kenmerk": taken.kenmerk,
        "referentienummer": taken.reference,
        "eerderAangenomen": taken.again,
        "waarschuwingen": warnings,
        "bestanden": [_safe(name) for name in files],
    }
    return (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode(errors="replace")


def receipt_of_proposal(proposed: Proposed) -> bytes:
    """What lies beside a document about which a person has to decide."""
    facts = {"voorstel": str(proposed.proposal_id), "eerderAangeboden": proposed.again, "besloten": proposed.decided}
    return (json.dumps(facts, indent=2) + "\n").encode()


def receipt_of_parts(counts: Mapping[PartState, int]) -> bytes:
    """What lies beside a file of many documents; the result file tells them one by one."""
    words = (
        ("aangenomen", PartState.ACCEPTED),
        ("eerderAangenomen", PartState.REPEATED),
        ("nietsGewijzigd", PartState.UNCHANGED),
        ("nietAangenomen", PartState.REFUSED),
    )
    return (json.dumps({word: counts.get(state, 0) for word, state in words}, indent=2) + "\n").encode()


def refusal(error: HubError, given: Mapping[str, Any], sentence: Sentence, clash: Clash) -> tuple[bytes, bytes]:
    """What lies beside a refused document: the same for machines and for people."""
    told = list(_sentences(error, given, sentence, clash))
    facts = {"code": error.code, "fouten": told}
    lines = [f"- {one['zin']}" + (f"  (plaats: {one['plaats']})" if one["plaats"] else "") for one in told]
    head = "Dit verzoek is niet aangenomen en niet verstuurd. Verbeter het en zet het opnieuw in de map."
    text = "\n".join([head, "", *lines, ""])
    return (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode(errors="replace"), text.encode(errors="replace")


def _sentences(error: HubError, given: Mapping[str, Any], sentence: Sentence, clash: Clash) -> list[dict[str, str]]:
    if isinstance(error, SchemaViolation) and error.findings:
        return [_told(one, _sentence(one, given, sentence)) for one in error.findings if one.severity == "error"]
    if isinstance(error, AlreadyUsed) and (found := clash(error.kind, error.value)) is not None:
        return [_told(found, found.message)]
    told = _BY_CODE.get(error.code, _BY_CODE["unexpected"])
    place = _PLACE.search(error.text) if error.code == "undecodable" else None
    where = place[0].replace("line", "regel").replace("column", "positie") if place else ""
    return [{"plaats": where, "regel": error.code, "zin": told}]


def _sentence(finding: Finding, given: Mapping[str, Any], sentence: Sentence) -> str:
    return finding.message if finding.rule.startswith("MAP.") else sentence(finding, given)


def _told(finding: Finding, text: str) -> dict[str, str]:
    return {"plaats": finding.field, "regel": finding.rule, "zin": text}


def _refused(findings: Sequence[Finding]) -> SchemaViolation:
    rules = ", ".join(sorted({one.rule for one in findings}))
    return SchemaViolation(f"the document from the folder breaks {len(findings)} rule(s): {rules}", findings)


def _parse(content: bytes) -> Any:
    """The document's values, None when it is no JSON or too much of it; what is wrong is then for the route to say."""
    if content.count(b",") > MOST_VALUES:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _items(given: Any) -> list[Any]:
    items = given.get("documenten") if isinstance(given, dict) else None
    return items if isinstance(items, list) else []


def _safe(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
