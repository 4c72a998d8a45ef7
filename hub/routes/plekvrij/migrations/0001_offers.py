"""Offers, their history, and subscribers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "plekvrij_offers",
        sa.Column("agb", sa.String(), primary_key=True),
        sa.Column("location", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("message_id", Id(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=False),
        sa.Column("age_to", sa.Integer(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("security", sa.String(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("intake", sa.String(), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
    )
    op.create_index("plekvrij_offers_kind", "plekvrij_offers", ["kind", "municipality"])
    op.create_index("plekvrij_offers_valid", "plekvrij_offers", ["valid_until"])
    op.create_table(
        "plekvrij_history",
        sa.Column("message_id", Id(), primary_key=True),
        sa.Column("agb", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("intake", sa.String(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
    )
    op.create_index("plekvrij_history_of", "plekvrij_history", ["agb", "location", "kind", "at"])
    op.create_table(
        "plekvrij_subscribers",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
    )
