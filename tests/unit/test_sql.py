"""SQL stands in the journal and in an exchange's own files: everything else asks named functions (architecture, section 3)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HUB = Path(__file__).resolve().parents[2] / "hub"

#: Files of an exchange that speak with the database: its tables, what it does in the journal's transactions, its own questions.
OF_AN_EXCHANGE = frozenset({"tables", "effects", "deciding", "cases", "earlier", "subject", "duties", "migrations"})

#: Names of the journal's database with which SQL is written.
WRITING = frozenset({"Statement"})

#: File -> why it holds SQL all the same.
WAIVERS: dict[str, str] = {
    "cli/check.py": "names the driver's error for a file that is no journal; it asks nothing itself",
    "privacy/access.py": "its one statement writes the access log, and nothing else may",
    "web/accounts.py": "accounts, sessions and keys: it alone reads and writes these tables",
    "routes/plekvrij/pages/offers.py": "its questions belong in a cases.py of its exchange",
    "routes/plekvrij/pages/subscribers.py": "its questions belong in a cases.py of its exchange",
    "routes/plekvrij/setup.py": "its question belongs in a cases.py of its exchange",
}


def writes_sql(source: str) -> bool:
    """Whether a module imports what SQL is written with."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "sqlalchemy" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = {alias.name for alias in node.names}
            # Types of rows that a function of the journal returned hold no SQL.
            if node.module.split(".")[0] == "sqlalchemy" and node.module != "sqlalchemy.engine":
                return True
            if node.module == "hub.journal.database" and names & WRITING:
                return True
            if node.module == "hub.journal.tables":
                return True
    return False


def may_hold_sql(place: str) -> bool:
    """Whether SQL belongs in the file at this place, a path below ``hub``."""
    steps = place.removesuffix(".py").split("/")
    return steps[0] == "journal" or (steps[0] == "routes" and len(steps) > 2 and steps[2] in OF_AN_EXCHANGE)


def found() -> set[str]:
    """The files outside those places that write SQL."""
    return {
        place
        for path in sorted(HUB.rglob("*.py"))
        if not may_hold_sql(place := path.relative_to(HUB).as_posix()) and writes_sql(path.read_text(encoding="utf-8"))
    }


def test_sql_stands_in_the_journal_and_in_files_of_an_exchange() -> None:
    assert found() - set(WAIVERS) == set()


def test_no_waiver_is_left_that_is_not_needed() -> None:
    assert set(WAIVERS) - found() == set()


@pytest.mark.parametrize(
    "source",
    [
        "import sqlalchemy as sa",
        "from sqlalchemy import select",
        "def late():\n    from sqlalchemy.exc import DatabaseError",
        "from hub.journal.database import Database, Statement",
        "from hub.journal.tables import messages",
    ],
)
def test_what_writes_sql_is_seen(source: str) -> None:
    assert writes_sql(source)


@pytest.mark.parametrize(
    "source", ["from hub.journal.database import Database, Tx", "from sqlalchemy.engine import RowMapping"]
)
def test_what_only_asks_is_fine(source: str) -> None:
    assert not writes_sql(source)


def test_places_of_sql() -> None:
    assert may_hold_sql("journal/units/tasks.py")
    assert may_hold_sql("routes/pgb/migrations/0001_ledger.py")
    assert not may_hold_sql("routes/pgb/pages/cases.py")
    assert not may_hold_sql("web/console/cases.py")
