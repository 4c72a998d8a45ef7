"""Where a case stands, in the secretary's words: a label, one sentence, what happens next. No content.

The partner is the Raad here, whatever system lies between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from hub.journal import reading
from hub.journal.reading import MessageView
from hub.message import Status
from hub.routes.raadsverzoek.pages.cases import facts
from hub.routes.raadsverzoek.pages.cases.facts import CaseFacts
from hub.web.console import times, words
from hub.web.console.presenting import MessagePresenter
from hub.web.site import Site

RAAD = "de Raad"


class CaseWords(NamedTuple):
    """A label, its tone, a sentence and what happens next; both are filled in with moments."""

    label: str
    tone: str
    sentence: str
    next: str


#: Key of ``state_key`` -> words. Every state that a case can be in is here.
CASE_STATES: Mapping[str, CaseWords] = {
    "held": CaseWords(
        "Nog te stoppen",
        "wait",
        "Wordt {next} verstuurd. Tot dan kunt u het nog stoppen.",
        "Daarna ligt het bij de Raad en kan het niet meer worden teruggehaald.",
    ),
    "due": CaseWords("Wordt zo verstuurd", "busy", "Wordt zo verstuurd.", "Het vertrekt vanzelf."),
    "turn": CaseWords(
        "Wacht op beurt",
        "wait",
        "Wacht op het vorige bericht van deze zaak.",
        "Het vertrekt zodra het vorige bericht van deze zaak klaar is.",
    ),
    "retry": CaseWords(
        "Nog niet bereikbaar",
        "wait",
        "De Raad is nog niet bereikbaar. Uw verzoek is veilig bewaard; volgende poging {clock}.",
        "Het is {attempts} geprobeerd en wordt vanzelf opnieuw geprobeerd. U hoeft niets te doen.",
    ),
    "partner": CaseWords(
        "Nog niet bereikbaar",
        "wait",
        "De Raad is nog niet bereikbaar. Uw verzoek is veilig bewaard{probe}.",
        "Het vertrekt vanzelf zodra de verbinding weer werkt. U hoeft niets te doen.",
    ),
    "paused": CaseWords(
        "Staat in de wacht",
        "wait",
        "Het versturen naar de Raad staat stil. Uw verzoek is veilig bewaard.",
        "Het vertrekt vanzelf zodra de beheerder het versturen hervat. Kan het niet wachten, bel dan de Raad.",
    ),
    "sending": CaseWords("Wordt verstuurd", "busy", "Wordt nu verstuurd.", "De uitkomst staat hier binnen enkele ogenblikken."),
    "sent": CaseWords(
        "Verstuurd",
        "busy",
        "Verstuurd; wacht op antwoord van de Raad sinds {sent}.",
        "Zodra de Raad de ontvangst bevestigt of het verzoek afwijst, staat dat hier. Is er {next} nog geen antwoord, dan komt "
        "er een taak.",
    ),
    "overdue": CaseWords(
        "Geen bevestiging",
        "bad",
        "De Raad heeft de ontvangst nog niet bevestigd (verstuurd {sent_near}). Bel de Raad om te vragen of het verzoek er is.",
        "Ligt het er niet, sluit dit verzoek dan af en stuur een nieuw verzoek. Ligt het er wel, dan kunt u wachten: een "
        "antwoord dat later komt, staat hier vanzelf.",
    ),
    "confirmed": CaseWords(
        "Bevestigd",
        "good",
        "Bevestigd door de Raad, {since}.",
        "De Raad begint met de intake. Elke melding van de Raad verschijnt hieronder; u hoeft niets te doen.",
    ),
    "notified": CaseWords(
        "Loopt bij de Raad",
        "good",
        "Laatste melding van de Raad, {last}: {title}.",
        "De Raad meldt elke stap per kind. De zaak is klaar als de Raad met elk kind klaar is, of als u haar afsluit.",
    ),
    "ended": CaseWords(
        "Afgerond",
        "done",
        "De Raad is klaar met elk kind. Laatste melding, {last}: {title}.",
        "Er gebeurt niets meer. Komt er toch nog een melding, dan staat die hier.",
    ),
    "closed": CaseWords("Afgesloten", "done", "Afgesloten door een collega of uzelf, {closed}.", "Er gebeurt niets meer."),
    "rejected": CaseWords(
        "Afgewezen",
        "bad",
        "Afgewezen, {since}{reason}. Het verzoek ligt niet bij de Raad.",
        "Verbeter het verzoek en verstuur het opnieuw. U begint met wat er al stond en leest daar wat de Raad antwoordde.",
    ),
    "corrected": CaseWords(
        "Verbeterd",
        "done",
        "Afgewezen, {since}{reason}; daarna verbeterd en opnieuw verstuurd.",
        "Kijk bij het nieuwe verzoek hoe het verder gaat.",
    ),
    "rejected_done": CaseWords("Afgewezen", "done", "Afgewezen, {since}{reason}; daarna afgesloten.", "Er gebeurt niets meer."),
    "parked": CaseWords("Vraagt aandacht", "bad", "Niet verstuurd: {what}", "{do}{perhaps}"),
    "given_up": CaseWords(
        "Afgesloten",
        "done",
        "Afgesloten, {since}, zonder antwoord van de Raad.",
        "Komt er toch nog een antwoord, dan staat dat hier.",
    ),
    "cancelled": CaseWords("Gestopt", "done", "Gestopt, {since}.", "Er gebeurt niets meer."),
    "replaced": CaseWords("Vervangen", "done", "Vervangen door een nieuw verzoek, {since}.", "Kijk bij het nieuwe verzoek."),
    "superseded": CaseWords("Achterhaald", "done", "Achterhaald door nieuwere gegevens, {since}.", "Er gebeurt niets meer."),
}

#: Code of a parked case -> what happened and what to do, where the words for operators do not fit her.
PARKED: Mapping[str, words.Help] = {
    "attempts_used_up": words.Help(
        "De Raad was te lang niet te bereiken.",
        "Verstuur hetzelfde verzoek opnieuw. Lukt het dan weer niet, vraag dan de beheerder om te kijken.",
    ),
    "deadline_passed": words.Help(
        "De Raad was te lang niet te bereiken.", "Beslis of het verzoek nog nodig is. Zo ja, verstuur het opnieuw."
    ),
    "refused": words.Help(
        "De ontvanger neemt het bericht zo niet aan.",
        "Verbeter het verzoek en verstuur het opnieuw, of vraag de beheerder waarom.",
    ),
    "in_doubt": words.Help(
        "Het is niet zeker of het verzoek bij de Raad is aangekomen.",
        "Bel de Raad. Is het er niet, verstuur dan hetzelfde verzoek opnieuw.",
    ),
    "worker_died": words.Help(
        "Het versturen brak een paar keer af.", "Vraag de beheerder om te kijken voordat u het opnieuw verstuurt."
    ),
}
_UNKNOWN_STATE = CaseWords(words.UNKNOWN.label, words.UNKNOWN.tone, words.UNKNOWN.sentence, "")
_UNKNOWN = words.Help("De reden staat in het verloop.", "Kijk in het verloop wat er gebeurde, of vraag de beheerder.")
_PERHAPS = " Een eerdere poging kan de Raad hebben bereikt: bel de Raad als u dat zeker wilt weten."


def parked_help(code: str) -> words.Help:
    """What happened to a case that was not sent, and what to do."""
    return PARKED.get(code) or words.help_for(code) or _UNKNOWN


def perhaps_there(view: MessageView) -> bool:
    """Whether an attempt may have reached the Raad: then the case number stays taken, and only the same may be sent again."""
    return any(entry.event == "lease_ended" or entry.detail.get("reached") == "maybe" for entry in view.timeline)


class CaseStatus(NamedTuple):
    """Where a case stands, in words."""

    key: str
    state: words.State
    sentence: Markup
    next: Markup
    moment: dt.datetime


class CasePresenter:
    """Puts cases in words; for one page."""

    def __init__(self, site: Site) -> None:
        self.now = dt.datetime.now(dt.UTC)
        connection = facts.connection_of(site.hub)
        self.messages = MessagePresenter({**site.partners, connection: RAAD}, self.now)
        rows = (row for row in reading.connection_states(site.hub.journal) if row["name"] == connection)
        self._probe = next((row["probe_at"] for row in rows if row["state"] == "broken"), None)

    def status(self, view: MessageView, known: CaseFacts) -> CaseStatus:
        """Where a case stands."""
        key = state_key(view, known, self.now)
        text = CASE_STATES.get(key, _UNKNOWN_STATE)
        values = self._values(view, known)
        state = words.State(text.label, "", text.tone)
        return CaseStatus(
            key, state, Markup(text.sentence).format(**values), Markup(text.next).format(**values), _moment(view, known)
        )

    def time(self, at: dt.datetime | None) -> Markup:
        """A moment in words."""
        return Markup("later") if at is None else times.element(at, self.now)

    def _values(self, view: MessageView, known: CaseFacts) -> dict[str, Any]:
        last = known.notifications[-1] if known.notifications else None
        help_ = parked_help(view.code)
        sent = known.sent_at or view.accepted_at
        probe = None if self._probe is None else times.from_micros(self._probe)
        return {
            "next": self.time(view.next_at),
            "clock": Markup("later") if view.next_at is None else times.element(view.next_at, self.now, times.since),
            "attempts": "één keer" if view.attempts <= 1 else f"{view.attempts} keer",
            "probe": ""
            if probe is None
            else Markup("; volgende poging {}").format(times.element(probe, self.now, times.since)),
            "sent": times.element(sent, self.now, times.since),
            "sent_near": self.time(sent),
            "since": self.time(_moment(view, known)),
            "last": self.time(last.at if last else None),
            "title": last.title if last else "",
            "closed": self.time(known.closed_at),
            "reason": f": {facts.lower(known.reason).rstrip('.')}" if known.reason else "",
            "what": facts.lower(help_.what),
            "do": help_.do,
            "perhaps": _PERHAPS if view.status == Status.PARKED and perhaps_there(view) else "",
        }


def state_key(view: MessageView, known: CaseFacts, now: dt.datetime) -> str:
    """Which of ``CASE_STATES`` a case is in."""
    if view.status == Status.WAITING:
        if view.attempts == 0 and view.reason == "due" and view.next_at is not None and view.next_at > now:
            return "held"
        return view.reason
    if view.status == Status.SENT:
        return "overdue" if "overdue" in known.tasks else "sent"
    if view.status == Status.COMPLETED:
        if known.closed_at is not None:
            return "closed"
        if known.ended:
            return "ended"
        return "notified" if known.notifications else "confirmed"
    if view.status == Status.REJECTED:
        if known.corrected is not None:
            return "corrected"
        return "rejected_done" if known.ended else "rejected"
    if view.status == Status.CANCELLED and known.sent_at is not None:
        return "given_up"
    return view.status


def _moment(view: MessageView, known: CaseFacts) -> dt.datetime:
    """When it came to stand so."""
    if known.closed_at is not None and view.status == Status.COMPLETED:
        return known.closed_at
    if view.status == Status.COMPLETED and known.notifications:
        return known.notifications[-1].at
    return view.final_at or (known.sent_at if view.status == Status.SENT else None) or view.accepted_at
