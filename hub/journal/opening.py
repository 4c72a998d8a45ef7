"""Opening the journal by its URL, and bringing its tables, and those of the exchanges, to this version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from hub.errors import ConfigError
from hub.journal.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
#: The core's version table; an exchange's is ``<exchange>_version``.
VERSIONS = "alembic_version"
#: Several processes may start at once; one migrates, the others wait.
LOCK = 7_212_026

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class ExchangeTables(NamedTuple):
    """The tables of one exchange: all are named ``<name>_*``, and nothing but its own migrations makes or changes them.

    Attributes:
        name: The exchange.
        migrations: Folder with its revisions, ``*.py`` as Alembic writes them. It needs no ``env.py``.
    """

    name: str
    migrations: Path


class _Line(NamedTuple):
    """One line of revisions and the table that says how far it came."""

    owner: str  # as an error names it
    revisions: Path
    versions: str


def open_journal(url: str, *, idle: int = 8) -> Database:
    """The journal at ``sqlite:///relative.path``, ``sqlite:////absolute.path`` or ``postgresql://...``.

    Args:
        idle: Connections kept open while nobody uses them; PostgreSQL only.

    Raises:
        ConfigError: The URL is of another kind.
    """
    if url.startswith("sqlite:///"):
        from hub.journal.sqlite import SqliteDatabase

        return SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    if url.startswith(("postgresql://", "postgres://")):
        from hub.journal.postgres import PostgresDatabase

        return PostgresDatabase(url, idle=idle)
    raise ConfigError("the journal is sqlite:///... or postgresql://...", key="journal.url")


def migrate(database: Database, exchanges: Iterable[ExchangeTables] = (), *, core: str = "head") -> None:
    """Bring the tables to this version: the core's, and then those of each exchange.

    All in one transaction under one lock, so that it is safe to repeat and to run by several processes at once. The tables of
    an exchange that is not named (any more) are left alone.

    Args:
        core: The revision to which the core's tables are brought, for tests of what a later one does.

    Raises:
        ConfigError: An exchange's name cannot begin the name of a table, or its migrations made tables of another name.
    """
    lines = _lines(exchanges)
    with _migrating(database) as connection:
        for line in lines:
            before = set(sqlalchemy.inspect(connection).get_table_names())
            command.upgrade(_config(line, connection), core if line.versions == VERSIONS else "head")
            if line.versions != VERSIONS:
                _check_names(line, set(sqlalchemy.inspect(connection).get_table_names()) - before)


def _lines(exchanges: Iterable[ExchangeTables]) -> list[_Line]:
    lines = [_Line("the journal", MIGRATIONS / "versions", VERSIONS)]
    for exchange in exchanges:
        if not _NAME.fullmatch(exchange.name):
            raise ConfigError(f"an exchange with tables has a name of a-z, 0-9 and _, not {exchange.name!r}")
        lines.append(_Line(exchange.name, exchange.migrations, f"{exchange.name}_version"))
    return lines


def _check_names(line: _Line, made: Iterable[str]) -> None:
    foreign = sorted(name for name in made if not name.startswith(f"{line.owner}_"))
    if foreign:
        raise ConfigError(f"the tables of {line.owner} are named {line.owner}_*; its migrations made {', '.join(foreign)}")


def _config(line: _Line, connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", _literal(MIGRATIONS))
    config.set_main_option("version_locations", _literal(line.revisions))
    config.set_main_option("path_separator", "newline")  # a folder may have any name, blanks in it too
    config.attributes.update(connection=connection, versions=line.versions)
    return config


def _literal(folder: Path) -> str:
    """A folder as a setting of Alembic, in which a percent sign begins a name."""
    return str(folder).replace("%", "%%")


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """A connection in a transaction of ours, begun before Alembic looks: on SQLite it would else commit after each revision,
    and the next process would start in between.
    """
    engine = engine_for(database)
    try:
        with engine.connect() as connection, connection.begin():
            if database.dialect == "postgresql":
                connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
    finally:
        engine.dispose()


def revision(database: Database, exchange: str = "") -> str | None:
    """The revision of the core's tables, or of an exchange's; None when there are none."""
    return _revision(database, f"{exchange}_version" if exchange else VERSIONS)


def _revision(database: Database, versions: str) -> str | None:
    with database.reading() as connection:
        return MigrationContext.configure(connection, opts={"version_table": versions}).get_current_revision()


def check_revision(database: Database, exchanges: Iterable[ExchangeTables] = ()) -> None:
    """Refuse to run on tables of another version.

    Raises:
        ConfigError: They must be migrated first, or belong to a newer hub.
    """
    for line in _lines(exchanges):
        script = ScriptDirectory.from_config(_config(line))
        found = _revision(database, line.versions)
        known = {one.revision for one in script.walk_revisions()}
        if found is None:
            raise ConfigError(f"{line.owner} has no tables yet; run `hub migrate`", key="journal.url")
        if found not in known:
            newer = f"{line.owner} is of a newer hub (revision {found}); run that version of the hub"
            raise ConfigError(newer, key="journal.url")
        if found != script.get_current_head():
            raise ConfigError(f"the tables of {line.owner} are of an older hub; run `hub migrate`", key="journal.url")


def engine_for(database: Database) -> sqlalchemy.Engine:
    """An engine that may write, for migrations only."""
    if database.dialect == "sqlite":
        from hub.journal.sqlite import SqliteDatabase, connect

        assert isinstance(database, SqliteDatabase)
        path = database.path
        return sqlalchemy.create_engine("sqlite://", creator=lambda: connect(path), poolclass=sqlalchemy.pool.NullPool)
    from hub.journal.postgres import PostgresDatabase, open_connection

    assert isinstance(database, PostgresDatabase)
    url = database.url
    return sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: open_connection(url), poolclass=sqlalchemy.pool.NullPool
    )
