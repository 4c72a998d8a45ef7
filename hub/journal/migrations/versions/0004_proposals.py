"""Proposals, which wait for a person's decision and are no messages yet; callers that are limited to an organisation.

The status ``prepared`` goes. No door of the hub could make such a message; where a row has it all the same, it becomes ``parked``
as ``deadline_passed`` with a task, so that a person decides: resending it starts its term of delivery anew.
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id
from hub.message import new_id

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", Id(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("kenmerk", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("cause", Id(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("decide_by", sa.BigInteger(), nullable=True),
        sa.Column("idempotency", sa.String(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("proposals_route", "proposals", ["route", "made_at"], unique=False)
    _partial("proposals_cause", "cause", unique=False)
    _partial("proposals_idempotency", "idempotency", unique=True)
    op.create_table(
        "proposal_persons",
        sa.Column("proposal_id", Id(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "kind", "value"),
    )
    op.create_index("proposal_persons_value", "proposal_persons", ["kind", "value"], unique=False)
    for table in ("users", "api_keys"):
        op.add_column(table, sa.Column("scope", sa.String(), nullable=False, server_default=""))
    _park_prepared()


def _partial(name: str, column: str, *, unique: bool) -> None:
    where = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, "proposals", [column], unique=unique, postgresql_where=where, sqlite_where=where)


def _park_prepared() -> None:
    work = sa.table(
        "work", sa.column("message_id", Id()), sa.column("status"), sa.column("code"), sa.column("reason"), sa.column("route")
    )
    tasks = sa.table(
        "tasks",
        sa.column("id", Id()),
        *(sa.column(name) for name in ("kind", "subject", "role", "code", "opened_at", "closed_by")),
    )
    bind = op.get_bind()
    for (message_id,) in bind.execute(sa.select(work.c.message_id).where(work.c.status == "prepared")).all():
        row = work.update().where(work.c.message_id == message_id)
        bind.execute(row.values(status="parked", code="deadline_passed", reason=""))
        bind.execute(
            tasks.insert().values(
                id=new_id(),
                kind="parked",
                subject=str(message_id),
                role="",
                code="deadline_passed",
                opened_at=time.time_ns() // 1000,
                closed_by="",
            )
        )
