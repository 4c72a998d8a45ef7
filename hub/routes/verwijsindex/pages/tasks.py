"""The tasks of this exchange in words; they say that something waits, and never about whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.assembly import Hub
from hub.contracts.exchange import TaskText, Urgency
from hub.journal.outstanding import OpenTask
from hub.routes.verwijsindex import cases
from hub.routes.verwijsindex.pages import paths
from hub.web.auth import Visitor

_SEEN: Mapping[str, str] = {"gezien": "Ik heb het gezien en er hoeft niets te gebeuren"}
_SETTLED: Mapping[str, str] = {"uitgezocht": "Het is uitgezocht met de beheerder van de verwijsindex"}


def describe(hub: Hub, tasks: Sequence[OpenTask]) -> list[TaskText | None]:
    """Each task, or None for one of a kind that is not ours to tell."""
    del hub
    return [_text(task) for task in tasks]


def counts(hub: Hub, visitor: Visitor) -> dict[str, int]:
    """What waits for this visitor: proposals to decide about, and signals without contact."""
    if visitor.caller is None:
        return {}
    signals = cases.signals_of(hub.journal, str(visitor.caller))
    proposals = hub.intake.proposals.listed(assignee=visitor.caller.id)
    mine = [one for one in proposals if one.route in (paths.ROUTE, paths.CHANGE)]
    return {paths.LIST: len(mine) + sum(one.contact_at is None for one in signals)}


def _text(task: OpenTask) -> TaskText | None:
    kind = task.kind.partition(".")[2] or task.kind
    if kind in ("signal", "signal_coordinator"):
        sentence = "Er wacht een signaal. Lees het en neem contact op met de ander."
        return TaskText("Signaal", sentence, paths.signal(task.subject), Urgency.URGENT, personal=True)
    if kind == "no_contact":
        sentence = "Na een signaal is nog geen contact gelegd. Bel de ander, of noteer dat u dat hebt gedaan."
        return TaskText("Signaal", sentence, paths.signal(task.subject), Urgency.URGENT, personal=True)
    if kind == "runs_out":
        sentence = "Deze melding wordt binnenkort verwijderd. Maakt u zich nog zorgen, meld dan opnieuw als zij weg is."
        return TaskText("Melding", sentence, paths.report(task.subject), Urgency.LATER, _SEEN, personal=True)
    if kind == "unmatched":
        sentence = "Er kwam een signaal over een melding die hier niet bekend is. Vraag de beheerder van de verwijsindex."
        return TaskText("Signaal zonder melding", sentence, paths.LIST, Urgency.NORMAL, _SETTLED)
    if kind == "parked":
        sentence = "Een bericht aan de verwijsindex is niet aangekomen. De beheerder van de hub kijkt ernaar."
        return TaskText("Melding", sentence, paths.LIST, Urgency.URGENT)
    sentence = "Hier moet iemand naar kijken. De beheerder van de hub kan zeggen wat er is."
    return TaskText("Verwijsindex", sentence, paths.LIST, closing=_SETTLED)
