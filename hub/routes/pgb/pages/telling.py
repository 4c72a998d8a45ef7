"""Budgets, messages and returns in the administration's words. Pure, but for the clock that the page gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub.message import MessageId
from hub.routes.pgb.cases import Budget, Returned, Sent
from hub.routes.pgb.retourcodes import Meaning, codes_in, meaning
from hub.routes.pgb.workdays import last_day
from hub.web.console.words import State

#: What is new about a toekenning -> how it is told.
KINDS: Mapping[str, str] = {
    "nieuw": "Nieuw budget",
    "gewijzigd": "Gewijzigd budget",
    "beeindigd": "Eerder beëindigd",
    "ingetrokken": "Ingetrokken",
}
#: Outcome of the newest message -> label, sentence, tone.
_STATES: Mapping[str, State] = {
    "": State("Wacht op SVB", "De nieuwste stand is onderweg of wacht op het antwoord van SVB.", "wait"),
    "completed": State("Bevestigd", "SVB heeft deze stand overgenomen.", "good"),
    "rejected": State("Afgewezen", "SVB heeft de nieuwste stand afgewezen. Verbeter hem in uw systeem.", "bad"),
    "cancelled": State("Gestopt", "De nieuwste stand is niet verstuurd. Bied hem opnieuw aan als hij wel moet gaan.", "bad"),
    "parked": State("Niet verstuurd", "De nieuwste stand kon niet worden verstuurd. De beheerder kijkt ernaar.", "bad"),
    "superseded": State("Vervangen", "Er kwam een nieuwere stand voor in de plaats.", "done"),
    "replaced": State("Vervangen", "Er kwam een ander bericht voor in de plaats.", "done"),
}


class BudgetRow(NamedTuple):
    """A budget in a list."""

    path: str
    nummer: str
    kind: str
    amount: str
    state: State
    moment: dt.datetime


class SentRow(NamedTuple):
    """A message in the story of a budget."""

    kind: str
    mutatie: str
    period: str
    amount: str
    state: State
    moment: dt.datetime
    reasons: tuple[Meaning, ...]


class ReturnRow(NamedTuple):
    """A return in a list; ``path`` is empty when it is about nothing of ours."""

    path: str
    nummer: str
    state: State
    sentence: str
    moment: dt.datetime


class MissingRow(NamedTuple):
    """A message whose return did not come in time."""

    path: str
    nummer: str
    moment: dt.datetime
    due: dt.datetime


_TAKEN, _REJECTED = State("Aangenomen", "", "good"), State("Afgewezen", "", "bad")


def path_of(message_id: MessageId | str) -> str:
    """Address of the budget that a message of ours is about."""
    return f"/pgb/{message_id}"


def euros(cents: int) -> str:
    """An amount as people write it: € 12.000,50."""
    whole, rest = divmod(abs(cents), 100)
    dotted = f"{whole:,}".replace(",", ".")
    return f"€ {'-' if cents < 0 else ''}{dotted},{rest:02d}"


def rest(cents: int) -> str:
    """What is left of a closed budget, or by how much it was passed."""
    return "geen" if cents == 0 else f"{euros(abs(cents))} {'over' if cents > 0 else 'te veel besteed'}"


def day(text: str) -> str:
    """A date as people write it."""
    return f"{text[8:10]}-{text[5:7]}-{text[:4]}" if len(text) == 10 else "onbekend"


def period(begin: str, einde: str) -> str:
    """From when until when."""
    return f"{day(begin)} tot en met {day(einde)}"


def state_of(outcome: str) -> State:
    """How a budget or a message stands."""
    return _STATES.get(outcome, State("Onbekend", "Kijk in het verloop wat er is gebeurd.", "wait"))


def budget_row(budget: Budget) -> BudgetRow:
    """A budget in a list."""
    return BudgetRow(
        path_of(budget.message_id),
        budget.nummer,
        KINDS.get(budget.kind, budget.kind),
        euros(budget.cents),
        state_of(budget.outcome),
        budget.at,
    )


def sent_row(sent: Sent, returned: Sequence[Returned]) -> SentRow:
    """A message with the reasons for which it was rejected."""
    reasons = dict.fromkeys(meaning(code, one.lijst) for one in returned for _, code in codes_in(one.codes))
    return SentRow(
        KINDS.get(sent.kind, sent.kind),
        sent.mutatie,
        period(sent.begin, sent.einde),
        euros(sent.cents),
        state_of(sent.outcome),
        sent.at,
        tuple(reasons),
    )


def return_row(returned: Returned, sent: Sent | None) -> ReturnRow:
    """A return with what it means."""
    told = [meaning(code, returned.lijst) for _, code in codes_in(returned.codes)]
    sentence = f"{told[0].what}. {told[0].do}" if told else "SVB heeft de toekenning overgenomen."
    number = sent.budget.partition("/")[2] if sent else "Bericht dat hier niet bekend is"
    path = path_of(sent.message_id) if sent else ""
    return ReturnRow(path, number, _REJECTED if told else _TAKEN, sentence, returned.at)


def missing_row(sent: Sent) -> MissingRow:
    """A message whose return did not come in time, with the last day on which it might."""
    moment = sent.sent_at or sent.at
    return MissingRow(path_of(sent.message_id), sent.budget.partition("/")[2], moment, last_day(moment))


def difference(wanted: Sent, confirmed: Sent) -> list[tuple[str, str, str]]:
    """What the payer knows beside what we want: name, confirmed, wanted; only what differs."""
    rows = [
        ("Bedrag", euros(confirmed.cents), euros(wanted.cents)),
        ("Begindatum", day(confirmed.begin), day(wanted.begin)),
        ("Einddatum", day(confirmed.einde), day(wanted.einde)),
    ]
    return [row for row in rows if row[1] != row[2]]
