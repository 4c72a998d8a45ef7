"""The servers of a run: RabbitMQ, PostgreSQL and the partner, private, durable, ended with the run."""

from __future__ import annotations

import contextlib
import http.client
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import psycopg

from bench.resources import cpu_seconds
from tests.support.processes import ChildProcess
from tests.support.services import PostgresServer, RabbitServer, drop_database

ROOT = Path(__file__).resolve().parents[1]


class PartnerProcess:
    """The partner of ``bench.partner``, started and asked. Not thread-safe."""

    def __init__(self, delay_ms: float = 0.0) -> None:
        command = [sys.executable, "-m", "bench.partner", "--delay-ms", str(delay_ms)]
        self._process: ChildProcess[str] = ChildProcess(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.end()
            raise RuntimeError(f"the partner did not start: {self._process.last_words()}")
        self.port = int(line)
        self.url = f"http://127.0.0.1:{self.port}/"
        self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def count(self) -> int:
        """References received since the last reset."""
        return int(self._ask("/count"))

    def seen(self) -> dict[str, int]:
        """When each reference came first, in nanoseconds of the monotonic clock."""
        lines = self._ask("/seen").split(b"\n")
        return {name.decode(): int(at) for name, _, at in (line.partition(b" ") for line in lines if line)}

    def reset(self) -> int:
        """Forget everything; the number of requests since the last time, repeats included."""
        return int(self._ask("/reset"))

    def wait_for(self, count: int, *, timeout: float) -> None:
        """Wait until this many references have come.

        Raises:
            TimeoutError: They did not.
        """
        end = time.monotonic() + timeout
        while (found := self.count()) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"the partner got {found} of {count} messages within {timeout:g} s")
            time.sleep(0.02)

    def close(self) -> None:
        """End it."""
        self._line.close()
        self._process.end()

    def _ask(self, path: str) -> bytes:
        self._line.request("GET", path)
        return self._line.getresponse().read()


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers that run."""

    rabbit: RabbitServer
    postgres: PostgresServer
    partner: PartnerProcess

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, thrown away afterwards."""
        url = self.postgres.create_database()
        try:
            yield url
        finally:
            drop_database(url, server_url=self.postgres.url)

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far of the two servers, and of the partner, whose CPU is nobody's cost."""
        return {
            "postgresql": cpu_seconds(self.postgres.pid),
            "rabbitmq": cpu_seconds(self.rabbit.pid),
            "partner": cpu_seconds(self.partner.pid),
        }


@dataclass(frozen=True, slots=True)
class DatabaseMark:
    """A moment in a PostgreSQL server's life: transactions that wrote, and bytes of its log."""

    transactions: int
    wal: int

    @classmethod
    def now(cls, url: str) -> DatabaseMark:
        """The mark of this moment. Counting uses no transaction number itself."""
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
            ).fetchone()
        assert row is not None
        return cls(int(row[0]), int(row[1]))


@contextlib.contextmanager
def servers(*, delay_ms: float = 0.0) -> Iterator[Servers]:
    """Start all three; end them whatever happens.

    Raises:
        ServiceUnavailable: RabbitMQ or PostgreSQL is not installed or does not start.
    """
    with contextlib.ExitStack() as stack:
        partner = PartnerProcess(delay_ms)
        stack.callback(partner.close)
        postgres = PostgresServer()
        stack.callback(postgres.close)
        rabbit = RabbitServer()
        stack.callback(rabbit.close)
        yield Servers(rabbit.start(), postgres.start(), partner)
