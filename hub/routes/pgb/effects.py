"""What this exchange does in the journal's transactions: it keeps the ledger.

A toekenning that is accepted is the state that is wanted of its budget, and the hub itself tells what is new about it. A return
says whether the payer took it. A rejection is not sent again: the administration corrects it, and the newest state goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from hub.adapters.svb.retour import Afsluiting, Antwoord
from hub.crypto.keyring import Keyring
from hub.journal.database import Statement
from hub.journal.effects import Context, Effects
from hub.journal.occurrences import Arrival, StatusChange
from hub.journal.records import NewIncoming, NewMessage
from hub.journal.units import tasks
from hub.message import FINAL, SYSTEM, MessageId, Status
from hub.routes.pgb.document import mutation_order
from hub.routes.pgb.route import Granted

#: Kinds of tasks of this exchange.
MISSING_RETURN, MISMATCH, CLOSING = "missing_return", "mismatch", "closing"

_KNOWN = Statement(
    "SELECT p.budget, p.mutatie, p.einde, p.kind FROM pgb_budgets p JOIN batch b ON b.budget = p.budget",
    batch={"budget": "text"},
)
_BUDGET_COLUMNS = {
    "budget": "text", "gemeente": "text", "nummer": "text", "mutatie": "text", "digest": "text", "message_id": "uuid",
    "kind": "text", "begin": "text", "einde": "text", "cents": "bigint", "at": "bigint",
    "reeks": "text",
}  # fmt: skip
_WANT = Statement(
    """
    INSERT INTO pgb_budgets (budget, gemeente, nummer, mutatie, digest, message_id, kind, begin, einde, cents, at, reeks,
        outcome)
    SELECT budget, gemeente, nummer, mutatie, digest, message_id, kind, begin, einde, cents, at, reeks, '' FROM batch WHERE TRUE
    ON CONFLICT (budget) DO UPDATE SET mutatie = excluded.mutatie, digest = excluded.digest, message_id = excluded.message_id,
        kind = excluded.kind, begin = excluded.begin, einde = excluded.einde, cents = excluded.cents, at = excluded.at,
        reeks = excluded.reeks, outcome = ''
    """,
    batch=_BUDGET_COLUMNS,
)
_ADD = Statement(
    """
    INSERT INTO pgb_messages (message_id, budget, mutatie, kind, identificatie, begin, einde, cents, at, outcome, chased)
    SELECT message_id, budget, mutatie, kind, identificatie, begin, einde, cents, at, '', FALSE FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING
    """,
    batch={
        "message_id": "uuid", "budget": "text", "mutatie": "text", "kind": "text", "identificatie": "text", "begin": "text",
        "einde": "text", "cents": "bigint", "at": "bigint",
    },
)  # fmt: skip
_SENT = Statement(
    "UPDATE pgb_messages SET sent_at = b.at FROM batch b WHERE pgb_messages.message_id = b.id AND sent_at IS NULL",
    batch={"id": "uuid", "at": "bigint"},
)
_ENDED = Statement(
    "UPDATE pgb_messages SET outcome = b.outcome FROM batch b WHERE pgb_messages.message_id = b.id",
    batch={"id": "uuid", "outcome": "text"},
)
_ENDED_NEWEST = Statement(
    "UPDATE pgb_budgets SET outcome = b.outcome FROM batch b WHERE pgb_budgets.message_id = b.id",
    batch={"id": "uuid", "outcome": "text"},
)
_CONFIRMED = Statement(
    """
    UPDATE pgb_budgets SET confirmed_id = b.id, confirmed_at = b.at FROM batch b JOIN pgb_messages m ON m.message_id = b.id
    WHERE pgb_budgets.budget = m.budget
    """,
    batch={"id": "uuid", "at": "bigint"},
)
_EARLIER = Statement(
    """
    SELECT e.message_id FROM pgb_messages m JOIN pgb_messages e ON e.budget = m.budget
    WHERE m.message_id = :id AND e.message_id < m.message_id AND e.outcome = 'rejected'
    """,
    ids=(0,),
)
_ADD_RETURN = Statement(
    """
    INSERT INTO pgb_returns (message_id, ours, at, codes, lijst, afzender)
    SELECT id, ours, at, codes, lijst, afzender FROM batch WHERE TRUE ON CONFLICT DO NOTHING
    """,
    batch={"id": "uuid", "ours": "uuid", "at": "bigint", "codes": "text", "lijst": "text", "afzender": "text"},
)
_IDENTIFICATION = Statement("SELECT identificatie, budget FROM pgb_messages WHERE message_id = :id")
_ADD_CLOSING = Statement(
    """
    INSERT INTO pgb_closings (message_id, budget, begin, einde, granted_cents, spent_cents, at)
    SELECT id, budget, begin, einde, granted, spent, at FROM batch WHERE TRUE ON CONFLICT DO NOTHING
    """,
    batch={
        "id": "uuid", "budget": "text", "begin": "text", "einde": "text", "granted": "bigint", "spent": "bigint",
        "at": "bigint",
    },
)  # fmt: skip
_CLOSE = Statement("UPDATE pgb_budgets SET spent_cents = :spent, closed_at = :at WHERE budget = :budget")


class _Known(NamedTuple):
    """What the ledger knew of a budget."""

    mutatie: str
    einde: str
    kind: str


class PgbEffects(Effects):
    """See the module.

    Args:
        keyring: Gives the keys, for digests of states.
    """

    exchange = "pgb"

    def __init__(self, keyring: Callable[[], Keyring]) -> None:
        self._keyring = keyring

    def handles(self, incoming: NewIncoming) -> bool:
        """The closing of a budget that is not known here waits for a person."""
        return False

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        """Each is the state that is wanted of its budget; which of several in a group is the newest, their order says."""
        granted = [(message.id, message.facts) for message in messages if isinstance(message.facts, Granted)]
        known = self._known(context, {_budget(facts) for _, facts in granted})
        fingerprint = self._keyring().fingerprint
        wanted, added = {}, []
        for message_id, facts in granted:
            budget = _budget(facts)
            kind = kind_of(facts, known.get(budget))
            period = (facts.begindatum.isoformat(), facts.einddatum.isoformat(), facts.cents, context.now)
            added.append((message_id, budget, facts.mutatie, kind, facts.identificatie, *period))
            who = (budget, facts.gemeente, facts.budgetnummer, facts.mutatie, fingerprint(facts.state))
            wanted[budget] = (*who, message_id, kind, *period, facts.reeks)
            known[budget] = _Known(facts.mutatie, facts.einddatum.isoformat(), kind)
        context.tx.run(_WANT, list(wanted.values()))
        context.tx.run(_ADD, added)

    def _known(self, context: Context, names: Iterable[str]) -> dict[str, _Known]:
        rows = context.tx.rows(_KNOWN, [(name,) for name in sorted(names)])
        return {budget: _Known(*rest) for budget, *rest in rows}

    def changed(self, context: Context, changes: Sequence[StatusChange]) -> None:
        """Taken over, answered, or over for another reason."""
        sent = {change.message_id: change.at for change in changes if change.status == Status.SENT}
        context.tx.run(_SENT, list(sent.items()))
        ended = {change.message_id: change for change in changes if change.status in FINAL}
        # One that is parked waits for a person; what comes out of that is told as well.
        parked = {change.message_id: change.status for change in changes if Status.PARKED in (change.was, change.status)}
        told = {**parked, **{message_id: change.status for message_id, change in ended.items()}}
        outcomes = [(one, status.value if status in FINAL or status == Status.PARKED else "") for one, status in told.items()]
        context.tx.run(_ENDED, outcomes)
        context.tx.run(_ENDED_NEWEST, outcomes)
        taken = [(message_id, change.at) for message_id, change in ended.items() if change.status == Status.COMPLETED]
        context.tx.run(_CONFIRMED, taken)
        for message_id in ended:
            context.close_task(MISSING_RETURN, str(message_id))
        for message_id, _ in taken:
            self._settle_rejections(context, message_id)

    def _settle_rejections(self, context: Context, message_id: MessageId) -> None:
        """Earlier rejections of a budget need nobody any more, once a newer state was taken."""
        for (earlier,) in context.tx.rows(_EARLIER, id=message_id):
            tasks.close_one(context.tx, "rejected", str(earlier), str(SYSTEM))

    def received(self, context: Context, arrival: Arrival) -> None:
        """A return or fault message about a toekenning, or the closing of a budget."""
        told = arrival.message.meaning
        if isinstance(told, Antwoord):
            self._returned(context, arrival, told)
        elif isinstance(told, Afsluiting):
            self._closed(context, arrival, told)

    def _returned(self, context: Context, arrival: Arrival, told: Antwoord) -> None:
        codes = " ".join(f"{place}={code}" for place, code in told.codes)
        row = (arrival.message_id, arrival.ours, context.now, codes, told.lijst, told.afzender)
        context.tx.run(_ADD_RETURN, [row])
        if arrival.ours is None or not told.identificatie:
            return
        found = context.tx.rows(_IDENTIFICATION, id=arrival.ours)
        if found and told.identificatie != f"{found[0][1].partition('/')[0]}/{found[0][0]}":
            # The envelope answers one message of ours, what is inside another: the envelope counts, a person looks.
            context.open_task(MISMATCH, str(arrival.ours), route=arrival.route)

    def _closed(self, context: Context, arrival: Arrival, told: Afsluiting) -> None:
        period = (told.begindatum.isoformat() if told.begindatum else "", told.einddatum.isoformat() if told.einddatum else "")
        row = (arrival.message_id, told.budget, *period, told.toegekend, told.besteed, context.now)
        context.tx.run(_ADD_CLOSING, [row])
        context.tx.run(_CLOSE, budget=told.budget, spent=told.besteed, at=context.now)
        if arrival.ours is not None and told.besteed != told.toegekend:
            code = "overspent" if told.besteed > told.toegekend else "surplus"
            context.open_task(CLOSING, str(arrival.message_id), code=code, route=arrival.route)


def kind_of(granted: Granted, known: _Known | None) -> str:
    """What is new about a toekenning, given what the ledger knew of its budget."""
    if granted.withdrawn:
        return "ingetrokken"
    if known is None:
        return "nieuw"
    return "beeindigd" if granted.einddatum.isoformat() < known.einde else "gewijzigd"


def is_newer(mutatie: str, than: str) -> bool:
    """Whether a change comes after another one of the same budget."""
    return mutation_order(mutatie) > mutation_order(than)


def _budget(facts: Granted) -> str:
    return f"{facts.gemeente}/{facts.budgetnummer}"
