"""Who holds a ticket or lease, what the breaker counted last, and what troubles a role. Only adds columns that may be empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("work", sa.Column("holder", sa.String(), nullable=True))
    op.add_column("connections", sa.Column("last_failure", sa.BigInteger(), nullable=True))
    op.add_column("connections", sa.Column("probe", Id(), nullable=True))
    op.add_column("heartbeats", sa.Column("trouble", sa.String(), nullable=True))
    op.add_column("heartbeats", sa.Column("trouble_since", sa.BigInteger(), nullable=True))
