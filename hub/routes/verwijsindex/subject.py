"""What the tables of this exchange hold about a person: reports about them, until when, and signals. Not who else reported."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from hub.contracts.subject import Kept, SubjectAsked
from hub.journal.reading import moment
from hub.routes.verwijsindex.tables import meldingen, signalen
from hub.routes.verwijsindex.wording import ENDED, informed

#: Messages per question: databases limit the length of one.
_SLICE = 500


def report(asked: SubjectAsked) -> Iterator[Kept]:
    """The rows of the reports about this person, and of the signals that came of them."""
    for start in range(0, len(asked.messages), _SLICE):
        ids = asked.messages[start : start + _SLICE]
        with asked.journal.reading() as connection:
            reports = connection.execute(select(meldingen).where(meldingen.c.message_id.in_(ids))).all()
            names = [row.melding_id for row in reports]
            signals = connection.execute(select(signalen).where(signalen.c.melding_id.in_(names))).all()
        for row in reports:
            ended = f", beëindigd: {ENDED[row.reason].lower()}" if row.state == "ended" else f", tot uiterlijk {row.removal}"
            told = f"; wie weet ervan: {informed(row.informed)}" if row.informed else ""
            what = f"een melding in de verwijsindex door {row.decided_by}{ended}{told}"
            yield Kept(f"message:{row.message_id}", what, moment(row.decided_at))
        for row in signals:
            contact = "contact gelegd" if row.contact_at else "nog geen contact"
            yield Kept(f"verwijsindex_signalen:{row.message_id}", f"een signaal; {contact}", moment(row.at))
