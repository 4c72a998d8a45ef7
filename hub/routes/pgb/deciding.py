"""Agreements in the ledger: which wait for a decision, by when, and what was decided, by whom and when. No names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from hub.journal.database import Database, Statement, Tx
from hub.journal.reading import moment
from hub.journal.units import tasks
from hub.message import MessageId
from hub.routes.pgb.tables import agreements
from hub.routes.pgb.workdays import due_after
from hub.routes.pgb.zorgovereenkomst import Besluit, Zorgovereenkomst

#: Kind of the task that asks for the decision.
AGREEMENT = "pgb.agreement"

_ADD = Statement(
    """
    INSERT INTO pgb_agreements
        (id, budget, gemeente, nummer, kenmerk, soort, received, cents, max_cents, unit, at, registered_by, due_at,
         care_fits, tariff_fits, decision, reason, decided_by)
    VALUES (:id, :budget, :gemeente, :nummer, :kenmerk, :soort, :received, :cents, :max_cents, :unit, hub_now(), :by, :due_at,
            '', '', '', '', '')
    ON CONFLICT (gemeente, kenmerk) DO NOTHING
    """,
    counted=True,
)
_DECIDE = Statement(
    """
    UPDATE pgb_agreements SET care_fits = :care, tariff_fits = :tariff, decision = :decision, reason = :reason,
        decided_by = :by, decided_at = hub_now()
    WHERE id = :id AND decision = ''
    """,
    counted=True,
)


class Agreement(NamedTuple):
    """An agreement. Amounts in cents.

    Attributes:
        care_fits: ``ja`` or ``nee`` to the first point of the checklist; empty before the decision. So is ``tariff_fits``.
        decision: ``akkoord`` or ``niet_akkoord``; empty while it waits.
    """

    id: MessageId
    budget: str
    gemeente: str
    nummer: str
    kenmerk: str
    soort: str
    received: str
    cents: int
    max_cents: int
    unit: str
    at: dt.datetime
    registered_by: str
    due_at: dt.datetime
    care_fits: str
    tariff_fits: str
    decision: str
    reason: str
    decided_by: str
    decided_at: dt.datetime | None

    @property
    def too_high(self) -> bool:
        """Whether the tariff is above the maximum."""
        return self.cents > self.max_cents


def due(received: dt.date, days: int) -> dt.datetime:
    """Until when the decision may take: the end of a working day after the receipt."""
    return due_after(dt.datetime.combine(received, dt.time(12), dt.UTC), days)


def register(tx: Tx, agreement_id: MessageId, document: Zorgovereenkomst, by: str, due_at: dt.datetime) -> bool:
    """Keep an agreement and ask for a decision; False when the municipality has one with this number. A unit of work."""
    micros = int(due_at.timestamp() * 1_000_000)
    added = tx.run(
        _ADD,
        id=agreement_id,
        budget=f"{document.gemeente}/{document.budgetnummer}",
        gemeente=document.gemeente,
        nummer=document.budgetnummer,
        kenmerk=document.kenmerk,
        soort=document.soort,
        received=document.ontvangen.isoformat(),
        cents=int(document.tarief * 100),
        max_cents=int(document.maximum * 100),
        unit=document.eenheid,
        by=by,
        due_at=micros,
    )
    if added:
        task = tasks.NewTask(AGREEMENT, str(agreement_id), place="pgb", route="toekenning", due_at=micros)
        tasks.open_tasks(tx, [task])
    return bool(added)


def decide(tx: Tx, agreement_id: MessageId, besluit: Besluit, by: str) -> bool:
    """Keep a decision and close its task; False when somebody has decided before. A unit of work."""
    words = {True: "ja", False: "nee", None: ""}
    decided = tx.run(
        _DECIDE,
        id=agreement_id,
        care=words[besluit.zorg],
        tariff=words[besluit.tarief],
        decision=besluit.besluit or "",
        reason=(besluit.reden or "") if besluit.besluit == "niet_akkoord" else "",
        by=by,
    )
    if decided:
        tasks.close_one(tx, AGREEMENT, str(agreement_id), by)
    return bool(decided)


def waiting(journal: Database, *, limit: int) -> list[Agreement]:
    """Those that wait for a decision, the most urgent first."""
    query = select(agreements).where(agreements.c.decision == "").order_by(agreements.c.due_at, agreements.c.id)
    with journal.reading() as connection:
        return [_agreement(row) for row in connection.execute(query.limit(limit)).mappings()]


def decided(journal: Database, *, limit: int) -> list[Agreement]:
    """Those that were decided, newest decision first."""
    query = select(agreements).where(agreements.c.decision != "").order_by(agreements.c.decided_at.desc(), agreements.c.id)
    with journal.reading() as connection:
        return [_agreement(row) for row in connection.execute(query.limit(limit)).mappings()]


def of_budget(journal: Database, budget: str) -> list[Agreement]:
    """Those of a budget, newest first."""
    query = select(agreements).where(agreements.c.budget == budget).order_by(agreements.c.at.desc())
    with journal.reading() as connection:
        return [_agreement(row) for row in connection.execute(query).mappings()]


def by_id(journal: Database, ids: Sequence[MessageId]) -> dict[MessageId, Agreement]:
    """These by id."""
    if not ids:
        return {}
    query = select(agreements).where(agreements.c.id.in_(set(ids)))
    with journal.reading() as connection:
        return {row["id"]: _agreement(row) for row in connection.execute(query).mappings()}


def _agreement(row: RowMapping) -> Agreement:
    moments = {name: None if row[name] is None else moment(row[name]) for name in ("at", "due_at", "decided_at")}
    return Agreement(**{name: moments.get(name, row[name]) for name in Agreement._fields})
