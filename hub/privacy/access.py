"""The access log: who saw what, and why (NEN 7513; BIO2 8.15.01). Rows are added and, when their term ends, removed; never
changed. Ids only: neither ``object`` nor ``purpose`` holds personal data.
"""

from __future__ import annotations

from typing import Literal

from hub.journal.database import Database, Statement, Tx
from hub.message import Caller, MessageId, new_id

Action = Literal["read", "search", "export", "denied"]

_RECORD = Statement(
    """
    INSERT INTO access_log (id, at, caller, action, object, purpose, remote)
    VALUES (:id, hub_now(), :caller, :action, :object, :purpose, :remote)
    """
)


def record(journal: Database, caller: Caller, action: Action, object: str, purpose: str, remote: str) -> None:
    """Write that somebody looked; call it before showing anything, so that nothing is seen without a trace.

    Args:
        object: Kind and id of what was looked at, e.g. ``message:<id>`` or ``draft:<id>``.
        purpose: Why, in a few fixed words.
        remote: The address it was asked from.

    Raises:
        Unavailable: It could not be written; then nothing may be shown.
    """
    journal.run(_record, new_id(), str(caller), action, object, purpose, remote)


def _record(tx: Tx, entry: MessageId, caller: str, action: str, object: str, purpose: str, remote: str) -> None:
    tx.run(_RECORD, id=entry, caller=caller, action=action, object=object, purpose=purpose, remote=remote)
