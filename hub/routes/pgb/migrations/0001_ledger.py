"""The ledger: budgets, the messages about them, returns and closings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "pgb_budgets",
        sa.Column("budget", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("gemeente", "nummer", "mutatie", "digest")),
        sa.Column("message_id", Id(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "begin", "einde")),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("confirmed_id", Id()),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.Column("spent_cents", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
    )
    op.create_index("pgb_budgets_at", "pgb_budgets", ["at", "budget"])
    op.create_table(
        "pgb_messages",
        sa.Column("message_id", Id(), primary_key=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("budget", "mutatie", "kind", "identificatie", "begin", "einde")
        ),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("chased", sa.Boolean(), nullable=False),
    )
    op.create_index("pgb_messages_budget", "pgb_messages", ["budget", "message_id"])
    op.create_table(
        "pgb_returns",
        sa.Column("message_id", Id(), primary_key=True),
        sa.Column("ours", Id()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("codes", "lijst", "afzender")),
    )
    op.create_index("pgb_returns_ours", "pgb_returns", ["ours"])
    op.create_table(
        "pgb_closings",
        sa.Column("message_id", Id(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("budget", "begin", "einde")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("granted_cents", "spent_cents", "at")),
    )
    op.create_index("pgb_closings_budget", "pgb_closings", ["budget"])
