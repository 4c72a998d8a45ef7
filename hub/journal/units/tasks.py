"""Tasks: what needs a person. One open task per kind and subject, however often its cause repeats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from hub.journal.database import Statement, Tx
from hub.message import MessageId, new_id

_OPEN = Statement(
    """
    INSERT INTO tasks (id, kind, subject, code, role, place, needs_right, route, assignee, due_at, opened_at, closed_by)
    SELECT id, kind, subject, code, role, place, needs_right, route, assignee, due_at, hub_now(), '' FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING
    """,
    batch={
        "id": "uuid",
        "kind": "text",
        "subject": "text",
        "code": "text",
        "role": "text",
        "place": "text",
        "needs_right": "text",
        "route": "text",
        "assignee": "text",
        "due_at": "bigint",
    },
)
_ASSIGN = Statement(
    "UPDATE tasks SET assignee = :to, assigned_by = :who WHERE id = :id AND closed_at IS NULL AND assignee <> :to"
)
_HAND_OVER = Statement(
    """
    UPDATE tasks SET assignee = :to, assigned_by = :who FROM batch b
    WHERE tasks.subject = b.subject AND tasks.closed_at IS NULL AND tasks.assignee = :of
    """,
    batch={"subject": "text"},
)
_CLOSE_BY_HAND = Statement(
    """
    UPDATE tasks SET closed_at = hub_now(), closed_by = :who, close_reason = :reason
    WHERE id = :id AND closed_at IS NULL AND kind NOT IN ('parked', 'connection')
    """
)
_CLOSE = Statement(
    """
    UPDATE tasks SET closed_at = hub_now(), closed_by = b.who FROM batch b
    WHERE tasks.subject = b.subject AND tasks.closed_at IS NULL
    """,
    batch={"subject": "text", "who": "text"},
)
_CLOSE_ONE = Statement(
    """
    UPDATE tasks SET closed_at = hub_now(), closed_by = :who
    WHERE kind = :kind AND subject = :subject AND closed_at IS NULL
    """
)
_OPEN_OF = Statement("SELECT subject, code FROM tasks WHERE kind = :kind AND closed_at IS NULL")


class NewTask(NamedTuple):
    """What asks for a person.

    Attributes:
        kind: What has to be done; one of the core's own, or ``<exchange>.<kind>``.
        subject: What it is about: a message's id, a connection's name ... One task per kind and subject is open at a time.
        code: Why; a code of errors, a type, or a word of the exchange.
        role: ``operator``, or empty: whoever works with its route.
        place: Where it is done: a place of the console, mostly an exchange's name. Empty: by the kind.
        right: Who has this right may do it. Empty: by the kind.
        route: The route of the message that it is about.
        assignee: Caller (``user:name``) whose task it is; empty: nobody's yet.
        due_at: From then on it is urgent: microseconds since 1970; None: no moment.
    """

    kind: str
    subject: str
    code: str = ""
    role: str = ""
    place: str = ""
    right: str = ""
    route: str = ""
    assignee: str = ""
    due_at: int | None = None


def message_task(kind: str, message_id: MessageId, code: str, role: str = "", *, route: str = "") -> NewTask:
    """A task about a message; ``role`` empty means: whoever works with its route."""
    return NewTask(kind, str(message_id), code, role, route=route)


def connection_task(name: str, code: str) -> NewTask:
    """A task about a connection, for the operator."""
    return NewTask("connection", name, code, "operator")


def open_tasks(tx: Tx, wanted: Sequence[NewTask]) -> None:
    """Open these, unless they are open already; what is open stays as it is."""
    tx.run(_OPEN, [(new_id(), *one) for one in wanted])


def assign(tx: Tx, task: MessageId, to: str, by: str) -> bool:
    """Make an open task somebody's; False when it is not open or theirs already.

    Args:
        to: A caller, ``user:name``; empty: nobody's again.
    """
    return tx.run(_ASSIGN, id=task, to=to, who=by) > 0


def hand_over(tx: Tx, subjects: Collection[str], of: str, to: str, by: str) -> int:
    """Give what waits for one person about these subjects to another; returns how many tasks.

    Args:
        of: Caller whose open tasks they are; ``to`` the same, whose they become.
    """
    return tx.run(_HAND_OVER, [(one,) for one in subjects], of=of, to=to, who=by)


def close_by_hand(tx: Tx, task: MessageId, by: str, reason: str) -> bool:
    """A person closes a task that nothing closes by itself, or not soon enough; who, when and why is kept.

    False, and it stays open, when it is not open, or when what it is about still stands: a parked message is resent, replaced
    or cancelled, and a connection resumed, which closes their tasks.

    Args:
        reason: As typed; the page asks for no names.
    """
    return tx.run(_CLOSE_BY_HAND, id=task, who=by, reason=reason) > 0


def close_for(tx: Tx, subjects: Sequence[tuple[str, str]]) -> None:
    """Close every open task about these (subject, by whom)."""
    tx.run(_CLOSE, subjects)


def close_one(tx: Tx, kind: str, subject: str, who: str) -> int:
    """Close one kind of task about a subject; returns how many were open."""
    return tx.run(_CLOSE_ONE, kind=kind, subject=subject, who=who)


def keep(tx: Tx, kind: str, wanted: Mapping[str, str], unknown: Collection[str] = ()) -> None:
    """Let exactly these tasks of a kind be open, for the operator: a code per subject. Others of the kind are closed.

    Args:
        unknown: Subjects that the caller cannot judge: what another opened about them stays.
    """
    for subject, code in tx.rows(_OPEN_OF, kind=kind):
        if wanted.get(subject) != code and (subject in wanted or subject not in unknown):
            close_one(tx, kind, subject, "system:hub")
    open_tasks(tx, [NewTask(kind, subject, code, "operator") for subject, code in wanted.items()])
