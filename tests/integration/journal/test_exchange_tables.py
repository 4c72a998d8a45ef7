"""Own tables of exchanges: a version table each, made with the core's in one transaction, left alone when the exchange goes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from hub.errors import ConfigError
from hub.journal.database import Database, Statement
from hub.journal.opening import ExchangeTables, check_revision, engine_for, migrate, open_journal, revision
from hub.journal.postgres import PostgresDatabase

_REVISION = '''"""A revision."""
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {before}


def upgrade() -> None:
    {do}
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/a.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    journal = open_journal(url)
    yield journal
    journal.close()


def _exchange(folder: Path, name: str = "probe", *does: str) -> ExchangeTables:
    """An exchange with these revisions, ``0001`` and on; by default one that makes a table."""
    migrations = folder / f"{name} 100%"  # as odd as a folder's name may be
    migrations.mkdir(exist_ok=True)
    for number, do in enumerate(does or (_table(f"{name}_rows"),), 1):
        before = repr(f"{number - 1:04}") if number > 1 else None
        (migrations / f"{number:04}_some.py").write_text(_REVISION.format(number=f"{number:04}", before=before, do=do))
    return ExchangeTables(name, migrations)


def _table(name: str) -> str:
    return f'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", sa.BigInteger))'


def _tables(database: Database) -> set[str]:
    with engine_for(database).connect() as connection:
        return set(inspect(connection).get_table_names())


def test_an_exchange_has_its_own_versions_beside_the_cores(database: Database, tmp_path: Path) -> None:
    migrate(database)
    core = revision(database)
    exchange = _exchange(tmp_path)
    migrate(database, [exchange])
    migrate(database, [exchange])
    assert (revision(database), revision(database, "probe")) == (core, "0001")
    assert {"probe_rows", "probe_version"} <= _tables(database)
    check_revision(database, [exchange])


def test_own_tables_are_reached_by_units_of_work_and_know_the_clock(database: Database, tmp_path: Path) -> None:
    filled = 'op.execute("INSERT INTO probe_rows (id, at) VALUES (1, hub_now())")'
    migrate(database, [_exchange(tmp_path, "probe", _table("probe_rows"), filled)])
    assert database.run(lambda tx: tx.rows(Statement("SELECT id FROM probe_rows WHERE at <= hub_now() AND at > 0"))) == [(1,)]


def test_a_removed_exchange_leaves_its_tables_and_says_nothing(database: Database, tmp_path: Path) -> None:
    one, other = _exchange(tmp_path, "one"), _exchange(tmp_path, "other")
    migrate(database, [one, other])
    migrate(database, [other])
    check_revision(database, [other])
    assert "one_rows" in _tables(database)
    check_revision(database, [one, other])


def test_an_added_exchange_must_be_migrated_and_is(database: Database, tmp_path: Path) -> None:
    migrate(database)
    exchange = _exchange(tmp_path)
    with pytest.raises(ConfigError, match="probe has no tables yet; run `hub migrate`"):
        check_revision(database, [exchange])
    migrate(database, [exchange])
    check_revision(database, [exchange])


def test_an_older_and_a_newer_exchange_are_told_apart(database: Database, tmp_path: Path) -> None:
    first = _exchange(tmp_path)
    migrate(database, [first])
    second = _exchange(tmp_path, "probe", _table("probe_rows"), _table("probe_more"))
    with pytest.raises(ConfigError, match="tables of probe are of an older hub"):
        check_revision(database, [second])
    migrate(database, [second])
    assert revision(database, "probe") == "0002"
    with engine_for(database).begin() as connection:
        connection.execute(text("UPDATE probe_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="probe is of a newer hub"):
        check_revision(database, [second])


def test_one_exchange_that_cannot_be_made_leaves_nothing_of_any(database: Database, tmp_path: Path) -> None:
    broken = _exchange(tmp_path, "broken", _table("broken_rows"), "raise RuntimeError('no')")
    with pytest.raises(RuntimeError):
        migrate(database, [_exchange(tmp_path), broken])
    assert _tables(database) == set()
    assert revision(database) is None


@pytest.mark.parametrize("name", ["Probe", "pro-be", "probe_", "1probe", "a;b"])
def test_a_name_that_cannot_begin_a_table_is_refused(name: str, database: Database, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a-z"):
        migrate(database, [ExchangeTables(name, tmp_path)])


def test_tables_of_another_name_are_refused_and_not_made(database: Database, tmp_path: Path) -> None:
    migrate(database)
    before = _tables(database)
    with pytest.raises(ConfigError, match=r"named probe_\*; its migrations made stray"):
        migrate(database, [_exchange(tmp_path, "probe", _table("stray"))])
    assert _tables(database) == before


def test_several_processes_may_migrate_exchanges_at_once(database: Database, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from hub.journal.opening import *; from hub.journal.opening import ExchangeTables\n"
        "migrate(open_journal(sys.argv[1]), [ExchangeTables('probe', pathlib.Path(sys.argv[2]))])"
    )
    exchange = _exchange(tmp_path)
    url = database.url if isinstance(database, PostgresDatabase) else f"sqlite:///{database.path}"  # type: ignore[attr-defined]
    processes = [subprocess.Popen([sys.executable, "-c", code, url, str(exchange.migrations)]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    check_revision(database, [exchange])
