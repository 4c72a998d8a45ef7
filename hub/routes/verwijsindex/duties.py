"""What this exchange does by the clock: it ends reports on their day, and reminds who reported. A missed day is made up for."""

from __future__ import annotations

import datetime as dt
import json
from typing import Protocol

from hub.contracts.duty import Duty, DutyContext
from hub.contracts.route import AMSTERDAM
from hub.errors import HubError, TransientError
from hub.intake.intake import Intake
from hub.journal.database import Database, Row, Statement, Tx
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
    WHERE state IN ('waiting', 'active') AND removal <= :today
        AND (removal > :day OR removal = :day AND melding_id > :id)
    ORDER BY removal, melding_id LIMIT :step
    """
)
_SOON = Statement(
    """
    SELECT melding_id, reporter FROM verwijsindex_meldingen
    WHERE state = 'active' AND removal > :today AND removal <= :until AND reminded <> removal
    """
)
_SILENT = Statement(
    """
    SELECT s.message_id, m.reporter FROM verwijsindex_signalen s JOIN verwijsindex_meldingen m ON m.melding_id = s.melding_id
    WHERE s.contact_at IS NULL AND s.at <= :before AND m.state IN ('waiting', 'active') AND NOT s.reminded
    """,
    ids=(0,),
)
#: A reminder that a person closed stays closed, until the day of removal is another one.
_REMINDED_REPORT = Statement(
    "UPDATE verwijsindex_meldingen SET reminded = removal FROM batch b WHERE verwijsindex_meldingen.melding_id = b.id",
    batch={"id": "text"},
)
_REMINDED_SIGNAL = Statement(
    "UPDATE verwijsindex_signalen SET reminded = TRUE FROM batch b WHERE verwijsindex_signalen.message_id = b.id",
    batch={"id": "uuid"},
)


class Parts(Protocol):
    """What these duties need of what the hub hands to them."""

    @property
    def journal(self) -> Database: ...

    @property
    def intake(self) -> Intake: ...


def _remove(context: DutyContext[Parts]) -> bool:
    """Offer the end of every report whose day has come; True when it was asked to stop before the last."""
    today = context.now.astimezone(AMSTERDAM).date().isoformat()
    failed: HubError | None = None
    day = last = ""
    while rows := context.parts.journal.run(_over, today, day, last):
        for melding_id, gemeente, removal, latest, ages_out in rows:
            if not context.go_on():
                return True
            reason = "leeftijd" if ages_out and removal == latest else "termijn"
            document = json.dumps({"meldingId": melding_id, "gemeente": gemeente, "reden": reason}).encode()
            try:
                context.parts.intake.accept("melding_beeindiging", document, Caller("system", "verwijsindex"))
            except TransientError:
                raise
            except HubError as error:  # one report never keeps the others from being removed, nor do many
                failed = error
        last, _, day, *_ = rows[-1]
    if failed is not None:
        raise failed
    return False


def _over(tx: Tx, today: str, day: str, last: str) -> list[Row]:
    """The next reports that are to be removed, behind the last one of this day."""
    return list(tx.rows(_OVER, today=today, day=day, id=last, step=_STEP))


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
        tx.run(_REMINDED_REPORT, [(one,) for one, _ in ending])
        tx.run(_REMINDED_SIGNAL, [(one,) for one, _ in silent])

    context.parts.journal.run(remind)


DUTIES = (
    Duty("verwijsindex.removals", dt.timedelta(minutes=5), _remove),
    Duty("verwijsindex.reminders", dt.timedelta(hours=6), _remind),
)
