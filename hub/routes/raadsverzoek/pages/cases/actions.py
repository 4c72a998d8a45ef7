"""What the secretary may do to a case, as a table: when it fits, what is asked, what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hub.journal.database import Tx
from hub.journal.reading import MessageView
from hub.journal.units import operating, tasks
from hub.message import MessageId, Status
from hub.routes.raadsverzoek import deciding
from hub.routes.raadsverzoek.pages.cases.facts import CaseFacts
from hub.routes.raadsverzoek.pages.cases.presenting import perhaps_there

#: Reasons are chosen, not typed: a timeline holds no personal data.
STOP: Mapping[str, str] = {
    "fout": "Er staat een fout in",
    "niet_meer_nodig": "Het is niet meer nodig",
    "dubbel": "Het is dubbel",
}
CLOSE: Mapping[str, str] = {
    "raad_klaar": "De Raad heeft gezegd dat hij klaar is",
    "nooit_ontvangen": "De Raad heeft het niet ontvangen",
    "telefonisch": "Het is telefonisch afgehandeld",
    "niet_meer_nodig": "Het is niet meer nodig",
    "opnieuw": "Er komt een nieuw verzoek voor in de plaats",
}
SETTLED: Mapping[str, str] = {
    "raad_gebeld": "Ik heb de Raad gebeld en het antwoord klopt nu",
    "al_bekend": "Het was al bekend",
}
#: Parked for these, sending the same again cannot help.
_HOPELESS = frozenset(
    {"refused", "reference_clash", "schema_violation", "undecodable", "too_large", "content_gone", "no_route"}
)


class Action(NamedTuple):
    """Something that she may do when ``fits`` says so; ``run`` gives whether it was done."""

    name: str
    button: str
    question: str
    consequence: str
    done: str
    fits: Callable[[MessageView, CaseFacts], bool]
    run: Callable[[Tx, MessageId, str, str], bool]
    reasons: Mapping[str, str] = {}
    draft: bool = False  # afterwards there is a draft of it, to be corrected


def _stop(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return message_id in operating.cancel(tx, [message_id], by, reason)


def _now(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return operating.retry_now(tx, [message_id], by) > 0


def _again(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return message_id in operating.resend(tx, [message_id], by)


def _close(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return deciding.close_case(tx, message_id, by, reason)


def _reopen(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return deciding.reopen_case(tx, message_id, by, reason)


def _settle(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return tasks.close_one(tx, "contradiction", str(message_id), by) > 0


def _untried(view: MessageView) -> bool:
    return view.status == Status.WAITING and view.attempts == 0


ACTIONS: tuple[Action, ...] = (
    Action(
        "stop",
        "Stoppen",
        "Wilt u dit verzoek stoppen?",
        "Het verzoek wordt niet verstuurd. Het zaaknummer komt weer vrij.",
        "Het verzoek is gestopt. De Raad heeft er niets van ontvangen.",
        lambda view, known: _untried(view),
        _stop,
        STOP,
    ),
    Action(
        "nu",
        "Nu proberen",
        "Wilt u het nu proberen?",
        "De volgende poging wordt naar voren gehaald. Verder verandert er niets.",
        "De volgende poging volgt zo. Hieronder ziet u of het lukt.",
        lambda view, known: view.status == Status.WAITING and view.reason == "retry",
        _now,
    ),
    Action(
        "opnieuw",
        "Hetzelfde opnieuw versturen",
        "Wilt u hetzelfde verzoek opnieuw versturen?",
        "Het verzoek gaat onveranderd nog eens naar de Raad, met hetzelfde zaaknummer. Moet er iets in worden verbeterd, kies "
        "dan voor verbeteren.",
        "Het verzoek staat klaar om opnieuw te worden verstuurd. Hieronder ziet u of het lukt.",
        lambda view, known: view.status == Status.PARKED and view.code not in _HOPELESS,
        _again,
    ),
    Action(
        "verbeter",
        "Verbeteren en opnieuw versturen",
        "Wilt u dit verzoek verbeteren?",
        "Het verzoek zoals het nu is wordt ingetrokken; de Raad heeft er niets van ontvangen. U krijgt een concept met "
        "dezelfde inhoud en hetzelfde zaaknummer.",
        "",
        lambda view, known: view.status == Status.PARKED and view.has_content and not perhaps_there(view),
        lambda tx, message_id, by, reason: _stop(tx, message_id, by, "Wordt verbeterd"),
        draft=True,
    ),
    Action(
        "intrekken",
        "Intrekken",
        "Wilt u dit verzoek intrekken?",
        "Het wordt niet meer verstuurd. Een eerdere poging kan de Raad wel hebben bereikt, en de Raad krijgt hiervan geen "
        "bericht: bel de Raad als u dat niet zeker weet.",
        "Het verzoek is ingetrokken.",
        lambda view, known: view.status == Status.PARKED or (view.status == Status.WAITING and not _untried(view)),
        _stop,
        STOP,
    ),
    Action(
        "gezien",
        "Dit is uitgezocht",
        "Is uitgezocht welk antwoord van de Raad geldt?",
        "De taak verdwijnt. Aan het verzoek zelf verandert niets.",
        "De taak is afgehandeld.",
        lambda view, known: "contradiction" in known.tasks,
        _settle,
        SETTLED,
    ),
    Action(
        "sluiten",
        "Afsluiten",
        "Wilt u dit verzoek afsluiten?",
        "U wacht dan niet langer op de Raad. De Raad krijgt hiervan geen bericht: bel de Raad als het verzoek niet door moet "
        "gaan. Dit kan niet ongedaan worden gemaakt.",
        "Het verzoek is afgesloten.",
        lambda view, known: view.status == Status.SENT,
        _stop,
        CLOSE,
    ),
    Action(
        "afsluiten",
        "Zaak afsluiten",
        "Wilt u deze zaak afsluiten?",
        "De zaak gaat naar de afgeronde verzoeken. De Raad krijgt hiervan geen bericht. Komt er nog een melding, dan staat die "
        "hier gewoon bij.",
        "De zaak is afgesloten.",
        lambda view, known: view.status in (Status.COMPLETED, Status.REJECTED) and not known.ended,
        _close,
        CLOSE,
    ),
    Action(
        "heropenen",
        "Weer openen",
        "Wilt u deze zaak weer openen?",
        "De zaak gaat terug naar de lopende verzoeken.",
        "De zaak loopt weer.",
        lambda view, known: view.status == Status.COMPLETED and known.closed_at is not None,
        _reopen,
    ),
)
BY_NAME = {action.name: action for action in ACTIONS}


def possible(view: MessageView, known: CaseFacts) -> list[Action]:
    """What she may do now."""
    return [action for action in ACTIONS if action.fits(view, known)]


def correctable(view: MessageView, known: CaseFacts) -> bool:
    """Whether the form may start from it again: the Raad surely does not have it, so its case number is free."""
    if known.corrected is not None or not view.has_content:
        return False
    stopped = view.status == Status.CANCELLED and known.sent_at is None and not perhaps_there(view)
    return view.status == Status.REJECTED or stopped
