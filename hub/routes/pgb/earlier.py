"""The rows of a file held against the ledger: a state that is wanted already asks nothing, and an older one is not sent.

Rows are compared in groups, each with two queries. What the group before it brought is remembered, because it may not be
accepted yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from sqlalchemy import select, tuple_

from hub.contracts.fileformat import Faulty, Item, Part, Unchanged
from hub.contracts.route import AMSTERDAM
from hub.crypto.keyring import Keyring
from hub.errors import DecodeFailure
from hub.journal.database import Database
from hub.message import Status
from hub.routes.pgb.cases import vanished
from hub.routes.pgb.document import Toekenning
from hub.routes.pgb.effects import is_newer
from hub.routes.pgb.reading import read
from hub.routes.pgb.tables import budgets, messages
from hub.routes.pgb.wording import finding

_GROUP = 64
#: After these, the same state under a newer mutatie is a wish to send it again.
_NOT_TAKEN = frozenset({Status.REJECTED.value, Status.CANCELLED.value})


class _Wanted(NamedTuple):
    """The state that is wanted of a budget."""

    mutatie: str
    digest: str
    outcome: str = ""


def compare(journal: Database, keyring: Keyring, items: Iterable[Item]) -> Iterator[Item]:
    """The items again; a part that asks nothing as ``Unchanged``, one that is older than what was offered as ``Faulty``."""
    previous: dict[str, _Wanted] = {}
    seen: dict[str, str] | None = {}  # None: a row could not be read, so what is not here is not known
    for group in _groups(items):
        documents = [_document(item) for item in group]
        known = {**_wanted(journal, [one.budget for one in documents if one is not None]), **previous}
        offered = _offered(journal, [(one.budget, one.mutatie) for one in documents if one is not None])
        brought: dict[str, _Wanted] = {}
        for item, document in zip(group, documents, strict=True):
            if document is None:
                seen = None
                yield item
                continue
            if seen is not None:
                seen[document.budget] = document.reeks or ""
            wanted = brought.get(document.budget) or known.get(document.budget)
            told = _told(item, document, wanted, offered, keyring)
            if told is item and (wanted is None or is_newer(document.mutatie, wanted.mutatie)):
                brought[document.budget] = _Wanted(document.mutatie, keyring.fingerprint(document.state))
            yield told
        previous = brought
    if seen and any(seen.values()):
        vanished.ask(journal, seen, dt.datetime.now(AMSTERDAM).date())


def _groups(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    source = iter(items)
    while group := list(islice(source, _GROUP)):
        yield group


def _told(item: Item, document: Toekenning, wanted: _Wanted | None, offered: set[tuple[str, str]], keyring: Keyring) -> Item:
    if wanted is None or document.mutatie == wanted.mutatie or (document.budget, document.mutatie) in offered:
        return item  # new, or known by its key
    if not is_newer(document.mutatie, wanted.mutatie):
        return Faulty(item.row, (replace(finding("PG14", ""), path="mutatie"),))
    same = wanted.outcome not in _NOT_TAKEN and keyring.matches(wanted.digest, document.state)
    return Unchanged(item.row) if same else item


def _document(item: Item) -> Toekenning | None:
    """What a part says; None when that cannot be read, which accepting will tell."""
    if not isinstance(item, Part):
        return None
    try:
        return read(item.document).document
    except DecodeFailure:
        return None


def _wanted(journal: Database, names: Sequence[str]) -> Mapping[str, _Wanted]:
    query = select(budgets.c.budget, budgets.c.mutatie, budgets.c.digest, budgets.c.outcome)
    with journal.reading() as connection:
        rows = connection.execute(query.where(budgets.c.budget.in_(set(names)))).all()
    return {budget: _Wanted(*rest) for budget, *rest in rows}


def _offered(journal: Database, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (budget, mutatie) were accepted before."""
    if not keys:
        return set()
    columns = (messages.c.budget, messages.c.mutatie)
    with journal.reading() as connection:
        return {(one[0], one[1]) for one in connection.execute(select(*columns).where(tuple_(*columns).in_(set(keys))))}
