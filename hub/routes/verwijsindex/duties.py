"""What this exchange does by the clock: it ends reports on their day, and reminds who reported. A missed day is made up for."""

from __future__ import annotations

import datetime as dt
import json
from typing import Protocol

from hub.contracts.duty import Duty, DutyContext
from hub.contracts.route import AMSTERDAM
from hub.errors import HubError, TransientError
from hub.intake.intake import Intake
from hub.journal.database import Database, Statement, Tx
from hub.journal.units import tasks
from hub.message import Caller
from hub.routes.verwijsindex.effects import RIGHT

#: Days before a report ends that its reporter hears of it.
REMIND_DAYS = 30
#: Days after a signal without contact that its reporter hears of it again.
CONTACT_DAYS = 7
#: Reports in one step of a run.
_STEP = 100
_DAY = 86_400_000_000

#: Kinds of tasks, without the exchange's name.
RUNS_OUT, NO_CONTACT = "runs_out", "no_contact"

_OVER = Statement(
    """
    SELECT melding_id, gemeente, removal, latest, ages_out FROM verwijsindex_meldingen
    WHERE state IN ('waiting', 'active') AND removal <= :today ORDER BY removal, melding_id LIMIT :step
    """
)
_SOON = Statement(
    """
    SELECT melding_id, reporter FROM verwijsindex_meldingen
    WHERE state = 'active' AND removal > :today AND removal <= :until
    """
)
_SILENT = Statement(
    """
    SELECT s.message_id, m.reporter FROM verwijsindex_signalen s JOIN verwijsindex_meldingen m ON m.melding_id = s.melding_id
    WHERE s.contact_at IS NULL AND s.at <= :before AND m.state IN ('waiting', 'active')
    """,
    ids=(0,),
)


class Parts(Protocol):
    """What these duties need of what the hub hands to them."""

    @property
    def journal(self) -> Database: ...

    @property
    def intake(self) -> Intake: ...


def _remove(context: DutyContext[Parts]) -> bool:
    """Offer the end of every report whose day has come; True when more is left."""
    today = context.now.astimezone(AMSTERDAM).date().isoformat()

    def over(tx: Tx) -> list[tuple[object, ...]]:
        return list(tx.rows(_OVER, today=today, step=_STEP))

    rows = context.parts.journal.run(over)
    failed: HubError | None = None
    for melding_id, gemeente, removal, latest, ages_out in rows:
        if not context.go_on():
            return True
        reason = "leeftijd" if ages_out and removal == latest else "termijn"
        document = json.dumps({"meldingId": melding_id, "gemeente": gemeente, "reden": reason}).encode()
        try:
            context.parts.intake.accept("melding_beeindiging", document, Caller("system", "verwijsindex"))
        except TransientError:
            raise
        except HubError as error:  # one report never keeps the others from being removed
            failed = error
    if failed is not None:
        raise failed
    return len(rows) == _STEP


def _remind(context: DutyContext[Parts]) -> None:
    """Tasks for reports that end soon and for signals about which nobody made contact."""
    today = context.now.astimezone(AMSTERDAM).date()
    until = today + dt.timedelta(days=REMIND_DAYS)
    before = int(context.now.timestamp() * 1_000_000) - CONTACT_DAYS * _DAY

    def remind(tx: Tx) -> None:
        ending = tx.rows(_SOON, today=today.isoformat(), until=until.isoformat())
        silent = tx.rows(_SILENT, before=before)
        found = [(RUNS_OUT, str(one), who) for one, who in ending] + [(NO_CONTACT, str(one), who) for one, who in silent]
        new = [
            tasks.NewTask(f"verwijsindex.{kind}", subject, kind, place="verwijsindex", right=RIGHT, assignee=who)
            for kind, subject, who in found
        ]
        if new:
            tasks.open_tasks(tx, new)

    context.parts.journal.run(remind)


DUTIES = (
    Duty("verwijsindex.removals", dt.timedelta(minutes=5), _remove),
    Duty("verwijsindex.reminders", dt.timedelta(hours=6), _remind),
)
