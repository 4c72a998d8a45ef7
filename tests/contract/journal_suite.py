"""What every journal must do: the same checks for SQLite and PostgreSQL, each for one promise of the units of work.

A check is a function that takes a ``Rig``; after it, the invariants of ``Rig.verify`` must hold. ``test_journals.py`` runs
them, ``test_journal_suite_bites.py`` proves that broken journals fail them. The checks are in one module per moment in the way
of a message.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from tests.contract import (
    journal_accepting,
    journal_duties,
    journal_effects,
    journal_keeping,
    journal_leaving,
    journal_matching,
    journal_receiving,
    journal_recovering,
    journal_settling,
    journal_tasks,
)
from tests.contract.journal_rig import Rig

Check = Callable[[Rig], None]

MODULES: tuple[ModuleType, ...] = (
    journal_accepting,
    journal_leaving,
    journal_settling,
    journal_receiving,
    journal_matching,
    journal_keeping,
    journal_duties,
    journal_recovering,
    journal_effects,
    journal_tasks,
)


def checks() -> list[Check]:
    """Every check, in the order of a message's way."""
    return [
        value
        for module in MODULES
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
    ]


def hold(check: Check, rig: Rig) -> None:
    """Run a check and the invariants."""
    check(rig)
    rig.verify()
