"""What this exchange does in the journal's transactions: the clock of each report, and whose signal it is."""

from __future__ import annotations

from collections.abc import Sequence

from hub.adapters.verwijsindex.signaal import Signaal
from hub.errors import HubError
from hub.journal.database import Statement
from hub.journal.effects import Context, Effects
from hub.journal.occurrences import Arrival, StatusChange
from hub.journal.records import NewIncoming, NewMessage
from hub.message import MessageId, Status
from hub.routes.verwijsindex import REPORTS
from hub.routes.verwijsindex.route import BeeindigingFacts, MeldingFacts, WijzigingFacts

#: The right of who reports; tasks are for who has it.
RIGHT = REPORTS

#: Kinds of tasks, without the exchange's name.
SIGNAL, SIGNAL_COORDINATOR = "signal", "signal_coordinator"

_ADD = Statement(
    """
    INSERT INTO verwijsindex_meldingen (melding_id, message_id, gemeente, reporter, coordinator, decided_by, decided_at,
        removal, latest, ages_out, informed, state, reason)
    VALUES (:melding_id, :message_id, :gemeente, :reporter, :coordinator, :decided_by, :at, :removal, :latest, :ages_out,
        :informed, 'waiting', '')
    """
)
_LOCK = Statement(
    "SELECT state, latest, gemeente, reporter, coordinator FROM verwijsindex_meldingen WHERE melding_id = :id FOR UPDATE"
)
_CHANGE = Statement(
    """
    UPDATE verwijsindex_meldingen SET reporter = COALESCE(:reporter, reporter),
        coordinator = COALESCE(:coordinator, coordinator), removal = COALESCE(:removal, removal)
    WHERE melding_id = :id
    """
)
_ENDING = Statement(
    "UPDATE verwijsindex_meldingen SET state = 'ending', reason = :reason, end_id = :end_id WHERE melding_id = :id"
)
_STATE = Statement(
    "UPDATE verwijsindex_meldingen SET state = :state WHERE message_id = :id AND state IN ('waiting', 'active', 'void')"
)
_ENDED = Statement("UPDATE verwijsindex_meldingen SET state = 'ended', ended_at = :at WHERE end_id = :id AND state = 'ending'")
_NOT_ENDED = Statement(
    "UPDATE verwijsindex_meldingen SET state = 'active', reason = '', end_id = NULL WHERE end_id = :id AND state = 'ending'"
)
_ADD_SIGNAL = Statement(
    """
    INSERT INTO verwijsindex_signalen (message_id, melding_id, at, same_person, source, contact_by, lead)
    VALUES (:id, :melding_id, :at, :same, :source, '', '')
    ON CONFLICT DO NOTHING
    """
)
_WHO = Statement("SELECT reporter, coordinator FROM verwijsindex_meldingen WHERE melding_id = :id")
_OPEN_SIGNALS = Statement(
    "SELECT message_id FROM verwijsindex_signalen WHERE melding_id = :id AND contact_at IS NULL", ids=(0,)
)
_FORGET_SIGNAL = Statement("DELETE FROM verwijsindex_signalen WHERE message_id = :id")

_VOID = frozenset({Status.CANCELLED, Status.REJECTED, Status.REPLACED, Status.SUPERSEDED})


class NotDecided(HubError):
    """A report reached the journal without the decision of a person: nothing may be accepted so."""

    default_code = "needs_decision"


class NotTheirs(HubError):
    """Somebody decides about, or a system offers, what belongs to another professional or another municipality."""

    default_code = "not_theirs"


class VerwijsindexEffects(Effects):
    """See the module."""

    exchange = "verwijsindex"

    def handles(self, incoming: NewIncoming) -> bool:
        """A signal about no report of ours waits for a person."""
        del incoming
        return False

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        """A report gets its clock, a change moves it, an end stops it."""
        for message in messages:
            match message.facts:
                case MeldingFacts():
                    _refuse_undecided(message)
                    _add(context, message.id, message.facts)
                case WijzigingFacts():
                    _refuse_undecided(message)
                    _change(context, message.facts)
                case BeeindigingFacts():
                    _end(context, message.id, message.facts)

    def changed(self, context: Context, changes: Sequence[StatusChange]) -> None:
        """What the index took over stands there; what it took away is gone."""
        for change in changes:
            ends = change.route == "melding_beeindiging"
            if change.status == Status.COMPLETED and ends:
                context.tx.run(_ENDED, id=change.message_id, at=context.now)
            elif change.status == Status.COMPLETED and change.route == "melding":
                context.tx.run(_STATE, id=change.message_id, state="active")
            elif change.status in _VOID and ends:
                context.tx.run(_NOT_ENDED, id=change.message_id)  # the clock ends it again
            elif change.status in _VOID and change.route == "melding":
                context.tx.run(_STATE, id=change.message_id, state="void")

    def received(self, context: Context, arrival: Arrival) -> None:
        """A signal is for the reporter and the coordinator, and for nobody else."""
        signaal = arrival.message.meaning
        if not isinstance(signaal, Signaal) or arrival.ours is None:
            return
        values = {"melding_id": signaal.melding_id, "at": context.now, "same": signaal.same_person, "source": signaal.source}
        context.tx.run(_ADD_SIGNAL, id=arrival.message_id, **values)
        found = context.tx.rows(_WHO, id=signaal.melding_id)
        if not found:
            return
        reporter, coordinator = found[0]
        wanted = {coordinator: SIGNAL_COORDINATOR, reporter: SIGNAL}  # one task for who is both
        for account, kind in wanted.items():
            if account:
                context.open_task(kind, str(arrival.message_id), right=RIGHT, assignee=account)

    def destroyed(self, context: Context, ids: Sequence[MessageId]) -> None:
        """A signal goes with its content. A report's row is the log of the law: it says nothing of whom."""
        for message_id in ids:
            context.tx.run(_FORGET_SIGNAL, id=message_id)


def _refuse_undecided(message: NewMessage) -> None:
    """A third lock, in the transaction itself: whatever door it came by. Raises: NotDecided."""
    if not message.caller.startswith("user:") or not message.detail.get("proposal"):
        raise NotDecided("a report without the decision of a person")


def _add(context: Context, message_id: MessageId, facts: MeldingFacts) -> None:
    if facts.decided_by != facts.reporter:
        raise NotTheirs("a report in the name of somebody who did not decide about it")
    context.tx.run(
        _ADD,
        melding_id=facts.melding_id,
        message_id=message_id,
        gemeente=facts.gemeente,
        reporter=facts.reporter,
        coordinator=facts.coordinator,
        decided_by=facts.decided_by,
        at=context.now,
        removal=facts.removal.isoformat(),
        latest=facts.latest.isoformat(),
        ages_out=facts.ages_out,
        informed=facts.informed,
    )


def _change(context: Context, facts: WijzigingFacts) -> None:
    found = context.tx.rows(_LOCK, id=facts.melding_id)
    if not found or found[0][0] not in ("waiting", "active"):
        raise HubError("a change of a report that is not there (any more)", code="schema_violation")
    _, latest, gemeente, reporter, coordinator = found[0]
    if facts.gemeente != gemeente or facts.decided_by not in (reporter, coordinator):
        raise NotTheirs("a change of somebody else's report")
    removal = facts.removal.isoformat() if facts.removal else None
    if removal is not None and removal > latest:
        raise HubError("a removal date later than the law allows", code="schema_violation")
    values = {"reporter": facts.reporter, "coordinator": facts.coordinator, "removal": removal}
    context.tx.run(_CHANGE, id=facts.melding_id, **values)
    if facts.reporter not in (None, reporter):  # what waits for her waits for who comes after her
        signals = [str(row[0]) for row in context.tx.rows(_OPEN_SIGNALS, id=facts.melding_id)]
        context.hand_over([facts.melding_id, *signals], reporter, str(facts.reporter), facts.decided_by)


def _end(context: Context, message_id: MessageId, facts: BeeindigingFacts) -> None:
    found = context.tx.rows(_LOCK, id=facts.melding_id)
    if found and found[0][2] != facts.gemeente:
        raise NotTheirs("the end of another municipality's report")
    if found and found[0][0] in ("ending", "ended"):
        raise HubError("this report has ended or ends already", code="schema_violation")
    context.tx.run(_ENDING, id=facts.melding_id, reason=facts.reason, end_id=message_id)
