"""On whose behalf a message was offered, so that a caller limited to some sees no others'. Only adds a column with a default."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("messages", sa.Column("scope", sa.String(), nullable=False, server_default=""))
