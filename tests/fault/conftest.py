"""A world of processes: a journal, a broker, a partner that remembers, and engines that are killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hub.crypto.keyring import Keyring
from hub.journal import tables
from hub.journal.database import Database
from hub.journal.opening import open_journal
from tests.contract.journal_rig import Rig
from tests.support.engine_process import Died, EngineProcess, HttpPartner
from tests.support.journals import postgres_journal_url, sqlite_url
from tests.support.plugin import GIVEN_POSTGRES
from tests.support.processes import PATIENCE, wait_until

EMBEDDED = pytest.param("embedded", id="embedded")
SERVERS = pytest.param("servers", id="servers", marks=[pytest.mark.rabbit, pytest.mark.postgres])


#: Where, on which setup, messages accepted, requests that the partner got.
Kill = tuple[str, str, int, int]


@pytest.fixture(scope="session")
def kills(request: pytest.FixtureRequest) -> Iterator[list[Kill]]:
    """The kills of this run; written to ``build/kills.md`` at the end."""
    found: list[Kill] = []
    yield found
    lines = ["| killed at | setup | accepted | delivered | sent again |", "| --- | --- | ---: | ---: | ---: |"]
    lines += [f"| `{where}` | {kind} | {many} | {many} | {calls - many} |" for where, kind, many, calls in sorted(found)]
    folder = request.config.rootpath / "build"
    folder.mkdir(exist_ok=True)
    (folder / "kills.md").write_text("\n".join(lines) + "\n")


@dataclass
class World:
    """Everything that outlives an engine's process."""

    kind: str
    journal_url: str
    broker_url: str
    keys: Path
    partner: HttpPartner
    db: Database
    running: list[EngineProcess] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)  # idempotency key -> reference
    ids: dict[str, str] = field(default_factory=dict)
    deaths: int = 0
    delivered: dict[str, int] = field(default_factory=dict)  # calls so far for what was recorded as a success at a death

    def start(self, *, crash_at: str = "", **facts: Any) -> EngineProcess:
        process = EngineProcess(self.journal_url, self.broker_url, self.partner.port, self.keys, crash_at=crash_at, **facts)
        self.running.append(process)
        return process

    def rig(self) -> Rig:
        rig = Rig.__new__(Rig)
        rig.db = self.db
        return rig

    def done(self) -> set[str]:
        """References of which a success has been recorded."""
        rig = self.rig()
        open_ids = {row["message_id"] for row in rig.rows(tables.work) if row["status"] != "sent"}
        return {
            row["reference"] for row in rig.rows(tables.messages) if row["direction"] == "out" and row["id"] not in open_ids
        }

    def insist(self, process: EngineProcess, **order: Any) -> tuple[EngineProcess, dict[str, Any]]:
        """Give an order until it has been answered, by another process when this one dies."""
        for _ in range(5):
            try:
                return process, process.ask(**order)
            except Died:
                process = self.replace()
        raise AssertionError("every process dies")

    def replace(self, **facts: Any) -> EngineProcess:
        """Start another process after a death, and remember what had been recorded as delivered by then."""
        self.deaths += 1
        calls = self.partner.calls()
        for reference in self.done():
            self.delivered.setdefault(reference, calls.get(reference, 0))
        return self.start(**facts)

    def accept(self, process: EngineProcess, number: int, *, route: str = "plain", key: str = "") -> EngineProcess:
        name = f"{route}-{number}"
        process, answer = self.insist(
            process, do="accept", route=route, key=key or f"k{number % 3}", seq=number, idempotency=name
        )
        assert self.references.setdefault(name, answer["reference"]) == answer["reference"], "a repeat got another identity"
        self.ids[name] = answer["id"]
        return process

    def wait_until_all_are(self, *states: str, timeout: float = PATIENCE) -> None:
        """Raises: TimeoutError, or AssertionError when no process is left to work on them; with the end of their log."""
        end = time.monotonic() + timeout
        while True:
            lives = any(process.lives for process in self.running)
            rig = self.rig()
            # In this order: what is final by the second look may still be in the first, and never in neither.
            work = {str(row["message_id"]): row["status"] for row in rig.rows(tables.work)}
            found = {row["reference"]: row["status"] for row in rig.rows(tables.messages) if row["direction"] == "out"}
            now = {name: found[reference] or work[self.ids[name]] for name, reference in self.references.items()}
            if set(now.values()) <= set(states):
                assert len(found) == len(self.references), "a message that nobody knows of"
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{now}\n{self.last_words()}")
            assert lives, f"every process has ended: {now}\n{self.last_words()}"
            time.sleep(0.05)

    def stop_between_writes(self, process: EngineProcess) -> None:
        """SIGSTOP, outside a transaction: SQLite has one writer, and one that stands still rightly keeps the others waiting."""

        def stopped() -> bool:
            process.signal(signal.SIGSTOP)
            if self.kind != "embedded" or _may_be_written(Path(self.journal_url.removeprefix("sqlite:///"))):
                return True
            process.signal(signal.SIGCONT)
            return False

        wait_until(stopped, "the process stands still between two writes")

    def last_words(self) -> str:
        """The end of what the processes logged."""
        return self.keys.with_suffix(".log").read_text()[-3000:]

    def verify(self) -> None:
        self.rig().verify()
        self.partner.assert_same_bytes()
        calls = self.partner.calls()
        assert {reference: calls[reference] for reference in self.delivered} == self.delivered, "sent after a recorded success"
        assert set(self.partner.got) == set(self.references.values()), "something else was sent, or something was not"


def _may_be_written(file: Path) -> bool:
    """Whether nobody holds the write lock of an SQLite file now."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=0)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


@pytest.fixture(params=[EMBEDDED, SERVERS])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from make_world(request.param, request, tmp_path)


@pytest.fixture
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from make_world("servers", request, tmp_path)


def make_world(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[World]:
    if kind == "embedded":
        journal_url, broker_url = sqlite_url(folder), "memory:"
    else:
        server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
        journal_url = postgres_journal_url(server_url, request.getfixturevalue("new_database"))
        broker_url = request.getfixturevalue("amqp_url")
    keys = folder / f"{uuid.uuid4().hex}.key"
    Keyring.load_or_create(keys)
    world = World(kind, journal_url, broker_url, keys, HttpPartner(), open_journal(journal_url))
    try:
        yield world
    finally:
        for process in world.running:
            process.kill()
        world.partner.close()
        world.db.close()
