"""What this exchange remembers in the journal: offers as they stand, what was said about them before, and subscribers.

Nothing is personal. Offers and history are written by ``effects`` in the journal's own transactions; moments are microseconds
since 1970 UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table

from hub.journal.tables import Id

metadata = MetaData()

#: Per provider, location and kind of place the newest offer, by its own moment.
offers = Table(
    "plekvrij_offers",
    metadata,
    Column("agb", String, primary_key=True),
    Column("location", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("message_id", Id, nullable=False),  # the message that said so
    Column("at", BigInteger, nullable=False),  # peilmoment
    Column("valid_until", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("municipality", String, nullable=False),  # in lower case, to search by
    Column("age_from", Integer, nullable=False),
    Column("age_to", Integer, nullable=False),
    Column("sex", String, nullable=False),
    Column("security", String, nullable=False),
    Column("free", Integer, nullable=False),
    Column("intake", String, nullable=False),  # open, wachtlijst ...
    Column("published_by", String, nullable=False),  # the caller who published it
    Column("document", String, nullable=False),  # the whole offer, JSON
    Index("plekvrij_offers_kind", "kind", "municipality"),
    Index("plekvrij_offers_valid", "valid_until"),
)

#: Every offer that was accepted, also one that came too late to be shown.
history = Table(
    "plekvrij_history",
    metadata,
    Column("message_id", Id, primary_key=True),
    Column("agb", String, nullable=False),
    Column("location", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("municipality", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("free", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("intake", String, nullable=False),
    Column("late", Boolean, nullable=False),  # a newer one was there already
    Index("plekvrij_history_of", "agb", "location", "kind", "at"),
)

#: Who is told of every change. Their secrets are derived, see ``hub.transports.webhook``.
subscribers = Table(
    "plekvrij_subscribers",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("url", String, nullable=False),
    Column("municipality", String, nullable=False),  # only of this one; empty: all
    Column("kind", String, nullable=False),  # only of this one; empty: all
    Column("generation", Integer, nullable=False),  # of the secret
    Column("failures", Integer, nullable=False),  # in a row
    Column("paused_at", BigInteger),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
)
