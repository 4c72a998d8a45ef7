"""Open tasks in words: whose they are, how they are told, where they lead. An exchange tells its own; the rest is general."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from hub import certificates, configured, registry
from hub.assembly import Hub
from hub.contracts.exchange import Exchange, TaskText, Urgency
from hub.journal import outstanding
from hub.journal.outstanding import OpenTask
from hub.web.auth import Right, Visitor
from hub.web.console import words

#: The page of all tasks, and above the page of each.
PATH = "/taken"
#: Pages of open tasks that are read at most to find a visitor's own among those of others.
PAGES_LIMIT = 10

#: Reasons with which a person closes a task that has none of its own.
CLOSING: Mapping[str, str] = {
    "uitgezocht": "Het is uitgezocht en er hoeft niets meer te gebeuren",
    "anders_afgehandeld": "Het is op een andere manier afgehandeld",
    "al_bekend": "Het was al bekend",
}
_CERTIFICATE: Mapping[str, str] = {
    "vernieuwd": "Het certificaat is vernieuwd",
    "niet_meer_nodig": "Het certificaat is niet meer nodig",
}
#: Kinds whose cause is taken away elsewhere, which closes them: a person may not close these by hand.
_BY_THEMSELVES = frozenset({"parked", "connection"})
_URGENCY: Mapping[tuple[str, str], Urgency] = {
    ("certificate", "certificate_ended"): Urgency.URGENT,
    ("certificate", "certificate_ends"): Urgency.LATER,
}
_URGENT = frozenset({"connection", "polling", "degraded", "overdue"})


class TaskRow(NamedTuple):
    """A task as a page shows it.

    Attributes:
        exchange: Name of the exchange whose task it is; empty: the operator's.
        about: What its code means and what to do, as far as ``sentence`` does not say so; None when there is nothing to add.
        urgent: It is, or its due moment has passed.
        assignee: Whose it is, as pages call them; empty: nobody's.
        mine: It is the visitor's own.
    """

    id: str
    kind: str
    exchange: str
    reference: str
    sentence: str
    path: str
    urgency: Urgency
    urgent: bool
    opened: dt.datetime
    due: dt.datetime | None
    assignee: str
    mine: bool
    closing: Mapping[str, str]
    about: words.Help | None

    @property
    def own_path(self) -> str:
        """The page of the task itself."""
        return f"{PATH}/{self.id}"


class TaskPresenter:
    """Puts the tasks that one visitor may see in words. For one page.

    Args:
        may: Whether the visitor has a right.
    """

    def __init__(self, hub: Hub, visitor: Visitor, may: Callable[[str], bool]) -> None:
        self._hub = hub
        self._caller = "" if visitor.caller is None else str(visitor.caller)
        self._visitor = visitor
        self._may = may

    def rows(self, exchange: str | None = None) -> list[TaskRow]:
        """The open tasks, most urgent first, then oldest first.

        Args:
            exchange: Only those of this exchange.
        """
        wanted = [row for row in self._found() if exchange is None or row.exchange == exchange]
        return sorted(wanted, key=lambda row: (not row.urgent, row.urgency, row.kind != "connection", row.opened))

    def _found(self) -> Iterable[TaskRow]:
        """The visitor's among the open tasks; those of others are passed over, a few pages at most."""
        found: dict[str, TaskRow] = {}
        limit, rights = outstanding.LIMIT, self._rights()
        for page in range(PAGES_LIMIT):
            own = "" if page else self._caller
            tasks = outstanding.list_open(self._hub.journal, rights=rights, own=own, skip=page * limit, limit=limit)
            found |= {row.id: row for row in self._rows(tasks)}
            if len(tasks) < limit or len(found) >= limit:
                break
        return found.values()

    def _rights(self) -> list[str] | None:
        """The rights to choose tasks by; None for who sees all of them, at least in general words."""
        if self._may(Right.SEE_ALL):
            return None
        return [right for exchange in registry.exchanges().values() for right in exchange.rights if self._may(right)]

    def row(self, task: OpenTask) -> TaskRow | None:
        """One task; None when it is not for this visitor."""
        return next(iter(self._rows([task])), None)

    def may_act(self, row: TaskRow) -> bool:
        """Whether the visitor may take, give back and close a task that they see: in a demo anyone sees, nobody does."""
        return bool(self._caller) and (bool(row.exchange) or self._may(Right.OPERATE))

    def _rows(self, tasks: Sequence[OpenTask]) -> list[TaskRow]:
        owned: dict[str, list[OpenTask]] = {}
        for task in tasks:
            owner = owner_of(self._hub, task)
            if owner is not None and self._may(task.right or right_of(owner)):
                owned.setdefault(owner.name, []).append(task)
            elif self._may(Right.SEE_ALL):
                owned.setdefault("", []).append(task)
        return [
            self._row(task, name, text)
            for name, theirs in owned.items()
            for task, text in zip(theirs, self._texts(name, theirs), strict=True)
            if text is not None and self._is_for(task, text)
        ]

    def _is_for(self, task: OpenTask, text: TaskText) -> bool:
        """Whether it is this visitor's business, who has the right to tasks of its kind."""
        if text.personal and task.assignee not in ("", self._caller):
            return False
        scopes = {text.scope, "" if task.message is None else task.message.scope} - {""}
        return all(self._visitor.may_see(scope) for scope in scopes)

    def _texts(self, exchange: str, tasks: Sequence[OpenTask]) -> Sequence[TaskText | None]:
        describe = registry.exchanges()[exchange].tasks if exchange else ""
        if describe:
            texts: Sequence[TaskText | None] = registry.load(describe)(self._hub, tasks)
            return texts
        return [self._general(task) for task in tasks]

    def _general(self, task: OpenTask) -> TaskText:
        own = f"{PATH}/{task.id}"
        urgency = _URGENCY.get((task.kind, task.code), Urgency.URGENT if task.kind in _URGENT else Urgency.NORMAL)
        closing = {} if task.kind in _BY_THEMSELVES else _CERTIFICATE if task.kind == "certificate" else CLOSING
        sentence = _sentence(task)
        if task.kind in ("connection", "polling"):
            return TaskText(self._partner(task.subject), sentence, "/partners", urgency, closing)
        if task.message is not None:
            path = f"/berichten/{task.message.id}" if self._may(Right.SEE_ALL) else own
            reference = task.message.kenmerk or words.types().get(task.message.type, "Bericht")
            return TaskText(reference, sentence, path, urgency, closing)
        broker = task.kind == "certificate" and task.subject == certificates.BROKER
        partner = "RabbitMQ" if broker else self._partner(task.subject.rpartition(".")[2])
        return TaskText(partner, sentence, own, urgency, closing)

    def _partner(self, connection: str) -> str:
        known = connection in self._hub.config.connections
        return configured.display_name(self._hub.config, connection) if known else connection

    def _row(self, task: OpenTask, exchange: str, text: TaskText) -> TaskRow:
        return TaskRow(
            id=str(task.id),
            kind=task.kind,
            exchange=exchange,
            reference=text.reference,
            sentence=text.sentence,
            path=text.path,
            urgency=text.urgency,
            urgent=task.overdue or text.urgency == Urgency.URGENT,
            opened=task.opened_at,
            due=task.due_at,
            assignee=words.actor(task.assignee, "") if task.assignee else "",
            mine=bool(self._caller) and task.assignee == self._caller,
            closing=text.closing,
            about=None if exchange else words.help_for(task.code),
        )


def owner_of(hub: Hub, task: OpenTask) -> Exchange | None:
    """The exchange whose people do a task; None: it is the operator's."""
    if task.role == "operator":
        return None
    exchanges = registry.exchanges()
    for name in (task.place, task.kind.partition(".")[0]):
        if name in exchanges:
            return exchanges[name]
    route = task.route or (task.message.route if task.message else "")
    if route in registry.routes():
        return registry.routes()[route][0]
    # What came in belongs to no route yet: whoever sends over the same connection looks whether it is theirs.
    connection = task.message.connection if task.message else ""
    senders = (exchange for name, (exchange, _) in registry.routes().items() if _leaves_by(hub, name, connection))
    return next(senders, None)


def right_of(exchange: Exchange) -> str:
    """The right with which somebody sees an exchange's tasks that name none: that of its first place."""
    return exchange.places[0].right if exchange.places else ""


def _leaves_by(hub: Hub, route: str, connection: str) -> bool:
    return route in hub.routes and hub.routes[route].connection == connection


def _sentence(task: OpenTask) -> str:
    """What the matter is, in general words."""
    matter = words.tasks().get(task.kind, "Hier moet iemand naar kijken")
    help_ = words.help_for(task.code)
    about = help_.what if help_ else words.types().get(task.code, "")
    return f"{matter}. {about}{'' if not about or about.endswith('.') else '.'}".strip()
