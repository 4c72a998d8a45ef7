"""The tasks of this exchange: each in one sentence, with the place where the secretary can do something about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.assembly import Hub
from hub.contracts.exchange import TaskText, Urgency
from hub.journal import facts
from hub.journal.outstanding import OpenTask
from hub.journal.reading import MessageView
from hub.message import MessageId
from hub.routes.raadsverzoek.effects import WHICH_CHILD
from hub.routes.raadsverzoek.pages.cases import paths
from hub.routes.raadsverzoek.pages.cases.actions import SETTLED
from hub.routes.raadsverzoek.pages.cases.facts import connection_of, lower
from hub.routes.raadsverzoek.pages.cases.paths import ROUTE
from hub.routes.raadsverzoek.pages.cases.presenting import parked_help
from hub.web.auth import Visitor

#: kind of task -> sentence.
SENTENCES: Mapping[str, str] = {
    "overdue": "De Raad heeft de ontvangst nog niet bevestigd. Bel de Raad.",
    "rejected": "Afgewezen{reason}. Verbeter het verzoek en verstuur het opnieuw.",
    "parked": "Niet verstuurd: {what} {do}",
    "contradiction": "De Raad gaf twee antwoorden die elkaar tegenspreken. Bel de Raad om te vragen welk antwoord geldt.",
    "other_party": "Een ander dan de Raad gaf antwoord op dit verzoek; dat telt niet. Bel de Raad om te vragen of het er is.",
    "unmatched": "{title} Zoek de zaak erbij of leg het apart.",
    f"{ROUTE}.{WHICH_CHILD}": "{title} Zeg bij welk kind van dit verzoek dat hoort.",
}
#: A kind that has no sentence here: what is known about it in general, and the case.
_OTHER = "Hier moet iemand naar kijken. Kijk bij de zaak wat er is gebeurd."
_URGENT = frozenset({"overdue", "rejected", "parked", "contradiction"})
#: Kinds that nothing closes by itself, or that may be settled without doing anything at the case.
_CLOSING: Mapping[str, Mapping[str, str]] = {
    "contradiction": SETTLED,
    "other_party": SETTLED,
    "overdue": {"raad_heeft_het": "De Raad heeft het verzoek; ik wacht op het antwoord"},
}


def describe(hub: Hub, tasks: Sequence[OpenTask]) -> list[TaskText | None]:
    """Tasks in words; None for a rejection that has been corrected and for what is about no message: this exchange has no such
    tasks. A fixed number of queries.
    """
    rejected = [task.message.id for task in tasks if task.kind == "rejected" and task.message]
    corrected = facts.successors_of(hub.journal, rejected)
    entries = facts.entries_of(hub.journal, rejected, ("rejected",))
    reasons = {entry.message_id: str(entry.detail.get("reason") or "") for entry in entries}
    return [
        None if task.message is None or task.message.id in corrected else _text(task, task.message, reasons) for task in tasks
    ]


def counts(hub: Hub, visitor: Visitor) -> dict[str, int]:
    """How much waits at the places on the left, beside the tasks."""
    return {paths.UNMATCHED: facts.count_unmatched(hub.journal, connection_of(hub))}


def _text(task: OpenTask, view: MessageView, reasons: Mapping[MessageId, str]) -> TaskText:
    reason = reasons.get(view.id, "")
    help_ = parked_help(view.code or task.code)
    incoming = view.direction == "in"
    sentence = SENTENCES.get(task.kind, _OTHER).format(
        reason=f": {lower(reason).rstrip('.')}" if reason else "",
        what=lower(help_.what),
        do=help_.do,
        title=incoming_title(view.type, view.title),
    )
    reference, path = view.kenmerk, paths.case(view.id)
    if incoming and view.cause is not None and task.kind != "unmatched":
        reference, path = view.kenmerk or "Melding bij een verzoek", paths.case(view.cause)
    elif incoming:
        reference, path = "Melding zonder zaak", paths.unmatched(view.id)
    return TaskText(
        reference=reference,
        sentence=sentence.strip(),
        path=path,
        urgency=Urgency.URGENT if task.kind in _URGENT else Urgency.NORMAL,
        closing=_CLOSING.get(task.kind, {}),
    )


def incoming_title(kind: str, title: str) -> str:
    """What came in, as the beginning of a sentence; safe words of the standard."""
    if kind == "notificatieDi01":
        return f"De Raad meldt: {lower(title)}." if title else "De Raad stuurde een melding."
    named = {
        "Bv01Bericht": "De Raad bevestigt een verzoek dat hier niet bekend is.",
        "Fo01Bericht": "De Raad wijst een verzoek af dat hier niet bekend is.",
    }
    return named.get(kind, "De Raad stuurde een bericht dat bij geen verzoek hoort.")
