"""A private PostgreSQL cluster: own folder, own port, durable as in production (fsync on), quiet."""

from __future__ import annotations

import os
import re
import shutil
import signal
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.support.private_server import PrivateServer
from tests.support.processes import ServiceUnavailable, wait_until

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


class PostgresServer(PrivateServer):
    """A PostgreSQL cluster of our own.

    Attributes:
        url: Its database ``postgres``.
    """

    ENDS_IN_ORDER = signal.SIGINT  # fast shutdown: connections are ended, data is written

    def __init__(self) -> None:
        self._programs = find_programs()
        super().__init__("postgres", "the PostgreSQL cluster")
        self._data = self.folder / "data"

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, *, port: int | None = None) -> str:
        """The URL of a database, by way of another port (a proxy) if wanted."""
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> Self:
        """Make the cluster if it is not there, start it and wait until it serves. Raises: ServiceUnavailable."""
        if not self._data.exists():
            self._initialise()
        self._server = self._run([str(self._programs / "postgres"), "-D", str(self._data)], self._serves)
        return self

    def kill(self) -> None:
        """SIGKILL the postmaster and its children: a crash, recovered from the log at the next start. Idempotent."""
        if self._server is not None:
            children = _children(self._server.pid)
            super().kill()
            for child in children:
                wait_until(lambda child=child: not Path(f"/proc/{child}").exists(), "a PostgreSQL child")  # type: ignore[misc]

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
