"""The ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "probe_ledger",
        sa.Column("message_id", Id(), primary_key=True),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
