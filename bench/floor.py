"""The floor: the least that the job itself costs with these libraries and servers. The hub is compared with it.

One process; per message: one parse and validation, one AES-GCM, two commits of the hub's rows (PostgreSQL, the hub's own
tables and columns) in batches of 20, one confirmed publish and one consume on a quorum queue, one keep-alive POST of the same
envelope. No status table, no leases, no timeline chain, no references that clash, no second process, no recovery: nothing of
what the hub is for. Its CPU is that of its process, PostgreSQL and RabbitMQ.

The batch goes through as a whole: validate and encrypt, commit, publish, consume, post over as many connections as the hub has
call threads, commit. The cheapest way that was found is taken at every step: one statement per commit with binary arrays, the
hub's own pipelined broker client, its lean HTTP transport, and one processor for the process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import queue
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.dialects import postgresql

from bench.documents import documents
from hub import telemetry
from hub.assembly import Hub
from hub.config import load
from hub.contracts.broker import Confirmation
from hub.contracts.route import AMSTERDAM, Identity
from hub.journal import tables
from hub.journal.arrays import column
from hub.journal.database import numbered
from hub.journal.postgres import BY_KEY, open_connection
from hub.journal.session import Question, Session
from hub.message import Ticket, new_id
from hub.schemas.parsing import Limits, parse
from hub.schemas.registry import find, validate
from hub.transports.digikoppeling import envelope
from hub.transports.digikoppeling.addressing import Addressing
from hub.transports.http import HttpTransport

BATCH = 20

_DIALECT: Any = postgresql.dialect()  # type: ignore[no-untyped-call]
_KINDS = {
    "UUID": "uuid",
    "TEXT": "text",
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "BYTEA": "bytea",
    "BOOLEAN": "boolean",
}
#: The hub's tables that acceptance writes: whatever columns they have now.
_TABLES = {
    table.name: {one.name: _KINDS[str(one.type.compile(_DIALECT))] for one in table.columns}
    for table in (tables.messages, tables.contents, tables.work, tables.timeline, tables.refs, tables.ordering_keys)
}
#: What a column of this type holds when a row says nothing.
_EMPTY: dict[str, Any] = {"boolean": False, "bigint": 0, "int": 0, "text": "", "bytea": bytes(32)}


def _insert(table: str, number: int) -> str:
    """An insert of parameter arrays, as a common table expression."""
    columns = _TABLES[table]
    arrays = ", ".join(f":p{number}_{name}::{kind}[]" for name, kind in columns.items())
    names = ", ".join(columns)
    return f"i{number} AS (INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}))"


_ACCEPT = numbered(f"WITH {', '.join(_insert(table, number) for number, table in enumerate(_TABLES))} SELECT 1", "$")
_SETTLE = numbered(
    f"""WITH {_insert("timeline", 3)}, {_insert("contents", 1)}
    UPDATE work SET status = 'sent', seq = 2, ticketed = FALSE FROM unnest(:ids::uuid[]) AS b(id) WHERE message_id = b.id""",
    "$",
)


class Floor:
    """The driver. Everything on the caller's thread, but for the posts and the broker client's own threads.

    Args:
        hub: Only for its settings: where the servers are and how a document is built.
        concurrency: Connections to the partner.
    """

    def __init__(self, hub: Hub, concurrency: int) -> None:
        self._session = Session(open_connection(hub.config.journal.url.reveal(), autocommit=True, options=BY_KEY))
        hub.broker.declare(["corv"])
        self._publisher = hub.broker.publisher()
        self._consumer = hub.broker.consumer("corv", prefetch=BATCH)
        url = hub.config.connections["corv"].settings["url"]
        self._body = hub.routes["raadsverzoek"].build(next(documents()), _identity()).body
        self._document = next(documents())
        self._schema = find("vtoDi01")
        self._key = AESGCM(os.urandom(32))
        self._posts: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._post, args=(url,)) for _ in range(concurrency)]
        for thread in self._threads:
            thread.start()

    def run(self, count: int) -> None:
        """Carry ``count`` messages, in batches."""
        for start in range(0, count, BATCH):
            self._batch(min(BATCH, count - start))

    def _batch(self, count: int) -> None:
        ids = [new_id() for _ in range(count)]
        sealed = [self._validated_and_sealed() for _ in ids]
        rows = _rows(ids, sealed)
        self._write(_ACCEPT, _arrays(rows))
        words = self._publisher.publish([Ticket(one, 1, "corv") for one in ids], timeout=30)
        if set(words) != {Confirmation.CONFIRMED}:
            raise RuntimeError("the broker did not confirm")
        got = 0
        while got < count:
            deliveries = self._consumer.receive(count - got, timeout=5)
            got += len(deliveries)
            self._consumer.acknowledge(deliveries)
            for delivery in deliveries:
                self._posts.put(str(delivery.ticket.message_id).encode())
        answers = [self._answers.get() for _ in ids]
        after = {
            "timeline": [_entry(one, 2, "taken_over") for one in ids],
            "contents": [
                {"message_id": one, "kind": "evidence", "body": answer} for one, answer in zip(ids, answers, strict=True)
            ],
        }
        self._write(_SETTLE, {**_arrays(after), "ids": column("uuid", ids)})

    def _validated_and_sealed(self) -> bytes:
        found = validate(parse(self._body, limits=Limits(max_bytes=len(self._body))), schema=self._schema)
        if found:
            raise RuntimeError("the message is not valid")
        nonce = os.urandom(12)
        return nonce + self._key.encrypt(nonce, self._body, b"")

    def _write(self, statement: tuple[str, tuple[str, ...]], values: dict[str, bytes]) -> None:
        text, names = statement
        self._session.ask([Question(text, [values[name] for name in names])])

    def _post(self, url: str) -> None:
        transport = HttpTransport(url)
        while (reference := self._posts.get()) is not None:
            headers = Addressing("urn:to", "urn:from", "urn:action", reference.decode(), reference.decode(), None)
            # The partner counts references: the stored one is the same in every message here.
            body = self._body.replace(_REFERENCE, reference, 1)
            reply = transport.post("", envelope.splice(headers, body), envelope.HTTP_HEADERS)
            if reply.status != 200:
                raise RuntimeError("the partner refused")
            self._answers.put(reply.body)
        transport.close()

    def close(self) -> None:
        """End the threads and connections."""
        for _ in self._threads:
            self._posts.put(None)
        for thread in self._threads:
            thread.join()
        self._consumer.close()
        self._publisher.close()
        self._session.close()


_REFERENCE = b"0b0f5a52-0000-4000-8000-000000000123"


def _identity() -> Identity:
    return Identity(_REFERENCE.decode(), "BENCH-2026-000001", dt.datetime(2026, 11, 23, 12, tzinfo=AMSTERDAM))


def _rows(ids: list[uuid.UUID], sealed: list[bytes]) -> dict[str, list[dict[str, Any]]]:
    """The rows that the hub writes when it accepts, with values of the same sizes."""
    now = time.time_ns() // 1000
    made: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
    for one, content in zip(ids, sealed, strict=True):
        text = str(one)
        route = {"route": "raadsverzoek", "connection": "corv"}
        made["messages"].append(
            {
                **route, "id": one, "direction": "out", "type": "vtoDi01", "reference": text, "kenmerk": text, "caller": _US,
                "title": "Verzoek tot onderzoek, 1 kind", "accepted_at": now, "ordering_key": text, "attributes": _ATTRIBUTES,
                "size": len(content), "key_id": "2026-11-23", "data_key": bytes(60), "status": None, "cause": None,
                "final_at": None,
            }
        )  # fmt: skip
        made["contents"] += [
            {"message_id": one, "kind": "message", "body": content},
            {"message_id": one, "kind": "document", "body": content[:1700]},
        ]
        made["work"].append(
            {**route, "message_id": one, "status": "waiting", "reason": "due", "next_at": now, "head": True, "key_id": text}
        )
        made["timeline"].append(_entry(one, 1, "accepted"))
        made["refs"] += [
            {"kind": kind, "value": text, "message_id": one, "exclusive": kind != "bsn"}
            for kind in ("reference", "kenmerk", "bsn")
        ]
        made["ordering_keys"].append({"key_id": text, "last_pos": 1, "head_pos": 1})
    return made


def _entry(message_id: uuid.UUID, number: int, event: str) -> dict[str, Any]:
    detail = '{"route":"raadsverzoek","type":"vtoDi01"}'
    return {"message_id": message_id, "seq": number, "event": event, "detail": detail, "actor": _US}


_US = "system:bench"
_ATTRIBUTES = json.dumps({"functie": "vtoDi01", "from_organisatie": "0" * 20, "from_applicatie": "jeugd-applicatie"})


def _arrays(rows: dict[str, list[dict[str, Any]]]) -> dict[str, bytes]:
    """Parameters by column, as ``_insert`` names them."""
    made: dict[str, bytes] = {}
    for number, table in enumerate(_TABLES):
        for name, kind in _TABLES[table].items() if table in rows else ():
            empty = _EMPTY.get(kind)
            made[f"p{number}_{name}"] = column(kind, [row.get(name, empty) for row in rows[table]])
    return made


def main() -> None:
    """Warm up, say ready, and for every line on standard input carry that many messages."""
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    given = parser.parse_args()
    hub = Hub(load(given.config))
    telemetry.configure(level="warning")
    floor = Floor(hub, hub.config.connections["corv"].concurrency)
    floor.run(100)
    print("ready", flush=True)
    try:
        for line in sys.stdin:
            begun = time.monotonic()
            floor.run(int(line))
            print(time.monotonic() - begun, flush=True)
    finally:
        floor.close()
        hub.close()


if __name__ == "__main__":
    main()
