"""Cases and notifications.

Requests that were accepted before get a case without children: what was told about them is known by the timeline only, and the
last final word decides, as it did when the content was gone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0001"
down_revision = None

_OVER = "'rejected', 'cancelled', 'replaced', 'superseded'"


def upgrade() -> None:
    op.create_table(
        "raadsverzoek_cases",
        sa.Column("message_id", Id(), primary_key=True),
        sa.Column("children", sa.String(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("ended", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "raadsverzoek_notifications",
        sa.Column("message_id", Id(), primary_key=True),
        sa.Column("case_id", Id()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("ex_officio", sa.Boolean(), nullable=False),
        sa.Column("closes", sa.Boolean(), nullable=False),
        sa.Column("child", sa.Integer()),
        sa.Column("perhaps", sa.Integer()),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
    )
    op.create_index("raadsverzoek_cases_ended", "raadsverzoek_cases", ["ended", "message_id"])
    known = sa.text("case_id IS NOT NULL")
    op.create_index(
        "raadsverzoek_notifications_case",
        "raadsverzoek_notifications",
        ["case_id"],
        postgresql_where=known,
        sqlite_where=known,
    )
    op.execute(
        f"""
        INSERT INTO raadsverzoek_cases (message_id, children, over, closed_at, ended)
        SELECT m.id, '', COALESCE(m.status, '') IN ({_OVER}),
            (SELECT max(t.at) FROM timeline t WHERE t.message_id = m.id AND t.event = 'case_closed'
                AND NOT EXISTS (SELECT 1 FROM timeline r WHERE r.message_id = m.id AND r.event = 'case_reopened'
                    AND r.seq > t.seq)),
            COALESCE(m.status, '') IN ({_OVER}) OR EXISTS (SELECT 1 FROM timeline t WHERE t.message_id = m.id
                AND t.event = 'case_closed' AND NOT EXISTS (SELECT 1 FROM timeline r WHERE r.message_id = m.id
                    AND r.event = 'case_reopened' AND r.seq > t.seq))
        FROM messages m WHERE m.direction = 'out' AND m.route = 'raadsverzoek'
        """
    )
