"""What this exchange remembers in the journal: its cases, and which child each notification is about. Nothing personal.

A case is a request that was accepted; it has *ended* when nothing more is expected about it. Rows are written by ``effects``
and ``deciding`` in the journal's own transactions and read by the pages, so that no page opens content to see what it means.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, text

from hub.journal.tables import Id

metadata = MetaData()


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


cases = Table(
    "raadsverzoek_cases",
    metadata,
    Column("message_id", Id, primary_key=True),  # the request
    Column("children", String, nullable=False),  # volgnummers, comma separated; empty: not known
    Column("over", Boolean, nullable=False),  # the request itself was rejected, withdrawn or replaced
    Column("closed_at", BigInteger),  # a person closed it
    Column("ended", Boolean, nullable=False),
    Index("raadsverzoek_cases_ended", "ended", "message_id"),
)

notifications = Table(
    "raadsverzoek_notifications",
    metadata,
    Column("message_id", Id, primary_key=True),  # the message that came in
    Column("case_id", Id),  # the request it is about; NULL: none is known (any more)
    Column("at", BigInteger, nullable=False),
    Column("status", String, nullable=False),  # status and result, words of closed lists
    Column("result", String, nullable=False),
    Column("ex_officio", Boolean, nullable=False),  # the Raad began by itself
    Column("closes", Boolean, nullable=False),  # nothing more is expected about this child
    Column("child", Integer),  # volgnummer; NULL: not known
    Column("perhaps", Integer),  # volgnummer of the unborn child that it may be about
    Column("confirmed", Boolean, nullable=False),  # a person said which child it is
    Index("raadsverzoek_notifications_case", "case_id", **_where("case_id IS NOT NULL")),
)
