"""What a person notes: that contact was made after a signal, and how they are reached. Units of work for ``Database.run``."""

from __future__ import annotations

from hub.journal.database import Statement, Tx
from hub.journal.units import tasks
from hub.message import MessageId
from hub.routes.verwijsindex.effects import SIGNAL, SIGNAL_COORDINATOR

_CONTACT = Statement(
    """
    UPDATE verwijsindex_signalen SET contact_at = hub_now(), contact_by = :by, lead = :lead
    WHERE message_id = :id AND contact_at IS NULL
    """
)
_PROFILE = Statement(
    """
    INSERT INTO verwijsindex_profielen (account, gemeente, naam, organisatie, telefoon, email)
    VALUES (:account, :gemeente, :naam, :organisatie, :telefoon, :email)
    ON CONFLICT (account) DO UPDATE SET gemeente = excluded.gemeente, naam = excluded.naam,
        organisatie = excluded.organisatie, telefoon = excluded.telefoon, email = excluded.email
    """
)


def record_contact(tx: Tx, message_id: MessageId, by: str, lead: str) -> bool:
    """Contact was made; its tasks are done. False when that was noted before."""
    if not tx.run(_CONTACT, id=message_id, by=by, lead=lead):
        return False
    for kind in (SIGNAL, SIGNAL_COORDINATOR, "no_contact"):
        tasks.close_one(tx, f"verwijsindex.{kind}", str(message_id), by)
    return True


def save_profile(tx: Tx, account: str, gemeente: str, naam: str, organisatie: str, telefoon: str, email: str) -> None:
    """Remember how somebody is reached, for the next report."""
    values = {"gemeente": gemeente, "naam": naam, "organisatie": organisatie, "telefoon": telefoon, "email": email}
    tx.run(_PROFILE, account=account, **values)
