"""What the secretary may do to a case. Each is asked once more, and done only when the case still stands as she saw it."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.journal.database import Tx
from hub.journal.reading import MessageView
from hub.journal.units import matching, operating, tasks
from hub.message import MessageId, Status
from hub.privacy import access
from hub.web.auth import Right, Visitor
from hub.web.console.cases import paths
from hub.web.console.cases.facts import Ends, Facts, facts_of, view_of
from hub.web.console.cases.purposes import PURPOSES
from hub.web.console.cases.stand import Clerk, perhaps_there
from hub.web.console.raadsverzoek.sent import draft_from
from hub.web.site import Form, Site

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


#: The page of a case: visitor and view, and what was done, a warning, a status.
Show = Callable[..., Response]


class Action(NamedTuple):
    """Something that she may do when ``fits`` says so; ``run`` gives whether it was done."""

    name: str
    button: str
    question: str
    consequence: str
    done: str
    fits: Callable[[MessageView, Facts], bool]
    run: Callable[[Tx, MessageId, str, str], bool]
    reasons: Mapping[str, str] = {}
    draft: bool = False  # afterwards there is a draft of it, to be corrected


def _stop(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return message_id in operating.cancel(tx, [message_id], by, reason)


def _now(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return operating.retry_now(tx, [message_id], by) > 0


def _again(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return message_id in operating.resend(tx, [message_id], by)


def _release(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return message_id in operating.decide(tx, [message_id], by)


def _close(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    if not matching.close_case(tx, message_id, by, reason):
        return False
    tasks.close_one(tx, "rejected", str(message_id), by)
    return True


def _reopen(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return matching.reopen_case(tx, message_id, by, reason)


def _settle(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return tasks.close_one(tx, "contradiction", str(message_id), by) > 0


def _untried(view: MessageView) -> bool:
    return view.status in (Status.PREPARED, Status.WAITING) and view.attempts == 0


ACTIONS: tuple[Action, ...] = (
    Action(
        "vrijgeven",
        "Versturen",
        "Wilt u dit verzoek versturen?",
        "Het verzoek gaat naar de Raad. Daarna kan het niet meer worden teruggehaald.",
        "Het verzoek is vrijgegeven. Hieronder ziet u of het aankomt.",
        lambda view, known: view.status == Status.PREPARED,
        _release,
    ),
    Action(
        "stop",
        "Stoppen",
        "Wilt u dit verzoek stoppen?",
        "Het is nog niet verstuurd en wordt dan ook niet meer verstuurd. Het zaaknummer komt weer vrij.",
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
        lambda view, known: (
            view.status == Status.PARKED or (view.status in (Status.PREPARED, Status.WAITING) and not _untried(view))
        ),
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
#: Where a case may be corrected and sent again; the form asks the rest.
CORRECTABLE = frozenset({Status.REJECTED, Status.CANCELLED})

TOO_LATE = "Dit is niet gedaan: de zaak staat er intussen anders voor. Kijk hieronder hoe het er nu voor staat."
NO_REASON = "Kies een reden."


def possible(view: MessageView, known: Facts) -> list[Action]:
    """What she may do now."""
    return [action for action in ACTIONS if action.fits(view, known)]


def stamp(view: MessageView) -> str:
    """What somebody saw when they decided: a decision about an older stand is not carried out."""
    last = view.timeline[-1] if view.timeline else None
    return f"{view.status}-{last.seq}-{last.times}" if last else view.status


def router(site: Site, ends: Ends, show: Show) -> APIRouter:
    """The routes of this area.

    Args:
        show: The page of the case: visitor, view, what was done, warning, status.
    """
    router = APIRouter()

    for action in ACTIONS:  # each by its own address, because other areas have addresses below a case too
        path = f"{paths.LIST}/{{id_text:uuid}}/{action.name}"
        router.add_api_route(path, _asking(site, ends, show, action), methods=["GET"])
        router.add_api_route(path, _acting(site, ends, show, action), methods=["POST"])
    return router


def found(site: Site, id_text: uuid.UUID) -> MessageView:
    """The case of this id.

    Raises:
        HTTPException: 404, there is none.
    """
    view = view_of(site, str(id_text))
    if view is None:
        raise HTTPException(404)
    return view


def _asking(site: Site, ends: Ends, show: Show, action: Action) -> Callable[..., Response]:
    def ask(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, Right.REQUESTS)
        return _ask(site, ends, show, visitor, found(site, id_text), action)

    return ask


def _acting(site: Site, ends: Ends, show: Show, action: Action) -> Callable[..., Awaitable[Response]]:
    async def act(request: Request, id_text: uuid.UUID) -> Response:
        form = await site.form(request, Right.REQUESTS)
        remote = request.client.host if request.client else ""
        return await run_in_threadpool(_act, site, ends, show, form, id_text, action, remote)

    return act


def _act(site: Site, ends: Ends, show: Show, form: Form, id_text: uuid.UUID, action: Action, remote: str) -> Response:
    view = found(site, id_text)
    reason = form.text("reden")
    if action.reasons and reason not in action.reasons:
        return _ask(site, ends, show, form.visitor, view, action, NO_REASON, 400)
    fits = action.fits(view, facts_of(site, [view], ends)[view.id]) and form.text("stand") == stamp(view)
    if fits and site.hub.journal.run(action.run, view.id, str(form.visitor.caller), action.reasons.get(reason, "")):
        if action.draft:
            return _draft(site, form, view, remote)
        return RedirectResponse(f"{paths.case(view.id)}?gedaan={action.name}", 303)
    return show(form.visitor, found(site, id_text), warning=TOO_LATE, status=409)


def _draft(site: Site, form: Form, view: MessageView, remote: str) -> Response:
    """A draft of what was sent; making it opens the content, so it is recorded."""
    caller = form.visitor.caller
    assert caller is not None
    access.record(site.hub.journal, caller, "read", f"message:{view.id}", PURPOSES["controleren"], remote)
    return RedirectResponse(f"{paths.DRAFTS}/{draft_from(site.hub, view.id, caller)}/controle", 303)


def _ask(
    site: Site,
    ends: Ends,
    show: Show,
    visitor: Visitor,
    view: MessageView,
    action: Action,
    error: str = "",
    status: int = 200,
) -> Response:
    known = facts_of(site, [view], ends)[view.id]
    if not action.fits(view, known):
        return show(visitor, view, warning=TOO_LATE, status=409)
    values = {"view": view, "stand": Clerk(site).stand(view, known), "action": action, "stamp": stamp(view), "error": error}
    return site.page("cases/confirm.html", visitor, status, **values)
