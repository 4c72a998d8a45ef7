"""Budgets that were in an earlier file of a series and are not in the newest: a question to a person, no ending by itself.

A file says with the column ``reeks`` that it is the whole of a series. A file with a row that cannot be read asks nothing: what
that row was about is not known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import select

from hub.journal.database import Database, Statement, Tx
from hub.journal.units import tasks
from hub.message import SYSTEM, MessageId
from hub.routes.pgb.tables import budgets

#: Kind of the task that asks.
VANISHED = "vanished"
#: Budgets in one question or one transaction: databases limit the length of one, and nobody should wait long for it.
_SLICE = 500
_Item = TypeVar("_Item")

_KNOWN = Statement(
    "SELECT p.budget, p.message_id, p.reeks FROM pgb_budgets p JOIN batch b ON b.budget = p.budget",
    batch={"budget": "text"},
    ids=(1,),
)
_PUT = Statement(
    "UPDATE pgb_budgets SET reeks = b.reeks FROM batch b WHERE pgb_budgets.budget = b.budget",
    batch={"budget": "text", "reeks": "text"},
)


def ask(journal: Database, seen: Mapping[str, str], today: dt.date) -> int:
    """Ask about what vanished, and remember what is in which series; how many were asked about.

    Args:
        seen: The budgets of a file -> their series; one without a series has an empty text.
    """
    for group in _slices(seen.items()):
        journal.run(_remember, group)
    gone = _gone(journal, set(seen), {reeks for reeks in seen.values() if reeks}, today)
    for asked in _slices(gone):
        journal.run(_ask, asked)
    return len(gone)


def _gone(journal: Database, seen: set[str], series: set[str], today: dt.date) -> list[tuple[str, MessageId]]:
    """Budgets of these series that still run and are not in the file."""
    if not series:
        return []
    running = (budgets.c.kind != "ingetrokken") & (budgets.c.einde >= today.isoformat())
    query = select(budgets.c.budget, budgets.c.message_id).where(budgets.c.reeks.in_(series), running)
    with journal.reading() as connection:
        return [(budget, message_id) for budget, message_id in connection.execute(query) if budget not in seen]


def _ask(tx: Tx, gone: Sequence[tuple[str, MessageId]]) -> None:
    """Ask about each once: it leaves its series, until a file has it again."""
    wanted = [tasks.NewTask(f"pgb.{VANISHED}", str(message_id), place="pgb", route="toekenning") for _, message_id in gone]
    tasks.open_tasks(tx, wanted)
    tx.run(_PUT, [(budget, "") for budget, _ in gone])


def _remember(tx: Tx, group: Sequence[tuple[str, str]]) -> None:
    """What is in a file again is asked about no more."""
    wanted = dict(group)
    for budget, message_id, reeks in tx.rows(_KNOWN, [(budget,) for budget in sorted(wanted)]):
        if wanted[budget] and reeks != wanted[budget]:
            tx.run(_PUT, [(budget, wanted[budget])])
            tasks.close_one(tx, f"pgb.{VANISHED}", str(message_id), str(SYSTEM))


def _slices(items: Iterable[_Item]) -> Iterator[Sequence[_Item]]:
    source = iter(items)
    while group := list(islice(source, _SLICE)):
        yield group
