"""A file of many rows, through the hub's intake and by a bare loop: the process that does both, on one database.

The format is a small CSV file and its route makes a tiny message of each row, which has no schema: the engine's own share is as
large as it gets. *Bare* is one thread that does, per row, the same reading, building and verifying, one AES-GCM, and for every
64 rows one commit of the hub's rows in one statement: no numbers, no data key per message, no references that clash, no log.

A line on standard input (``hub 10000``, ``bare 10000``) is answered by the CPU seconds that this process used.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import itertools
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.rows import ACCEPT, accepted_rows, arrays
from hub import telemetry
from hub.assembly import Hub, freeze_loaded
from hub.config import load
from hub.contracts.fileformat import Part
from hub.contracts.route import AMSTERDAM, Identity
from hub.intake.acceptance import MAX_GROUP
from hub.intake.files import PartState
from hub.intake.intake import Intake
from hub.journal.postgres import BY_KEY, open_connection
from hub.journal.session import Question, Session
from hub.message import Caller, new_id
from tests.support.formats import PlainFile, csv_file
from tests.support.routes import PlainRoute

CALLER = Caller("system", "bench")


class FileRows:
    """Carries out both on the journal of one hub."""

    def __init__(self, hub: Hub) -> None:
        self._route = PlainRoute(connection="corv")
        self._intake = Intake(hub.journal, hub.keyring, {self._route.name: self._route})
        self._session = Session(open_connection(hub.config.journal.url.reveal(), autocommit=True, options=BY_KEY))
        self._key = AESGCM(os.urandom(32))
        self._numbers = itertools.count(1)

    def hub(self, count: int) -> None:
        """Accept a new file of ``count`` rows."""
        outcomes = self._intake.accept_many(self._route.name, PlainFile().read(self._file(count)), CALLER)
        if any(outcome.state is not PartState.ACCEPTED for outcome in outcomes):
            raise RuntimeError("a row was not accepted")

    def bare(self, count: int) -> None:
        """Write the rows of a new file of ``count`` rows."""
        parts = (item for item in PlainFile().read(self._file(count)) if isinstance(item, Part))
        while group := list(itertools.islice(parts, MAX_GROUP)):
            ids = [new_id() for _ in group]
            sealed = [self._validated_and_sealed(one, part) for one, part in zip(ids, group, strict=True)]
            text, names = ACCEPT
            values = arrays(accepted_rows(ids, sealed))
            self._session.ask([Question(text, [values[name] for name in names])])

    def _validated_and_sealed(self, message_id: uuid.UUID, part: Part) -> bytes:
        built = self._route.build(part.document, Identity(str(message_id), "T-2026-000001", dt.datetime.now(AMSTERDAM)))
        self._route.verify(built)
        nonce = os.urandom(12)
        return nonce + self._key.encrypt(nonce, built.body, b"")

    def _file(self, count: int) -> io.BytesIO:
        rows: Iterator[str] = (f"k{number};{number};{'tekst ' * 20};" for number in itertools.islice(self._numbers, count))
        return io.BytesIO(csv_file(*rows))

    def close(self) -> None:
        """End threads and connections."""
        self._intake.close()
        self._session.close()


def main() -> None:
    """Do a little of both, say ready, and obey until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    config = load(parser.parse_args().config)
    telemetry.configure(level=config.log.level, format=config.log.format)
    hub = Hub(config)
    rows = FileRows(hub)
    ways = {"hub": rows.hub, "bare": rows.bare}
    try:
        for way in ways.values():
            way(500)
        freeze_loaded()
        print("ready", flush=True)
        for line in sys.stdin:
            name, count = line.split()
            begun = time.process_time()
            ways[name](int(count))
            print(time.process_time() - begun, flush=True)
    finally:
        rows.close()
        hub.close()


if __name__ == "__main__":
    main()
