"""Opening the journal by its URL, and bringing its tables to this version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from hub.errors import ConfigError
from hub.journal.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


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


def migrate(database: Database) -> None:
    """Bring the tables to this version; safe to repeat and to run by several processes at once."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    command.upgrade(config, "head")


def revision(database: Database) -> str | None:
    """The revision of the tables, None when there are none."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check_revision(database: Database) -> None:
    """Refuse to run on tables of another version.

    Raises:
        ConfigError: They must be migrated first, or belong to a newer hub.
    """
    script = ScriptDirectory(str(MIGRATIONS))
    found = revision(database)
    known = {one.revision for one in script.walk_revisions()}
    if found not in known:
        newer = f"the journal is of a newer hub (revision {found}); run that version of the hub"
        raise ConfigError(newer if found else "the journal has no tables yet; run `hub migrate`", key="journal.url")
    if found != script.get_current_head():
        raise ConfigError("the journal's tables are of an older hub; run `hub migrate`", key="journal.url")


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
