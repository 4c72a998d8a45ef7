"""The ledger's table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ledger_lines",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("message_id", Id(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
