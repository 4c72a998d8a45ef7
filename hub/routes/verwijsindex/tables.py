"""What this exchange remembers in the journal: reports with their clock, signals, and how to reach who reports.

Nothing about the young person: no name, number or birth date; only the dates at which a report ends. What a signal says is
in the message, encrypted; here is only that there is one, and whether contact was made.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, Table, false

from hub.journal.tables import Id

metadata = MetaData()

#: Days are text, yyyy-mm-dd: days of Amsterdam, which have no moment.
meldingen = Table(
    "verwijsindex_meldingen",
    metadata,
    Column("melding_id", String, primary_key=True),
    Column("message_id", Id, nullable=False),
    Column("gemeente", String, nullable=False),
    Column("reporter", String, nullable=False),  # "user:..."
    Column("coordinator", String, nullable=False),  # the same; empty: nobody
    Column("decided_by", String, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("removal", String, nullable=False),
    Column("latest", String, nullable=False),  # the last day that the law allows
    Column("ages_out", Boolean, nullable=False),  # which is the 23rd birthday
    Column("informed", String, nullable=False),  # words of closed lists
    Column("state", String, nullable=False),  # waiting, active, ending, ended, void
    Column("reason", String, nullable=False),  # why it ends; empty while it does not
    Column("end_id", Id),  # the message that ends it
    Column("ended_at", BigInteger),
    Column("reminded", String, nullable=False, server_default=""),  # the removal day of which its reporter was reminded
    Index("verwijsindex_meldingen_message", "message_id"),
    Index("verwijsindex_meldingen_removal", "state", "removal"),
)

signalen = Table(
    "verwijsindex_signalen",
    metadata,
    Column("message_id", Id, primary_key=True),  # the message that came in
    Column("melding_id", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("same_person", Boolean, nullable=False),
    Column("source", String, nullable=False),  # actueel or archief
    Column("contact_at", BigInteger),
    Column("contact_by", String, nullable=False),
    Column("lead", String, nullable=False),  # wij or ander; empty: no contact yet
    Column("reminded", Boolean, nullable=False, server_default=false()),  # that nobody made contact yet
    Index("verwijsindex_signalen_melding", "melding_id"),
)

profielen = Table(
    "verwijsindex_profielen",
    metadata,
    Column("account", String, primary_key=True),
    Column("gemeente", String, nullable=False),
    Column("naam", String, nullable=False),
    Column("organisatie", String, nullable=False),
    Column("telefoon", String, nullable=False),
    Column("email", String, nullable=False),
)
