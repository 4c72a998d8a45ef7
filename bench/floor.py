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
import os
import queue
import sys
import threading
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.documents import documents
from bench.rows import ACCEPT, accepted_rows, arrays, entry, insert
from hub import telemetry
from hub.assembly import Hub
from hub.config import load
from hub.contracts.broker import Confirmation
from hub.contracts.route import AMSTERDAM, Identity
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

_SETTLE = numbered(
    f"""WITH {insert("timeline", 3)}, {insert("contents", 1)}
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
        rows = accepted_rows(ids, sealed)
        self._write(ACCEPT, arrays(rows))
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
            "timeline": [entry(one, 2, "taken_over") for one in ids],
            "contents": [
                {"message_id": one, "kind": "evidence", "body": answer} for one, answer in zip(ids, answers, strict=True)
            ],
        }
        self._write(_SETTLE, {**arrays(after), "ids": column("uuid", ids)})

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
