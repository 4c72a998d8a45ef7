"""Agreements that wait for the college's word, and what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "pgb_agreements",
        sa.Column("id", Id(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("budget", "gemeente", "nummer", "kenmerk", "soort")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("received", "unit", "registered_by", "care_fits")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("tariff_fits", "decision", "reason", "decided_by")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("cents", "max_cents", "at", "due_at")),
        sa.Column("decided_at", sa.BigInteger()),
        sa.UniqueConstraint("gemeente", "kenmerk", name="pgb_agreements_kenmerk"),
    )
    op.create_index("pgb_agreements_waiting", "pgb_agreements", ["decision", "due_at"])
    op.create_index("pgb_agreements_budget", "pgb_agreements", ["budget"])
