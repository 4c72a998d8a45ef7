"""The tasks of this exchange: each in one sentence, with the place where the administration can do something about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.assembly import Hub
from hub.contracts.exchange import TaskText, Urgency
from hub.journal.outstanding import OpenTask
from hub.journal.reading import parse_id
from hub.message import MessageId
from hub.routes.pgb import cases
from hub.routes.pgb.cases import Returned, Sent
from hub.routes.pgb.deciding import AGREEMENT, Agreement, by_id
from hub.routes.pgb.pages.telling import path_of
from hub.routes.pgb.retourcodes import codes_in, meaning
from hub.web.auth import Visitor
from hub.web.console import words

_SENTENCES: Mapping[str, str] = {
    "pgb.missing_return": "SVB heeft binnen drie werkdagen geen antwoord gegeven. Bel SVB en vraag of het bericht er is.",
    "pgb.mismatch": "De retour van SVB noemt een ander bericht dan waar hij bij hoort. Bel SVB welk bericht zij bedoelen.",
    "pgb.vanished": "Dit budget stond eerder in het bestand en nu niet meer. Er is niets aan SVB gemeld. Is het gestopt, "
    "geef dat dan door in uw systeem.",
    "overdue": "SVB heeft nog steeds geen antwoord gegeven. Bel SVB.",
    "contradiction": "SVB gaf twee antwoorden die elkaar tegenspreken. Bel SVB welk antwoord geldt.",
    "other_party": "Een ander dan SVB gaf antwoord; dat telt niet. Bel SVB of het bericht er is.",
    "unmatched": "SVB stuurde een bericht dat bij geen toekenning hoort. Zoek uit bij welk budget het hoort.",
}
_CLOSING_TEXT = {
    "overspent": "Er is meer besteed dan toegekend. Controleer het budget.",
    "surplus": "Er is geld over bij de afsluiting. Controleer het budget.",
}
_PHONED = {"svb_gebeld": "Ik heb SVB gebeld en het is duidelijk", "al_bekend": "Het was al bekend"}
_SEEN = {"gecontroleerd": "Ik heb het budget gecontroleerd", "al_bekend": "Het was al bekend"}
_RUNS_ON = {"loopt_door": "Het budget loopt gewoon door", "wordt_gemeld": "Het is gestopt; dat staat nu in ons systeem"}
_CORRECTED = {"gecorrigeerd": "Het is verbeterd in ons systeem", "klopt_zo": "De stand die SVB heeft is goed"}
_CLOSED_BY_HAND: Mapping[str, Mapping[str, str]] = {
    "pgb.missing_return": _PHONED,
    "pgb.mismatch": _PHONED,
    "pgb.closing": _SEEN,
    "pgb.vanished": _RUNS_ON,
    "rejected": _CORRECTED,
    "overdue": _PHONED,
    "contradiction": _PHONED,
    "other_party": _PHONED,
    "unmatched": _SEEN,
}
_LATER = frozenset({"pgb.closing"})


def describe(hub: Hub, tasks: Sequence[OpenTask]) -> list[TaskText | None]:
    """Tasks in words. A fixed number of queries."""
    about = {task.id: _about(task) for task in tasks}
    wanted = [found for task in tasks if task.kind == AGREEMENT and (found := parse_id(task.subject))]
    waiting = by_id(hub.journal, wanted)
    sent = cases.sent_by_id(hub.journal, {one for one in about.values() if one})
    rejected = [one for task in tasks if task.kind == "rejected" and (one := about[task.id])]
    returned = cases.returns_to(hub.journal, rejected)
    return [
        _agreement(waiting.get(parse_id(task.subject) or task.id))
        if task.kind == AGREEMENT
        else _text(task, sent.get(one) if (one := about[task.id]) else None, returned)
        for task in tasks
    ]


def counts(hub: Hub, visitor: Visitor) -> dict[str, int]:
    """How many budgets ask for attention."""
    del visitor
    return {"/pgb": cases.numbers(hub.journal)["aandacht"]}


def _about(task: OpenTask) -> MessageId | None:
    """The message of ours that a task is about: itself, or the one that what came in is about."""
    if task.message is None:
        return None
    return task.message.id if task.message.direction == "out" else task.message.cause


def _agreement(agreement: Agreement | None) -> TaskText | None:
    if agreement is None:
        return None
    sentence = f"Zorgovereenkomst {agreement.kenmerk} wacht op een besluit: kijk naar de zorg en naar het tarief."
    return TaskText(agreement.nummer, sentence, f"/pgb/overeenkomsten/{agreement.id}")


def _text(task: OpenTask, sent: Sent | None, returned: Mapping[MessageId, Sequence[Returned]]) -> TaskText | None:
    if task.message is None:
        return None
    number = sent.budget.partition("/")[2] if sent else task.message.kenmerk
    return TaskText(
        reference=number or "Bericht van SVB",
        sentence=_sentence(task, returned.get(sent.message_id, ()) if sent else ()),
        path=path_of(sent.message_id) if sent else "/pgb/retouren",
        urgency=Urgency.LATER if task.kind in _LATER else Urgency.NORMAL,
        closing=_CLOSED_BY_HAND.get(task.kind, {}),
    )


def _sentence(task: OpenTask, returned: Sequence[Returned]) -> str:
    if task.kind == "rejected":
        told = [meaning(code, one.lijst) for one in returned for _, code in codes_in(one.codes)]
        told = told or [meaning(task.code)]
        return f"Afgewezen door SVB: {words.lower_first(told[0].what)}. {told[0].do}"
    if task.kind == "pgb.closing":
        return _CLOSING_TEXT.get(task.code, "Het budget is afgesloten. Controleer het.")
    if task.kind == "parked":
        help_ = words.help_for(task.message.code if task.message and task.message.code else task.code)
        return f"Niet verstuurd: {words.lower_first(help_.what)} {help_.do}" if help_ else "Niet verstuurd. Kijk wat er is."
    return _SENTENCES.get(task.kind, "Hier moet iemand naar kijken.")
