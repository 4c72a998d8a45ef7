"""Lists of unfinished messages by status."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Small: work holds unfinished messages only.
    op.create_index("work_status", "work", ["status", "message_id"], unique=False)
