"""Who holds a ticket or lease, and what the breaker counted last. Only adds columns that may be empty."""

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
