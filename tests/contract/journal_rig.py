"""A journal on the bench: short words for its units of work, and the invariants that hold after every check."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import select

from hub.contracts.route import Slot
from hub.delivery.throttle import Throttle
from hub.journal import tables
from hub.journal.database import Database, Statement, Tx
from hub.journal.records import Accepted, Change, Clash, Effect, Leased, NewIncoming, NewMessage, Received, Settlement
from hub.journal.timeline import START, link
from hub.journal.units import accepting, claiming, connections, finishing, leasing, receiving, settling
from hub.message import FINAL, Event, MessageId, Status, Ticket, new_id

T = TypeVar("T")

SECOND = 1_000_000
HOUR = 3600 * SECOND
BODY = b"<m stamp='00000000000000000'/>"
SLOT = Slot(BODY.index(b"0"), 17)

_EFFECTS = {
    Event.TAKEN_OVER: Effect(success=True),
    Event.DELIVERED: Effect(success=True),
    Event.FAILED: Effect(failure=True),
    Event.PARKED: Effect(parked=True),
}


class Rig:
    """Units of work of one journal, with defaults. ``connection`` exists and is open with ``window`` places."""

    def __init__(self, db: Database, *, window: int = 100) -> None:
        self.db = db
        self.connection = "svb"
        self._numbers = itertools.count(1)
        self.connect(self.connection, window)

    def connect(self, name: str, window: int = 100, *, partner: str = "svb") -> None:
        self.db.run(connections.ensure, [(name, partner, window)])

    # Accepting.

    def message(self, **facts: Any) -> NewMessage:
        """A message as intake makes it; nothing is encrypted, so that checks can read what was stored."""
        number = next(self._numbers)
        message_id = new_id()
        values: dict[str, Any] = {
            "id": message_id,
            "route": "r",
            "connection": self.connection,
            "type": "m",
            "reference": f"ref-{message_id}",
            "kenmerk": f"K-{number}",
            "title": "a message",
            "caller": "user:a",
            "fingerprint": b"f",
            "body": BODY,
            "slots": (SLOT,),
            "sending_system": "us",
            "seal": bytes,
            "key_id": "k1",
            "data_key": b"wrapped",
            "max_attempts": 5,
            "deliver_within": HOUR,
            "answer_within": 0,
            "keep_for": HOUR,
        }
        values |= facts
        values.setdefault("same_as", lambda stored: stored == values["fingerprint"])
        return NewMessage(**values)

    def offer(self, *messages: NewMessage) -> list[Accepted | Clash]:
        return self.db.run(accepting.accept, list(messages))

    def accept(self, **facts: Any) -> MessageId:
        (answer,) = self.offer(self.message(**facts))
        assert isinstance(answer, Accepted), answer
        assert not answer.again
        return answer.message_id

    # On the way.

    def claim(
        self, most: int = 100, *, routes: Sequence[str] = ("r",), life: int = 60 * SECOND, name: str = ""
    ) -> list[Ticket]:
        return self.db.run(claiming.claim, name or self.connection, list(routes), most, life).tickets

    def lease(self, *tickets: Ticket, length: int = 60 * SECOND) -> list[Leased]:
        return self.db.run(leasing.lease, list(tickets), length)

    def take(self, message_id: MessageId, *, length: int = 60 * SECOND) -> Leased:
        """Claim everything that is due and lease this one; the tickets of the others are set back."""
        tickets = self.claim()
        self.db.run(claiming.set_back, [ticket for ticket in tickets if ticket.message_id != message_id])
        (leased,) = self.lease(*(ticket for ticket in tickets if ticket.message_id == message_id), length=length)
        return leased

    def sending(self, **facts: Any) -> Leased:
        return self.take(self.accept(**facts))

    def outcome(self, leased: Leased, event: Event, code: str = "", **facts: Any) -> Settlement:
        final = facts.pop("final", event in (Event.TAKEN_OVER, Event.DELIVERED))
        effect = facts.pop("effect", _EFFECTS[event])
        code = code or ("Bv04" if final else "timed_out")
        return Settlement(
            leased.message_id, leased.ticket_no, leased.key_id, leased.connection, event, code, effect, final=final,
            healthy=bool(leased.healthy), probe=bool(leased.probe), **facts,
        )  # fmt: skip

    def settle(self, *outcomes: Settlement, throttle: Throttle | None = None) -> dict[MessageId, Status | None]:
        return self.db.run(settling.settle, list(outcomes), (throttle or Throttle()).react)

    def deliver(self, leased: Leased) -> Status | None:
        event = Event.TAKEN_OVER if leased.expects_answer else Event.DELIVERED
        return self.settle(self.outcome(leased, event))[leased.message_id]

    def send(self, message_id: MessageId) -> Status | None:
        return self.deliver(self.take(message_id))

    def park(self, leased: Leased, code: str = "refused") -> None:
        self.settle(self.outcome(leased, Event.PARKED, code, final=True))

    def incoming(self, **facts: Any) -> NewIncoming:
        message_id = new_id()
        values: dict[str, Any] = {
            "id": message_id,
            "route": self.connection,
            "connection": self.connection,
            "type": "Bv01Bericht",
            "sender": "them",
            "reference": f"in-{message_id}",
            "digest": b"digest",
            "title": "",
            "key_id": "k1",
            "data_key": b"wrapped",
            "size": 4,
            "keep_for": HOUR,
            "contents": {"message": b"body", "answer": b"yes"},
            "answer_status": 200,
            "answers": None,
            "verdict": None,
            "code": "",
        }
        return NewIncoming(**{**values, **facts})

    def receive(self, **facts: Any) -> Received:
        return self.db.run(receiving.receive, self.incoming(**facts))

    def answer(self, message_id: MessageId, verdict: bool = True, **facts: Any) -> Received:
        return self.receive(answers=self.message_row(message_id)["reference"], verdict=verdict, **facts)

    def event(self, message_id: MessageId, event: Event) -> Status:
        """Let an event happen to a message, past every unit but ``apply``."""

        def happen(tx: Tx) -> Status:
            row = finishing.lock(tx, [message_id])[message_id]
            return finishing.apply(tx, [Change(row, event, "tested", "refused")])[message_id]

        return self.db.run(happen)

    # Looking and meddling.

    def sql(self, text: str, **values: Any) -> int:
        """Run a statement of our own."""
        return self.db.run(lambda tx: tx.run(Statement(text), **values))

    def hasten(self, *ids: MessageId) -> None:
        """What these messages wait for happens now: the next attempt, the end of a lease or ticket, an overdue answer."""
        for message_id in ids:
            self.sql("UPDATE work SET next_at = hub_now() - 1 WHERE message_id = :id", id=message_id)

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.db.reading() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def work(self, message_id: MessageId) -> dict[str, Any] | None:
        return next((row for row in self.rows(tables.work) if row["message_id"] == message_id), None)

    def waiting(self, message_id: MessageId) -> dict[str, Any]:
        row = self.work(message_id)
        assert row is not None, "the message is not in work any more"
        return row

    def message_row(self, message_id: MessageId) -> dict[str, Any]:
        return next(row for row in self.rows(tables.messages) if row["id"] == message_id)

    def status(self, message_id: MessageId) -> str:
        row = self.work(message_id)
        return str(row["status"] if row else self.message_row(message_id)["status"])

    def events(self, message_id: MessageId) -> list[str]:
        found = [row for row in self.rows(tables.timeline) if row["message_id"] == message_id]
        return [row["event"] for row in sorted(found, key=lambda row: row["seq"])]

    def content(self, message_id: MessageId, kind: str = "message") -> bytes | None:
        found = (row for row in self.rows(tables.contents) if (row["message_id"], row["kind"]) == (message_id, kind))
        return next((bytes(row["body"]) for row in found), None)

    def connection_row(self, name: str = "") -> dict[str, Any]:
        return next(row for row in self.rows(tables.connections) if row["name"] == (name or self.connection))

    def open_tasks(self) -> list[tuple[str, str]]:
        return sorted((row["kind"], row["subject"]) for row in self.rows(tables.tasks) if row["closed_at"] is None)

    # Invariants.

    def verify(self) -> None:
        """What holds at any moment between transactions, whatever happened."""
        messages = {row["id"]: row for row in self.rows(tables.messages)}
        work = {row["message_id"]: row for row in self.rows(tables.work)}
        assert set(work) <= set(messages), "work without a message"
        self._verify_places(messages, work)
        self._verify_chains(messages, work)
        self._verify_keys(work)

    def _verify_places(self, messages: dict[MessageId, Any], work: dict[MessageId, Any]) -> None:
        for message_id, row in messages.items():
            if row["direction"] == "in":
                assert message_id not in work
                continue
            assert (message_id in work) != (row["status"] is not None), "a message is in one place: in work or final"
            assert row["status"] is None or Status(row["status"]) in FINAL
        for row in work.values():
            assert Status(row["status"]) not in FINAL, "a final message is still in work"
            assert row["status"] != "parked" or ("parked", str(row["message_id"])) in self.open_tasks(), "parked without a task"

    def _verify_chains(self, messages: dict[MessageId, Any], work: dict[MessageId, Any]) -> None:
        lines = defaultdict(list)
        for row in self.rows(tables.timeline):
            lines[row["message_id"]].append(row)
        assert set(lines) == set(messages), "a message without timeline, or the reverse"
        for message_id, entries in lines.items():
            chain = START
            for number, row in enumerate(sorted(entries, key=lambda row: row["seq"]), 1):
                assert row["seq"] == number, "an entry is missing"
                chain = link(chain, message_id, number, row["at"], row["event"], row["detail"], row["actor"])
                assert bytes(row["hash"]) == chain, "the chain is broken"
            head = work.get(message_id) or messages[message_id]
            assert (head["seq"], bytes(head["chain"])) == (len(entries), chain), "the head is not the last entry"

    def _verify_keys(self, work: dict[MessageId, Any]) -> None:
        keys = {row["key_id"]: row for row in self.rows(tables.ordering_keys)}
        per_key = defaultdict(list)
        for row in work.values():
            if row["key_id"] is None:
                assert row["head"], "a message without key waits for nobody"
            else:
                per_key[row["key_id"]].append(row)
        assert set(keys) == set(per_key), "a key without messages, or the reverse"
        for key, rows in per_key.items():
            held = sorted(row["key_pos"] for row in rows if not (row["status"] == "sent" and row["release_on_sent"]))
            heads = [row["key_pos"] for row in rows if row["head"]]
            assert heads == held[:1], f"the head of the key is {heads}, the first that holds it {held[:1]}"
            assert keys[key]["head_pos"] == (held[0] if held else keys[key]["last_pos"] + 1)
            assert len({row["key_pos"] for row in rows}) == len(rows)


def at_once(many: int, call: Callable[[int], T]) -> list[T]:
    """What ``call`` gives in ``many`` threads that start together."""
    barrier = threading.Barrier(many)

    def one(number: int) -> T:
        barrier.wait(20)
        return call(number)

    with ThreadPoolExecutor(many) as pool:
        return [future.result(60) for future in [pool.submit(one, number) for number in range(many)]]
