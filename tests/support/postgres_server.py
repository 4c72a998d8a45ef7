"""A private PostgreSQL cluster: own folder, own port, durable as in production (fsync on), quiet."""

from __future__ import annotations

import os
import re
import shutil
import signal
import uuid
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from hub.transports.held_port import HeldPort
from tests.support.processes import (
    Account,
    ChildProcess,
    EndedTooSoon,
    ServiceUnavailable,
    minimal_environment,
    remove,
    wait_until,
)

USER = "hub"

#: Settings that differ from the defaults. ``fsync`` stays on: what is measured and killed here must be durable.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "log_min_messages": "fatal",
    "log_min_error_statement": "fatal",
    "log_checkpoints": "off",
    "logging_collector": "off",
    "timezone": "UTC",
}


def find_programs() -> Path:
    """The folder with ``initdb`` and ``postgres``, the newest version first. Raises: ServiceUnavailable."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    found = shutil.which("initdb")
    for folder in (*debian, *([Path(found).parent] if found else [])):
        if os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK):
            return folder
    raise ServiceUnavailable("PostgreSQL is not installed: run `make services`")


def _version(folder: Path) -> int:
    number = re.match(r"\d+", folder.parent.name)
    return int(number[0]) if number else 0


class PostgresServer:
    """A PostgreSQL cluster of our own. Not thread-safe.

    Attributes:
        port: On 127.0.0.1; the same after a restart.
        url: Its database ``postgres``.
    """

    def __init__(self) -> None:
        self._programs = find_programs()
        self._account = Account("postgres")
        self.folder = self._account.folder("hub-postgres-")
        self._port = HeldPort()
        self.port = self._port.number
        self._environment = minimal_environment(self.folder)
        self._server: ChildProcess[bytes] | None = None
        self._data = self.folder / "data"

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    @property
    def pid(self) -> int:
        """The postmaster."""
        if self._server is None:
            raise ServiceUnavailable("the PostgreSQL cluster is not running")
        return self._server.pid

    @property
    def running(self) -> bool:
        """Whether the server process lives."""
        return self._server is not None and self._server.poll() is None

    @property
    def host_and_port(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def url_of(self, database: str, *, port: int | None = None) -> str:
        """The URL of a database, by way of another port (a proxy) if wanted."""
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> PostgresServer:
        """Make the cluster if it is not there, start it and wait until it serves. Raises: ServiceUnavailable."""
        if not self._data.exists():
            self._initialise()
        log = self.folder / "server.out"
        self._server = self._account.start(
            [str(self._programs / "postgres"), "-D", str(self._data)], env=self._environment, log=log, cwd=self.folder
        )
        try:
            wait_until(self._serves, "the PostgreSQL cluster", watched=[self._server])
        except EndedTooSoon as ended:
            raise ServiceUnavailable(str(ended)) from None
        return self

    def stop(self) -> None:
        """Fast shutdown: connections are ended, data is written. Idempotent."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL the postmaster and its children: a crash, recovered from the log at the next start. Idempotent."""
        if self._server is not None:
            children = _children(self._server.pid)
            self._end(None)
            for child in children:
                wait_until(lambda child=child: not Path(f"/proc/{child}").exists(), "a PostgreSQL child")  # type: ignore[misc]

    def restart(self, *, kill: bool = False) -> None:
        """Stop (or kill) and start again with the same data and port."""
        if kill:
            self.kill()
        else:
            self.stop()
        self.start()

    def close(self) -> None:
        """Kill everything and remove the folder. Idempotent."""
        self.kill()
        self._port.close()
        remove(self.folder)

    def create_database(self, name: str | None = None, *, template: str | None = None) -> str:
        """Make a database, a copy of ``template`` if given, and return its URL."""
        return create_database(self.url, name, template=template)

    def _initialise(self) -> None:
        command = ["initdb", "-D", str(self._data), "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"]
        self._account.run([str(self._programs / command[0]), *command[1:]], env=self._environment, cwd=self.folder)
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(f"{key} = '{value}'\n" for key, value in settings.items())

    def _serves(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, gently: signal.Signals | None) -> None:
        if self._server is not None:
            self._server.end(gently=gently)
            self._server = None


def create_database(server_url: str, name: str | None = None, *, template: str | None = None) -> str:
    """Make a database on a server, a copy of ``template`` if given, and return its URL.

    Args:
        server_url: Any database of the server, for an account that may make databases.
        name: A new name unless given.
        template: A database to which nobody is connected.
    """
    name = name or f"t{uuid.uuid4().hex[:16]}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template or "template0"))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def drop_database(url: str, *, server_url: str) -> None:
    """Throw a database away, with the connections that are still open, if the server runs."""
    name = urlsplit(url).path.lstrip("/")
    with suppress(psycopg.OperationalError), psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _children(pid: int) -> list[int]:
    """Pids of the direct children."""
    text = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in text.read_text().split()] if text.exists() else []
