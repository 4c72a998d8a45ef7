"""Effects: what an exchange does in the journal's own transaction, so that its rows and the core's are one truth.

A unit of work of the core runs first and takes its locks (connection, sender, key, message); when it has ended, and before the
commit, the effects of the routes concerned are told what happened. They write the exchange's own tables, open tasks, and hand
over follow-up messages that are accepted in the same transaction. So everything is there, or nothing.

What an exception of an effect does:

* What somebody asks for (accepting, resending, matching ...) is taken back as a whole, and they get ``EffectFailed``. In a
  group of messages each is then accepted alone, so that one does not take the others with it.
* What has happened already (an outcome, a message that came in, what time brings; ``must_be_recorded``) is recorded in the end:
  after ``EFFECT_TRIES`` it is done once more, with each occurrence in a savepoint of its own. The effects of the one that fails
  are taken back alone; an entry ``effect_failed`` in the message's timeline and a task tell of it.

Trouble of the database itself (away, full, deadlock) is not the effect's: the unit is run again as it would be without effects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import ClassVar, Protocol

from hub import telemetry
from hub.crashpoints import crashpoint
from hub.errors import EffectFailed
from hub.journal.database import Statement, Tx
from hub.journal.occurrences import Acceptance, Arrival, Destruction, LateAnswer, Matching, Occurrence, StatusChange
from hub.journal.reading import SealedContent
from hub.journal.records import Clash, NewIncoming, NewMessage
from hub.journal.units import accepting, finishing, tasks
from hub.message import SYSTEM, Caller, MessageId
from hub.telemetry import LogEvent

log = telemetry.get_logger()

#: Rounds of effects in one transaction: follow-ups have effects too, whose follow-ups have effects.
MAX_ROUNDS = 5

_NOW = Statement("SELECT hub_now()")
_CONTENT = Statement(
    """
    SELECT k.body, m.key_id, m.data_key FROM contents k JOIN messages m ON m.id = k.message_id
    WHERE k.message_id = :id AND k.kind = :kind
    """
)


class Preparer(Protocol):
    """Makes a document into a message that is ready to be accepted, without a transaction of its own."""

    def __call__(self, route: str, document: bytes, caller: Caller, /, *, cause: MessageId | None, tx: Tx) -> NewMessage:
        """The message of a document: read, built, verified and sealed. A number it needs is taken in ``tx``.

        Raises:
            HubError: The route is unknown, or the document breaks its rules.
        """


#: Opens a stored content.
Opener = Callable[[SealedContent], bytes]


class Effects:
    """What one exchange does when something happens to messages of its routes. Override what is needed; the rest does nothing.

    One instance serves all threads, so it keeps nothing between calls. A call may be repeated when the transaction is, so it
    touches nothing but ``context``. It must be quick: on SQLite nothing else is written meanwhile. It writes the exchange's own
    tables only; what the core must do, it asks of the units of ``hub.journal.units`` or of the context, own tables last. On
    PostgreSQL a statement that fails ends the transaction, so a row that may be there already takes ``ON CONFLICT``.
    """

    #: Name of the exchange, which its tables and the kinds of its tasks begin with.
    exchange: ClassVar[str]

    def handles(self, incoming: NewIncoming) -> bool:
        """Whether an incoming message of an inbound route that is about no message of ours is complete as it is.

        False leaves it ``unmatched``, for a person. Asked before anything is written; pure.
        """
        del incoming
        return True

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        """These messages were accepted, in this order. ``facts`` of each is what the route found while building it."""

    def changed(self, context: Context, changes: Sequence[StatusChange]) -> None:
        """The status of these messages changed, in this order."""

    def received(self, context: Context, arrival: Arrival) -> None:
        """A message of an inbound route, or about a message of ours, came in; after ``changed`` where it was a verdict."""

    def answered_late(self, context: Context, answer: LateAnswer) -> None:
        """A verdict came about a message that was final. ``received`` is told as well, before."""

    def matched(self, context: Context, match: Matching) -> None:
        """A person said to which message of ours an unmatched one belongs, or took that back."""

    def destroyed(self, context: Context, ids: Sequence[MessageId]) -> None:
        """The contents of these messages were destroyed: so goes what the own tables hold about them that is personal."""


class Context:
    """The transaction as an effect sees it; for one call, and no longer.

    Attributes:
        tx: The transaction, for ``Statement``s on the exchange's own tables.
    """

    def __init__(self, tx: Tx, effects: Effects, prepare: Preparer | None, opener: Opener | None) -> None:
        self.tx = tx
        self._effects = effects
        self._prepare = prepare
        self._opener = opener
        self._follow_ups: list[NewMessage] = []
        self._now: int | None = None

    @property
    def now(self) -> int:
        """The database's clock at the first look in this call, in microseconds since 1970."""
        if self._now is None:
            self._now = self.tx.rows(_NOW)[0][0]
        return self._now

    def open_task(self, kind: str, subject: str, **facts: object) -> None:
        """Open a task of the exchange, unless one of this kind about this subject is open.

        Args:
            kind: Without the exchange's name, which is put before it: ``<exchange>.<kind>``.
            subject: What it is about, by which it is closed again: mostly the id of a message. No personal data.
            facts: As in ``tasks.NewTask``: code, role, place, right, route, assignee, due_at.
        """
        told = {"place": self._effects.exchange, **facts}
        tasks.open_tasks(self.tx, [tasks.NewTask(self._kind(kind), subject, **told)])  # type: ignore[arg-type]

    def close_task(self, kind: str, subject: str, by: str = str(SYSTEM)) -> bool:
        """Close the task of this kind of the exchange about this subject; False when none was open."""
        return tasks.close_one(self.tx, self._kind(kind), subject, by) > 0

    def hand_over(self, subjects: Collection[str], of: str, to: str, by: str) -> None:
        """Give what waits for one person about these subjects to another, as ``tasks.hand_over``."""
        tasks.hand_over(self.tx, subjects, of, to, by)

    def _kind(self, kind: str) -> str:
        return f"{self._effects.exchange}.{kind}"

    def content(self, message_id: MessageId, kind: str = "message") -> bytes | None:
        """A stored content, opened: ``message``, ``document`` ...; None when there is none (any more).

        Rarely right: what a message means is found while it is built or parsed, and comes with it as ``facts`` or ``meaning``.
        """
        found = self.tx.rows(_CONTENT, id=message_id, kind=kind)
        if not found or found[0][2] is None:
            return None
        if self._opener is None:
            raise RuntimeError("contents cannot be opened here: this process was given no keys")
        body, key_id, data_key = found[0]
        return self._opener(SealedContent(message_id, kind, bytes(body), key_id, bytes(data_key)))

    def follow_up(
        self, route: str, document: bytes, *, cause: MessageId | None = None, caller: Caller | None = None
    ) -> MessageId:
        """Hand over a message that is accepted in this transaction, once this call has ended; returns its id.

        Args:
            route: By which route it goes.
            document: As that route reads it.
            cause: The message that it follows from.
            caller: On whose behalf; the exchange itself when absent.

        Raises:
            HubError: The route is unknown, or the document breaks its rules. Let it pass: then nothing has happened.
        """
        if self._prepare is None:
            raise RuntimeError("no messages can be made here: this process was given no routes")
        who = caller or Caller("system", self._effects.exchange)
        message = self._prepare(route, document, who, cause=cause, tx=self.tx)
        self._follow_ups.append(message)
        return message.id

    def accept_follow_ups(self) -> None:
        """Accept what was handed over; the engine's to call.

        Raises:
            EffectFailed: A reference of one is in use.
        """
        if not self._follow_ups:
            return
        for answer in accepting.accept(self.tx, self._follow_ups):
            if isinstance(answer, Clash) or answer.again:
                taken = answer.kind if isinstance(answer, Clash) else "message"
                raise EffectFailed(f"a follow-up of {self._effects.exchange} clashes: this {taken} is in use")


class EffectsTable:
    """The effects of every route, given to a database once, before it is used.

    Args:
        by_route: Effects by the name of an outgoing or inbound route. Routes of one exchange share one instance.
        prepare: Makes documents into messages, for follow-ups.
        opener: Opens stored contents.
    """

    def __init__(
        self, by_route: Mapping[str, Effects], *, prepare: Preparer | None = None, opener: Opener | None = None
    ) -> None:
        self.by_route = dict(by_route)
        self._prepare = prepare
        self._opener = opener

    def carry_out(self, tx: Tx, *, apart: bool) -> None:
        """Tell the effects what happened in this transaction, and what follows from that, until nothing more follows.

        Args:
            apart: Each occurrence for itself: what one effect cannot do is told to a person, and the rest is done.

        Raises:
            EffectFailed: An effect failed, or follow-ups follow one another without end; not when ``apart``.
        """
        crashpoint("effects.before")
        if apart:
            tx.flush()  # or what the core has put off would fail in the name of an effect, whose part alone is taken back
            self._apart(tx)
        else:
            self._rounds(tx)
        crashpoint("effects.after")

    def _rounds(self, tx: Tx) -> None:
        for _ in range(MAX_ROUNDS):
            happened = _taken(tx)
            if not happened:
                return
            for effects, occurrences in self._runs(happened):
                self._tell(tx, effects, occurrences)
        if tx.happened:
            raise EffectFailed(f"follow-ups of follow-ups go on after {MAX_ROUNDS} rounds")

    def _apart(self, tx: Tx) -> None:
        for occurrence in _taken(tx):
            for effects in self._of(occurrence):
                try:
                    with tx.savepoint():
                        self._tell(tx, effects, [occurrence])
                        self._rounds(tx)
                except EffectFailed as error:
                    tx.happened.clear()
                    _tell_a_person(tx, effects, occurrence, error)

    def _of(self, occurrence: Occurrence) -> list[Effects]:
        found = (self.by_route.get(route) for route in occurrence.routes)
        return list(dict.fromkeys(one for one in found if one is not None))

    def _runs(self, happened: Sequence[Occurrence]) -> Iterator[tuple[Effects, list[Occurrence]]]:
        """What each of the effects is told, in order; neighbours of one kind together."""
        runs: dict[Effects, list[list[Occurrence]]] = {}
        for occurrence in happened:
            for effects in self._of(occurrence):
                own = runs.setdefault(effects, [])
                if not own or type(own[-1][0]) is not type(occurrence):
                    own.append([])
                own[-1].append(occurrence)
        for effects, own in runs.items():
            yield from ((effects, run) for run in own)

    def _tell(self, tx: Tx, effects: Effects, occurrences: Sequence[Occurrence]) -> None:
        context = Context(tx, effects, self._prepare, self._opener)
        put_off = tx.put_off
        try:
            _call(effects, context, occurrences)
            context.accept_follow_ups()
            if tx.put_off > put_off:  # by these effects; what the core did goes along with the commit (4 to 8 %)
                tx.flush()
        except EffectFailed:
            raise
        except Exception as error:
            if tx.is_trouble(error):
                raise
            kind = type(occurrences[0]).__name__
            raise EffectFailed(f"the effects of {effects.exchange} on {kind} failed ({type(error).__name__})") from error


def _taken(tx: Tx) -> list[Occurrence]:
    happened = list(tx.happened)
    tx.happened.clear()
    return happened


def _call(effects: Effects, context: Context, occurrences: Sequence[Occurrence]) -> None:
    """Occurrences are of one kind."""
    match occurrences[0]:
        case Acceptance():
            effects.accepted(context, [one.message for one in occurrences if isinstance(one, Acceptance)])
        case StatusChange():
            effects.changed(context, [one for one in occurrences if isinstance(one, StatusChange)])
        case Destruction():
            effects.destroyed(context, [one.message_id for one in occurrences])
        case _:
            for one in occurrences:
                if isinstance(one, Arrival):
                    effects.received(context, one)
                elif isinstance(one, LateAnswer):
                    effects.answered_late(context, one)
                elif isinstance(one, Matching):
                    effects.matched(context, one)


def _tell_a_person(tx: Tx, effects: Effects, occurrence: Occurrence, error: EffectFailed) -> None:
    message_id = occurrence.message_id
    log.error(LogEvent.EFFECT_FAILED, exchange=effects.exchange, message_id=str(message_id), exc_info=error)
    detail = {"exchange": effects.exchange, "occurrence": type(occurrence).__name__}
    finishing.tell(tx, message_id, ("effect_failed", detail, str(SYSTEM)))
    task = tasks.message_task("effect_failed", message_id, "effect_failed", "operator", route=occurrence.routes[0])
    tasks.open_tasks(tx, [task._replace(place=effects.exchange)])
