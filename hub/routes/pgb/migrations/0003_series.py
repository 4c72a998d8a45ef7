"""In which series of files a budget stands, so that one that vanishes from it is asked about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("pgb_budgets", sa.Column("reeks", sa.String(), nullable=False, server_default=""))
