"""A tiny exchange for tests of effects: a ledger of what it was told, in a table of its own, and whatever a check adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hub.journal.database import Database, Statement, Tx
from hub.journal.effects import Context, Effects, EffectsTable
from hub.journal.occurrences import Arrival, LateAnswer, Matching, StatusChange
from hub.journal.opening import ExchangeTables
from hub.journal.reading import SealedContent
from hub.journal.records import NewIncoming, NewMessage
from hub.message import Caller, MessageId

TABLES = ExchangeTables("ledger", Path(__file__).parent / "ledger_migrations")

_ADD = Statement(
    "INSERT INTO ledger_lines (number, message_id, word, at) "
    "SELECT (SELECT COALESCE(max(number), 0) + 1 FROM ledger_lines), message_id, word, at FROM batch",
    batch={"message_id": "uuid", "word": "text", "at": "bigint"},
)
_LINES = Statement("SELECT message_id, word FROM ledger_lines ORDER BY number", ids=(0,))
_FORGET = Statement("DELETE FROM ledger_lines WHERE message_id IN (SELECT id FROM batch)", batch={"id": "uuid"})

#: Given the context, the id of the message and the word for what happened; may do more, or fail.
Also = Callable[[Context, MessageId, str], None]


class Ledger(Effects):
    """Writes a line for everything it is told."""

    exchange = "ledger"

    def __init__(self, also: Also | None = None, *, handles: bool = True) -> None:
        self.also = also
        self._handles = handles
        self.facts: list[object] = []

    def _add(self, context: Context, message_id: MessageId, word: str) -> None:
        context.tx.run(_ADD, [(message_id, word, context.now)])
        if self.also is not None:
            self.also(context, message_id, word)

    def handles(self, incoming: NewIncoming) -> bool:
        return self._handles

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        for message in messages:
            self.facts.append(message.facts)
            self._add(context, message.id, "accepted")

    def changed(self, context: Context, changes: Sequence[StatusChange]) -> None:
        for change in changes:
            self._add(context, change.message_id, f"{change.was} {change.event} {change.status}")

    def received(self, context: Context, arrival: Arrival) -> None:
        self.facts.append(arrival.message.meaning)
        about = "counts" if arrival.counts else "does not count"
        self._add(context, arrival.message.id, f"received {arrival.status} {arrival.route or 'nothing'} {about}")

    def answered_late(self, context: Context, answer: LateAnswer) -> None:
        self._add(context, answer.ours, "contradicted" if answer.contradicts else "agreed")

    def matched(self, context: Context, match: Matching) -> None:
        self._add(context, match.message_id, "unmatched" if match.undone else "matched")

    def destroyed(self, context: Context, ids: Sequence[MessageId]) -> None:
        for message_id in ids:
            self._add(context, message_id, "destroyed")
        if self.also is None:
            context.tx.run(_FORGET, [(one,) for one in ids])


def install(db: Database, ledger: Effects, *routes: str, prepare: Any = None, **more: Effects) -> None:
    """Let a journal have these effects on these routes; ``more`` are other effects by route."""
    by_route: dict[str, Effects] = {**dict.fromkeys(routes, ledger), **more}
    db.effects = EffectsTable(by_route, prepare=prepare, opener=_open)


def _open(sealed: SealedContent) -> bytes:
    """Nothing is encrypted on the bench."""
    return sealed.body


def lines(db: Database) -> list[tuple[MessageId, str]]:
    """What the ledger holds: message and word, in order."""

    def read(tx: Tx) -> list[tuple[MessageId, str]]:
        return [(row[0], row[1]) for row in tx.rows(_LINES)]

    return db.run(read)


def preparer(message: Callable[..., NewMessage]) -> Callable[..., NewMessage]:
    """Makes follow-ups by ``Rig.message``; the document is the body."""

    def prepare(route: str, document: bytes, caller: Caller, /, *, cause: MessageId | None, tx: Tx) -> NewMessage:
        del tx
        return message(route=route, body=document, slots=(), caller=str(caller), cause=cause)

    return prepare
