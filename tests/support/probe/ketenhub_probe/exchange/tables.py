"""The ledger: what was ordered, and what the depot sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

from hub.journal.tables import Id

metadata = MetaData()

ledger = Table(
    "probe_ledger",
    metadata,
    Column("message_id", Id, primary_key=True),
    Column("article", String, nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("at", BigInteger, nullable=False),
)
