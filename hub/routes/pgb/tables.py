"""What this exchange remembers in the journal: its ledger. No name and no BSN; numbers of budgets, periods and amounts.

A budget has the state that the administration wants, the one that the payer has confirmed, and the messages between. Rows are
written by ``effects`` in the journal's own transactions. States are kept as keyed digests, to see whether one is the same.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, Table, UniqueConstraint

from hub.journal.tables import Id

metadata = MetaData()

budgets = Table(
    "pgb_budgets",
    metadata,
    Column("budget", String, primary_key=True),  # municipality and number, with a slash
    Column("gemeente", String, nullable=False),
    Column("nummer", String, nullable=False),
    Column("mutatie", String, nullable=False),  # of the state that is wanted
    Column("digest", String, nullable=False),
    Column("message_id", Id, nullable=False),  # the newest message about it
    Column("kind", String, nullable=False),  # nieuw, gewijzigd, beeindigd, ingetrokken
    Column("begin", String, nullable=False),
    Column("einde", String, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),  # of the newest message: its final status or parked; empty while it is open
    Column("confirmed_id", Id),  # the message that the payer took last
    Column("confirmed_at", BigInteger),
    Column("spent_cents", BigInteger),  # told at its closing
    Column("closed_at", BigInteger),
    Column("reeks", String, nullable=False, server_default=""),  # the series of files that it stands in; empty: none
    Index("pgb_budgets_at", "at", "budget"),
)

messages = Table(
    "pgb_messages",
    metadata,
    Column("message_id", Id, primary_key=True),
    Column("budget", String, nullable=False),
    Column("mutatie", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("identificatie", String, nullable=False),
    Column("begin", String, nullable=False),
    Column("einde", String, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("outcome", String, nullable=False),  # its final status; empty while it is open
    Column("chased", Boolean, nullable=False),  # a person was asked to look for its return
    Index("pgb_messages_budget", "budget", "message_id"),
)

returns = Table(
    "pgb_returns",
    metadata,
    Column("message_id", Id, primary_key=True),  # the message that came in
    Column("ours", Id),
    Column("at", BigInteger, nullable=False),
    Column("codes", String, nullable=False),  # place=code, with spaces between; empty: nothing was wrong
    Column("lijst", String, nullable=False),  # in which list the codes stand
    Column("afzender", String, nullable=False),
    Index("pgb_returns_ours", "ours"),
)

closings = Table(
    "pgb_closings",
    metadata,
    Column("message_id", Id, primary_key=True),
    Column("budget", String, nullable=False),
    Column("begin", String, nullable=False),
    Column("einde", String, nullable=False),
    Column("granted_cents", BigInteger, nullable=False),
    Column("spent_cents", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("pgb_closings_budget", "budget"),
)

agreements = Table(
    "pgb_agreements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("budget", String, nullable=False),
    Column("gemeente", String, nullable=False),
    Column("nummer", String, nullable=False),  # of the budget
    Column("kenmerk", String, nullable=False),  # of the agreement in the portal
    Column("soort", String, nullable=False),
    Column("received", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("registered_by", String, nullable=False),  # who put it here
    Column("care_fits", String, nullable=False),  # ja, nee; empty before the decision
    Column("tariff_fits", String, nullable=False),
    Column("decision", String, nullable=False),  # empty while it waits
    Column("reason", String, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("max_cents", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    UniqueConstraint("gemeente", "kenmerk", name="pgb_agreements_kenmerk"),
    Index("pgb_agreements_waiting", "decision", "due_at"),
    Index("pgb_agreements_budget", "budget"),
)
