"""What the payer would reject, told before it is sent. Pure: a document and today in, findings out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import combinations
from typing import Protocol

from hub.errors import Finding
from hub.routes.pgb.document import Toekenning
from hub.routes.pgb.wording import finding
from hub.telemetry import looks_like_bsn, names_bsn


class _Period(Protocol):
    @property
    def begindatum(self) -> dt.date: ...

    @property
    def einddatum(self) -> dt.date: ...


def check(document: Toekenning, today: dt.date) -> list[Finding]:
    """Everything that is wrong with a toekenning."""
    return [*_numbers(document), *_holder(document, today), *_budget(document, today), *_functions(document)]


def _numbers(document: Toekenning) -> Iterator[Finding]:
    for name, value in (
        ("budgetnummer", document.budgetnummer),
        ("budgetnummerOud", document.budgetnummer_oud or ""),
        ("beschikkingsnummer", document.beschikkingsnummer),
        ("mutatie", document.mutatie),
        ("reeks", document.reeks or ""),
    ):
        if names_bsn(value):
            yield finding("PG10", f"/{name}")
    if document.budgetnummer_oud == document.budgetnummer:
        yield finding("PG12", "/budgetnummerOud")


def _holder(document: Toekenning, today: dt.date) -> Iterator[Finding]:
    holder = document.budgethouder
    if not looks_like_bsn(holder.bsn):
        yield finding("PG01", "/budgethouder/bsn")
    for index, relation in enumerate(holder.relaties):
        if relation.bsn is not None and not looks_like_bsn(relation.bsn):
            yield finding("PG01", f"/budgethouder/relaties/{index}/bsn")
    if holder.geboortedatum > today:
        yield finding("PG09", "/budgethouder/geboortedatum")
    if (count := sum(one.contact for one in holder.adressen)) != 1:
        yield finding("PG06", "/budgethouder/adressen", n=count)


def _budget(document: Toekenning, today: dt.date) -> Iterator[Finding]:
    if document.afgiftedatum > today:
        yield finding("PG07", "/afgiftedatum")
    if document.einddatum < document.begindatum:
        yield finding("PG02", "/einddatum")
    if document.bedrag == 0 and not document.ingetrokken:
        yield finding("PG13", "/bedrag")
    if sum(one.bedrag for one in document.functiebudgetten) > document.bedrag:
        yield finding("PG05", "/bedrag")


def _functions(document: Toekenning) -> Iterator[Finding]:
    parts = document.functiebudgetten
    for index, one in enumerate(parts):
        place = f"/functiebudgetten/{index}"
        if one.einddatum < one.begindatum:
            yield finding("PG02", f"{place}/einddatum")
        elif one.begindatum < document.begindatum or one.einddatum > document.einddatum:
            yield finding("PG03", f"{place}/{'begindatum' if one.begindatum < document.begindatum else 'einddatum'}")
        if any(other.product == one.functie and _overlap(other, one) for other in document.zorg_in_natura):
            yield finding("PG08", f"{place}/functie")
    for (_, first), (index, second) in combinations(enumerate(parts), 2):
        if first.functie == second.functie and _overlap(first, second):
            yield finding("PG04", f"/functiebudgetten/{index}/begindatum")


def _overlap(one: _Period, other: _Period) -> bool:
    return one.begindatum <= other.einddatum and other.begindatum <= one.einddatum
