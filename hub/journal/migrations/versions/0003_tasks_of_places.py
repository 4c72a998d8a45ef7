"""Tasks have a place, a right, a route, somebody whose they are, a due moment, and the reason of who closed them by hand.

Expand only: every column has a default, so that processes of the version before go on beside this one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TEXTS = ("place", "needs_right", "route", "assignee", "assigned_by", "close_reason")


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("tasks", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("tasks", sa.Column("due_at", sa.BigInteger(), nullable=True))
