"""Reports with their clock, signals, and how to reach who reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "verwijsindex_meldingen",
        sa.Column("melding_id", sa.String(), primary_key=True),
        sa.Column("message_id", Id(), nullable=False),
        *(_text(name) for name in ("gemeente", "reporter", "coordinator", "decided_by")),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("removal", "latest")),
        sa.Column("ages_out", sa.Boolean(), nullable=False),
        *(_text(name) for name in ("informed", "state", "reason")),
        sa.Column("end_id", Id()),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index("verwijsindex_meldingen_message", "verwijsindex_meldingen", ["message_id"])
    op.create_index("verwijsindex_meldingen_removal", "verwijsindex_meldingen", ["state", "removal"])
    op.create_table(
        "verwijsindex_signalen",
        sa.Column("message_id", Id(), primary_key=True),
        _text("melding_id"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("same_person", sa.Boolean(), nullable=False),
        _text("source"),
        sa.Column("contact_at", sa.BigInteger()),
        _text("contact_by"),
        _text("lead"),
    )
    op.create_index("verwijsindex_signalen_melding", "verwijsindex_signalen", ["melding_id"])
    op.create_table(
        "verwijsindex_profielen",
        sa.Column("account", sa.String(), primary_key=True),
        *(_text(name) for name in ("gemeente", "naam", "organisatie", "telefoon", "email")),
    )
