"""Files of many documents: their parts accepted in groups, with one commit per group, and what became of each part.

Nothing is kept between groups, so a file may be of any length. A part that was accepted before is recognised by its key: going
on after a crash is beginning anew.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hub import telemetry
from hub.contracts.fileformat import Faulty, FileFormat, Item, Part
from hub.contracts.route import Route
from hub.crypto.keyring import Keyring
from hub.errors import Finding, HubError, SchemaViolation, TransientError
from hub.intake.acceptance import MAX_GROUP, Acceptance, Taken
from hub.intake.budget import ByteBudget
from hub.intake.preparing import Offer
from hub.journal import facts
from hub.journal.database import Database
from hub.journal.records import Clash
from hub.message import Caller, MessageId
from hub.telemetry import LogEvent

log = telemetry.get_logger()

#: Bytes of documents in a group; a larger document is a group of its own.
MAX_GROUP_BYTES = 4_000_000


class PartState(StrEnum):
    """What became of a part."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"  # accepted before, from this file or another one
    UNCHANGED = "unchanged"  # it asks nothing
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """What became of one part of a file.

    Attributes:
        row: The line at which it begins.
        state: What became of it.
        message_id: Its message, of this offer or of the one before.
        findings: What is wrong, or warnings about what was accepted; ``line`` is the row, ``path`` the column if there is one.
        code: Of the refusal.
    """

    row: int
    state: PartState
    message_id: MessageId | None = None
    findings: tuple[Finding, ...] = ()
    code: str = ""


class FileIntake:
    """Accepts the parts of files. Thread-safe."""

    def __init__(self, journal: Database, keyring: Keyring, acceptance: Acceptance, budget: ByteBudget) -> None:
        self._journal = journal
        self._keyring = keyring
        self._acceptance = acceptance
        self._budget = budget

    def accept(self, route: Route, items: Iterable[Item], caller: Caller, hold: int) -> Iterator[PartOutcome]:
        """Accept parts as they come, in groups; their outcomes in the same order, each after its commit.

        Raises:
            TransientError: The journal is away. What was told is accepted; offer the whole file again later.
        """
        group: list[Item] = []
        size = 0
        for item in items:
            more = len(item.document) if isinstance(item, Part) else 0
            if group and (len(group) >= MAX_GROUP or size + more > MAX_GROUP_BYTES):
                yield from self._accept_group(route, group, caller, hold)
                group, size = [], 0
            group.append(item)
            size += more
        if group:
            yield from self._accept_group(route, group, caller, hold)

    def _accept_group(self, route: Route, group: Sequence[Item], caller: Caller, hold: int) -> list[PartOutcome]:
        parts = [item for item in group if isinstance(item, Part)]
        with self._budget.take(sum(len(part.document) for part in parts)):
            keys = self._keys(route, parts)
            now = time.monotonic()
            scope = _scope(route)
            offers = [
                Offer(route, part.document, caller, key, key_scope=scope, hold=hold, since=now)
                for part, key in zip(parts, keys, strict=True)
            ]
            answers = iter(self._acceptance.take_all(offers))
        outcomes = []
        for item in group:
            if isinstance(item, Part):
                outcomes.append(_outcome(item, next(answers)))
            elif isinstance(item, Faulty):
                findings = tuple(replace(one, line=one.line or item.row) for one in item.findings)
                outcomes.append(PartOutcome(item.row, PartState.REFUSED, findings=findings, code="schema_violation"))
            else:
                outcomes.append(PartOutcome(item.row, PartState.UNCHANGED))
        for one in outcomes:
            if one.state is PartState.REFUSED:
                telemetry.REFUSED_DOCUMENTS.labels(route.name, one.code).inc()
        return outcomes

    def _keys(self, route: Route, parts: Sequence[Part]) -> list[str]:
        """A keyed digest per part, by the key of today unless an older one is in use: a repeat is one also after a rotation."""
        digests = [self._keyring.all_fingerprints(f"part {part.key}".encode()) for part in parts]
        scope = _scope(route)
        older = {f"{scope}|{digest}" for known in digests for digest in known[1:]}
        used = facts.idempotency_keys_among(self._journal, older) if older else set[str]()
        return [next((one for one in known[1:] if f"{scope}|{one}" in used), known[0]) for known in digests]


def _scope(route: Route) -> str:
    return f"route:{route.name}"


def _outcome(part: Part, answer: Taken | Clash | Exception) -> PartOutcome:
    if isinstance(answer, Taken):
        state = PartState.REPEATED if answer.again else PartState.ACCEPTED
        return PartOutcome(part.row, state, answer.message_id, tuple(_placed(part, one) for one in answer.warnings))
    if isinstance(answer, Clash):
        told = _KEY_USED if answer.kind == "idempotency" else _NUMBER_USED
        found = Finding("reference_clash", told, line=part.row)
        return PartOutcome(part.row, PartState.REFUSED, answer.message_id, (found,), "reference_clash")
    if isinstance(answer, TransientError):
        raise answer
    if not isinstance(answer, HubError):
        log.error(LogEvent.FAULT_MET, exc_info=answer)
    code = answer.code if isinstance(answer, HubError) else "unexpected"
    if isinstance(answer, SchemaViolation) and answer.findings:
        findings = tuple(_placed(part, one) for one in answer.findings)
    else:
        findings = (Finding(code, _BY_CODE.get(code, _BY_CODE["unexpected"]), line=part.row),)
    return PartOutcome(part.row, PartState.REFUSED, findings=findings, code=code)


_KEY_USED = "Deze regel is al eerder aangeboden, met een andere inhoud."
_NUMBER_USED = "Een nummer in deze regel is al in gebruik bij een ander bericht."
_BY_CODE = {
    "undecodable": "Van deze regel kan geen bericht worden gemaakt.",
    "too_large": "Deze regel is te groot.",
    "out_of_scope": "U mag niet namens deze organisatie aanbieden.",
    "no_route": "Hier is geen verbinding voor ingesteld. Meld dit bij de beheerder.",
    "unexpected": "De hub kon deze regel niet verwerken door een fout in de hub zelf. Meld dit bij de beheerder.",
}


def _placed(part: Part, finding: Finding) -> Finding:
    """A finding with its line and column in the file."""
    pointer = finding.field
    while pointer and pointer not in part.columns:
        pointer = pointer.rpartition("/")[0]
    return replace(finding, line=part.row, path=part.columns.get(pointer, ""))


def format_of(name: str, formats: Sequence[FileFormat]) -> FileFormat | None:
    """The format of a file by the ending of its name, None when it is none of these."""
    return next((one for one in formats if name.lower().endswith(one.suffixes)), None)


#: Headings of a result file.
HEADINGS = ("regel", "uitkomst", "bericht", "kolom", "plaats", "melding", "code")
_WORDS = {
    PartState.ACCEPTED: "aangenomen",
    PartState.REPEATED: "eerder aangenomen",
    PartState.UNCHANGED: "niets gewijzigd",
    PartState.REFUSED: "niet aangenomen",
}


def result_lines(outcomes: Iterable[PartOutcome]) -> Iterator[bytes]:
    """A result file for a spreadsheet, piece by piece: a line per part, or per finding of it; no content of documents."""
    yield b"\xef\xbb\xbf" + _line(HEADINGS)
    for one in outcomes:
        head = (str(one.row), _WORDS[one.state], str(one.message_id or ""))
        if not one.findings:
            yield _line((*head, "", "", "", ""))
        for finding in one.findings:
            yield _line((*head, finding.path, finding.field, finding.message, finding.rule))


def _line(values: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(values)
    return text.getvalue().encode("utf-8", "replace")
