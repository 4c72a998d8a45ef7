"""Messages of the Raad that belong to no case yet, and what a person decides about them. Every decision can be undone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.journal import facts, reading
from hub.journal.reading import Filter, MessageView
from hub.journal.suggesting import suggestions
from hub.journal.units import matching
from hub.message import InStatus, MessageId
from hub.routes.raadsverzoek import CONTENT, REQUESTS
from hub.routes.raadsverzoek import deciding as decisions
from hub.routes.raadsverzoek.cases import notification
from hub.routes.raadsverzoek.dossier import incoming
from hub.routes.raadsverzoek.lists import institutions
from hub.routes.raadsverzoek.pages.cases import deciding, paths, tasks
from hub.routes.raadsverzoek.pages.cases.deciding import Show
from hub.routes.raadsverzoek.pages.cases.facts import case_facts, connection_of, view_of
from hub.routes.raadsverzoek.pages.cases.listing import CaseRow
from hub.routes.raadsverzoek.pages.cases.presenting import CasePresenter
from hub.routes.raadsverzoek.pages.cases.purposes import NO_PURPOSE, PURPOSES
from hub.telemetry import looks_like_bsn
from hub.web.auth import Visitor
from hub.web.console import confirming, looking
from hub.web.site import Form, Site

#: Messages on a page, and how many of those that were settled are shown beside them.
PAGE, SETTLED = 25, 10

ASIDE: Mapping[str, str] = {
    "ambtshalve": "De Raad is dit onderzoek zelf begonnen",
    "andere_tafel": "Het hoort bij een andere tafel of organisatie",
    "oud": "Het hoort bij een verzoek van voor dit systeem",
    "anders_afgehandeld": "Het is op een andere manier afgehandeld",
}
_DONE = {
    "apart": "De melding is apart gelegd. U vindt haar hieronder bij wat is afgehandeld.",
    "terug": "Het besluit is teruggenomen. De melding wacht weer op een besluit.",
}
_NOT_UNDONE = "Dit kan niet worden teruggenomen: de hub vond deze zaak zelf, of de inhoud is al vernietigd."
_UNKNOWN = "Er is geen verzoek met dit zaaknummer. Controleer het nummer."


class IncomingRow(NamedTuple):
    """A message that came in, in a list."""

    path: str
    sentence: str
    moment: dt.datetime
    candidates: int
    own: bool  # the Raad began by itself
    outcome: str
    case: str


def router(site: Site, show: Show) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()
    one = f"{paths.UNMATCHED}/{{id_text:uuid}}"

    @router.get(paths.UNMATCHED)
    def overview(request: Request, gedaan: str = "", voor: str = "") -> Response:
        visitor = site.require(request, REQUESTS)
        views = _waiting(site, reading.parse_id(voor) if voor else None)
        values = {
            "waiting": [_incoming_row(site, view) for view in views[:PAGE]],
            "older": str(views[PAGE - 1].id) if len(views) > PAGE else "",
            "settled": [] if voor else [_incoming_row(site, view) for view in _settled(site)],
            "done": _DONE.get(gedaan, ""),
        }
        return site.page("raadsverzoek/cases/unmatched.html", visitor, **values)

    @router.get(one)
    def detail(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, REQUESTS)
        return _page(site, visitor, _incoming(site, id_text))

    @router.post(f"{one}/inhoud")
    async def open_(request: Request, id_text: uuid.UUID) -> Response:
        await run_in_threadpool(looking.allowed, site, request, CONTENT, f"message:{id_text}")
        form = await site.form(request, CONTENT)
        return await run_in_threadpool(_open, site, form, request, id_text)

    @router.get(f"{one}/inhoud")
    def masked_again(request: Request, id_text: uuid.UUID) -> Response:
        site.require(request, REQUESTS)
        return RedirectResponse(paths.unmatched(id_text), 303)

    for name, act in (("koppel", _match), ("zaak", _match_by_number), ("apart", _set_aside), ("terug", _undo)):
        router.add_api_route(f"{one}/{name}", _acting(site, act), methods=["POST"])

    @router.post(f"{paths.LIST}/{{id_text:uuid}}/kind")
    async def child(request: Request, id_text: uuid.UUID) -> Response:
        form = await site.form(request, REQUESTS)
        return await run_in_threadpool(_choose_child, site, show, form, id_text)

    return router


def _acting(site: Site, act: Any) -> Any:
    async def run(request: Request, id_text: uuid.UUID) -> Response:
        form = await site.form(request, REQUESTS)
        return await run_in_threadpool(act, site, form, id_text)

    return run


def _waiting(site: Site, before: MessageId | None) -> list[MessageView]:
    """Newest first, one more than a page holds."""
    status, connection = InStatus.UNMATCHED.value, connection_of(site.hub)
    wanted = Filter(status=status, connection=connection, direction="in", before=before, most=PAGE + 1)
    return reading.list_messages(site.hub.journal, wanted)


def _settled(site: Site) -> list[MessageView]:
    """What a person decided last: matched, or set apart (then it answers nothing of ours)."""
    ids = facts.decided_by_a_person(site.hub.journal, connection_of(site.hub), limit=SETTLED)
    return [view for message_id in ids if (view := reading.show(site.hub.journal, message_id))]


def _incoming(site: Site, id_text: uuid.UUID) -> MessageView:
    view = reading.show(site.hub.journal, id_text)
    if view is None or view.direction != "in" or view.connection != connection_of(site.hub):
        raise HTTPException(404)
    return view


def _incoming_row(site: Site, view: MessageView) -> IncomingRow:
    waits = view.status == InStatus.UNMATCHED
    case = view_of(site, str(view.cause)) if view.cause else None
    return IncomingRow(
        paths.unmatched(view.id),
        tasks.incoming_title(view.type, view.title),
        view.accepted_at,
        len(suggestions(site.hub.journal, view.id)) if waits else 0,
        _own(site, view),
        "" if waits else f"Hoort bij {case.kenmerk}" if case else f"Apart gelegd{_reason(view)}",
        paths.case(case.id) if case else "",
    )


def _own(site: Site, view: MessageView) -> bool:
    found = notification(site.hub.journal, view.id)
    return found is not None and found.ex_officio


def _reason(view: MessageView) -> str:
    told = next((entry.detail.get("reason") for entry in view.timeline[::-1] if entry.event == "set_aside"), None)
    return f": {told[:1].lower()}{told[1:]}" if told else ""


def _page(
    site: Site,
    visitor: Visitor,
    view: MessageView,
    *,
    errors: Mapping[str, str] | None = None,
    typed: str = "",
    sentences: tuple[str, ...] = (),
    chosen: str = "",
    warning: str = "",
    status: int = 200,
) -> Response:
    presenter = CasePresenter(site)
    found = suggestions(site.hub.journal, view.id) if view.status == InStatus.UNMATCHED else []
    views = [one.message for one in found if one.message.route == paths.ROUTE]
    known = case_facts(site, views)
    rows = []
    for one in views:
        standing = presenter.status(one, known[one.id])
        row = CaseRow(paths.case(one.id), one.kenmerk, standing.state, standing.sentence, one.accepted_at)
        rows.append((str(one.id), row))
    values = {
        "view": view,
        "row": _incoming_row(site, view),
        "waits": view.status == InStatus.UNMATCHED,
        "candidates": rows,
        "purposes": PURPOSES,
        "aside": ASIDE,
        "errors": errors or {},
        "typed": typed,
        "sentences": sentences,
        "chosen": chosen,
        "warning": warning,
        "lines": presenter.messages.lines(view)[::-1],
    }
    return site.page("raadsverzoek/cases/unmatched_one.html", visitor, status, **values)


def _open(site: Site, form: Form, request: Request, id_text: uuid.UUID) -> Response:
    view = _incoming(site, id_text)
    purpose = looking.looked(site, form, request, f"message:{view.id}", PURPOSES)
    if not purpose:
        return _page(site, form.visitor, view, errors={"doel": NO_PURPOSE}, status=400)
    names = institutions(site.hub.config, view.connection)
    melding = incoming(site.hub.journal, site.hub.keyring, view.id, institutions=names)
    sentences = melding.sentences if melding else ()
    gone = ("De inhoud is er niet (meer), of dit bericht heeft geen inhoud om te tonen.",)
    return _page(site, form.visitor, view, sentences=tuple(sentences) or gone, chosen=purpose)


def _match(site: Site, form: Form, id_text: uuid.UUID) -> Response:
    ours = view_of(site, form.text("zaak"))
    if ours is None:
        raise HTTPException(404)
    return _matched(site, form, _incoming(site, id_text), ours)


def _match_by_number(site: Site, form: Form, id_text: uuid.UUID) -> Response:
    view, typed = _incoming(site, id_text), form.text("kenmerk", 40)
    if looks_like_bsn(typed):
        error = "Zoeken op burgerservicenummer kan hier niet. Vul een zaaknummer in."
        return _page(site, form.visitor, view, errors={"kenmerk": error}, status=400)
    found = reading.find(site.hub.journal, typed, kinds=("kenmerk",)) if typed else []
    ours = [one for message_id in found if (one := view_of(site, str(message_id)))]
    if not ours:
        return _page(site, form.visitor, view, errors={"kenmerk": _UNKNOWN}, typed=typed, status=400)
    return _matched(site, form, view, ours[-1])


def _matched(site: Site, form: Form, view: MessageView, ours: MessageView) -> Response:
    if site.hub.journal.run(matching.match, view.id, ours.id, str(form.visitor.caller)):
        return RedirectResponse(f"{paths.case(ours.id)}?gedaan=gekoppeld", 303)
    return _page(site, form.visitor, _incoming(site, view.id), warning=deciding.TOO_LATE, status=409)


def _set_aside(site: Site, form: Form, id_text: uuid.UUID) -> Response:
    view, reason = _incoming(site, id_text), ASIDE.get(form.text("reden"))
    if reason is None:
        return _page(site, form.visitor, view, errors={"reden": confirming.NO_REASON}, status=400)
    if site.hub.journal.run(matching.set_aside, view.id, str(form.visitor.caller), reason):
        return RedirectResponse(f"{paths.UNMATCHED}?gedaan=apart", 303)
    return _page(site, form.visitor, _incoming(site, id_text), warning=deciding.TOO_LATE, status=409)


def _undo(site: Site, form: Form, id_text: uuid.UUID) -> Response:
    view = _incoming(site, id_text)
    if site.hub.journal.run(matching.undo, view.id, str(form.visitor.caller), "Teruggenomen"):
        return RedirectResponse(f"{paths.UNMATCHED}?gedaan=terug", 303)
    return _page(site, form.visitor, view, warning=_NOT_UNDONE, status=409)


def _choose_child(site: Site, show: Show, form: Form, id_text: uuid.UUID) -> Response:
    """A person says which child of the case a notification is about; 0 takes that back."""
    case = deciding.found(site, id_text)
    number = form.text("kind", 3)
    incoming = reading.parse_id(form.text("melding"))
    view = reading.show(site.hub.journal, incoming) if incoming else None
    if view is None or view.cause != case.id or not (number.isascii() and number.isdigit()):
        return show(form.visitor, case, warning=deciding.TOO_LATE, status=409)
    site.hub.journal.run(decisions.confirm_child, view.id, int(number), str(form.visitor.caller))
    return RedirectResponse(f"{paths.case(case.id)}?gedaan={'kind' if int(number) else 'kind-terug'}", 303)
