"""The migrations make exactly the tables that the code knows, on both databases, whoever runs them and how often."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, bindparam, event, insert, inspect, select, text

from hub.errors import ConfigError
from hub.journal import reading, tables
from hub.journal.database import Database
from hub.journal.opening import check_revision, engine_for, migrate, open_journal, revision
from hub.journal.postgres import PostgresDatabase
from hub.journal.tables import metadata
from hub.message import new_id
from tests.support.processes import PATIENCE, ChildProcess


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/a.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    journal = open_journal(url)
    yield journal
    journal.close()


def test_the_migrated_tables_are_those_of_the_code(database: Database) -> None:
    migrate(database)
    with engine_for(database).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    first = revision(database)
    migrate(database)
    assert revision(database) == first is not None


def test_several_processes_may_migrate_at_once(database: Database, tmp_path: Path) -> None:
    code = "import sys; from hub.journal.opening import migrate, open_journal; migrate(open_journal(sys.argv[1]))"
    url = database.url if isinstance(database, PostgresDatabase) else f"sqlite:///{database.path}"  # type: ignore[attr-defined]
    with ExitStack() as ending:
        command = [sys.executable, "-c", code, url]
        processes = [ending.enter_context(ChildProcess(command, log=tmp_path / f"{number}.log")) for number in range(3)]
        for process in processes:
            assert process.wait(PATIENCE) == 0, process.last_words()
    check_revision(database)


def test_all_migrations_are_made_or_none(database: Database) -> None:
    """Also the proof that a second process cannot begin between two of them."""

    def fail(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "INDEX work_status" in statement:
            raise RuntimeError("killed in the second")

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(RuntimeError, match="killed in the second"):
            migrate(database)
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert revision(database) is None
    migrate(database)
    check_revision(database)


def test_a_journal_without_tables_says_what_to_do(database: Database) -> None:
    with pytest.raises(ConfigError, match="hub migrate"):
        check_revision(database)


def test_a_journal_of_a_newer_hub_is_refused(database: Database) -> None:
    migrate(database)
    with engine_for(database).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer"):
        check_revision(database)


def test_what_waited_as_prepared_waits_parked_with_a_task(database: Database) -> None:
    """The status is gone; no door made such messages, but none may be lost if somebody did."""
    migrate(database, core="0002")
    message_id = new_id()
    with engine_for(database).begin() as connection:
        there = {column["name"] for column in inspect(connection).get_columns("work")} - {"message_id"}
        columns = [column for column in tables.work.c if column.name in there and not column.nullable]
        row: dict[str, Any] = {column.name: column.type.python_type() for column in columns}
        row |= {"message_id": message_id, "status": "prepared"}
        connection.execute(insert(tables.work).values(**row))
    migrate(database)
    with engine_for(database).connect() as connection:
        (found,) = connection.execute(select(tables.work.c.status, tables.work.c.code)).all()
        (task,) = connection.execute(select(tables.tasks.c.kind, tables.tasks.c.subject)).all()
    assert found == ("parked", "deadline_passed")
    assert task == ("parked", str(message_id))


def test_tasks_of_the_version_before_go_on(database: Database) -> None:
    """Expand only: a task from before has every newer column, and a process of the version before may still add one."""
    add = "INSERT INTO tasks (id, kind, subject, role, code, opened_at, closed_by) VALUES (:id, 'x', :subject, '', '', 1, '')"
    migrate(database, core="0002")
    with engine_for(database).begin() as connection:
        connection.execute(text(add).bindparams(bindparam("id", new_id(), tables.tasks.c.id.type), subject="before"))
    migrate(database)
    with engine_for(database).begin() as connection:
        connection.execute(text(add).bindparams(bindparam("id", new_id(), tables.tasks.c.id.type), subject="beside"))
    rows = reading.open_tasks(database)
    assert sorted(row["subject"] for row in rows) == ["before", "beside"]
    assert {(row["place"], row["needs_right"], row["assignee"], row["due_at"]) for row in rows} == {("", "", "", None)}
