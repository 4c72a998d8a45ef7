"""For what a reminder was given, so that one that was closed does not come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("verwijsindex_meldingen", sa.Column("reminded", sa.String(), nullable=False, server_default=""))
    op.add_column("verwijsindex_signalen", sa.Column("reminded", sa.Boolean(), nullable=False, server_default=sa.false()))
