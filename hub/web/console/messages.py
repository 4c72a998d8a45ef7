"""Messages: the list, the story of one, finding by any reference, and what an operator may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.journal import reading
from hub.journal.database import Tx
from hub.journal.reading import Filter, MessageView
from hub.journal.units import operating
from hub.message import MessageId
from hub.telemetry import looks_like_bsn
from hub.web.auth import Right, Visitor
from hub.web.console import confirming, words
from hub.web.site import Form, Site

#: Messages on a page of the list.
PAGE = 50


class Action(NamedTuple):
    """Something that an operator may do to a message in one of ``states``; asked once more before it is done."""

    name: str
    button: str
    question: str
    consequence: str
    done: str
    states: frozenset[str]
    run: Callable[[Tx, MessageId, str, str], bool]
    reasons: Mapping[str, str] = {}


#: Reasons are chosen, not typed: a timeline holds no personal data.
_REASONS = {
    "dubbel": "Het is dubbel",
    "niet_meer_nodig": "Het is niet meer nodig",
    "fout": "Er staat een fout in",
    "anders_afgehandeld": "Het is op een andere manier afgehandeld",
}


def _resend(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return message_id in operating.resend(tx, [message_id], by)


def _try_now(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return operating.retry_now(tx, [message_id], by) > 0


def _cancel(tx: Tx, message_id: MessageId, by: str, reason: str) -> bool:
    return message_id in operating.cancel(tx, [message_id], by, _REASONS[reason])


ACTIONS: tuple[Action, ...] = (
    Action(
        "opnieuw",
        "Opnieuw versturen",
        "Wilt u dit bericht opnieuw versturen?",
        "Hetzelfde bericht gaat nog eens naar de partner, met hetzelfde nummer. Verhelp eerst de oorzaak.",
        "Het bericht staat klaar om opnieuw te worden verstuurd. Hieronder ziet u of het lukt.",
        frozenset({"parked"}),
        _resend,
    ),
    Action(
        "nu",
        "Nu proberen",
        "Wilt u het nu proberen?",
        "De volgende poging wordt naar voren gehaald. Verder verandert er niets.",
        "De volgende poging volgt zo. Hieronder ziet u of het lukt.",
        frozenset({"waiting"}),
        _try_now,
    ),
    Action(
        "intrekken",
        "Intrekken",
        "Wilt u dit bericht intrekken?",
        "Het bericht wordt niet (meer) verstuurd en is daarna klaar. Is het al bij de partner aangekomen, bel dan de partner: "
        "die krijgt hiervan geen bericht. Intrekken kan niet ongedaan worden gemaakt.",
        "Het bericht is ingetrokken.",
        frozenset({"waiting", "parked", "sent"}),
        _cancel,
        _REASONS,
    ),
)
_BY_NAME = {action.name: action for action in ACTIONS}
_TOO_LATE = "Dit is niet gedaan: de stand van het bericht is intussen veranderd. Kijk hieronder hoe het er nu voor staat."


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get("/berichten")
    def overview(request: Request, voor: str = "", open: str = "") -> Response:
        visitor = site.require(request, Right.SEE_ALL)
        before = reading.parse_id(voor) if voor else None
        wanted = Filter(open_only=bool(open), before=before, most=PAGE + 1, scopes=visitor.scope)
        found = reading.list_messages(site.hub.journal, wanted)
        presenter = site.presenter()
        rows = [presenter.row(view) for view in found[:PAGE]]
        older = str(found[PAGE - 1].id) if len(found) > PAGE else ""
        return site.page("messages.html", visitor, rows=rows, older=older, open_only=bool(open), first=not voor)

    @router.post("/zoeken")
    async def find(request: Request) -> Response:
        form = await site.form(request, Right.SEE_ALL)
        return await run_in_threadpool(_find, site, form)

    @router.get("/berichten/{id_text}")
    def detail(request: Request, id_text: str, gedaan: str = "") -> Response:
        visitor = site.require(request, Right.SEE_ALL)
        view = _view(site, visitor, id_text)
        action = _BY_NAME.get(gedaan)
        facts = _facts(site, visitor, view)
        return site.page("message.html", visitor, **facts, done=action.done if action else "", warning="")

    @router.get("/deel/berichten/{id_text}")
    def part(request: Request, id_text: str) -> Response:
        visitor = site.require(request, Right.SEE_ALL)
        return HTMLResponse(site.part("message_part.html", visitor, **_facts(site, visitor, _view(site, visitor, id_text))))

    @router.get("/berichten/{id_text}/{action_name}")
    def ask(request: Request, id_text: str, action_name: str) -> Response:
        visitor = site.require(request, Right.OPERATE)
        return _ask(site, visitor, _view(site, visitor, id_text), _action(action_name))

    @router.post("/berichten/{id_text}/{action_name}")
    async def act(request: Request, id_text: str, action_name: str) -> Response:
        form = await site.form(request, Right.OPERATE)
        return await run_in_threadpool(_act, site, form, id_text, _action(action_name))

    return router


def _find(site: Site, form: Form) -> Response:
    wanted = form.text("zoek")
    if looks_like_bsn(wanted):
        sentence = "Zoeken op burgerservicenummer kan hier niet. Zoek op een kenmerk, nummer of referentie."
        return site.page("found.html", form.visitor, 400, rows=[], wanted="", sentence=sentence)
    known = reading.views_of(site.hub.journal, reading.find(site.hub.journal, wanted) if wanted else [])
    views = [known[message_id] for message_id in sorted(known) if form.visitor.may_see(known[message_id].scope)][:PAGE]
    if len(views) == 1:
        return RedirectResponse(f"/berichten/{views[0].id}", 303)
    presenter = site.presenter()
    sentence = "" if wanted else "Vul een kenmerk, nummer of referentie in."
    return site.page("found.html", form.visitor, rows=[presenter.row(view) for view in views], wanted=wanted, sentence=sentence)


def _act(site: Site, form: Form, id_text: str, action: Action) -> Response:
    view = _view(site, form.visitor, id_text)
    reason = confirming.reason_of(form, action)
    if reason is None:
        return _ask(site, form.visitor, view, action, confirming.NO_REASON, 400)
    if confirming.still_so(form, view) and site.hub.journal.run(action.run, view.id, str(form.visitor.caller), reason):
        return RedirectResponse(f"/berichten/{view.id}?gedaan={action.name}", 303)
    return _too_late(site, form.visitor, _view(site, form.visitor, id_text))


def _ask(site: Site, visitor: Visitor, view: MessageView, action: Action, error: str = "", status: int = 200) -> Response:
    if view.status not in action.states:
        return _too_late(site, visitor, view)
    presenter = site.presenter()
    name = f"{presenter.what(view)}, kenmerk {view.kenmerk}" if view.kenmerk else presenter.what(view)
    about = confirming.About(f"/berichten/{view.id}", "het bericht", name, presenter.sentence(view))
    return confirming.page(site, visitor, action, about, seen=confirming.seen_mark(view), error=error, status=status)


def _too_late(site: Site, visitor: Visitor, view: MessageView) -> Response:
    return site.page("message.html", visitor, 409, **_facts(site, visitor, view), done="", warning=_TOO_LATE)


def _action(name: str) -> Action:
    action = _BY_NAME.get(name)
    if action is None:
        raise HTTPException(404)
    return action


def _view(site: Site, visitor: Visitor, id_text: str) -> MessageView:
    """The message. Raises: HTTPException, 404, also when the visitor is limited to other organisations than its own."""
    message_id = reading.parse_id(id_text)
    view = reading.show(site.hub.journal, message_id) if message_id else None
    if view is None or not visitor.may_see(view.scope):
        raise HTTPException(404)
    return view


def _facts(site: Site, visitor: Visitor, view: MessageView) -> dict[str, Any]:
    presenter = site.presenter()
    code = words.help_for(view.code) if view.status in ("parked", "rejected", "refused", "waiting") else None
    related = reading.answers_to(site.hub.journal, view.id)
    cause = reading.show(site.hub.journal, view.cause) if view.cause else None
    others = [one for one in ([cause] if cause else []) + related if visitor.may_see(one.scope)]
    return {
        "view": view,
        "what": presenter.what(view),
        "partner": presenter.partner(view.connection),
        "state": words.state_of(view.status, view.reason),
        "sentence": presenter.sentence(view),
        "next": presenter.next(view),
        "help": code,
        "lines": presenter.lines(view)[::-1],
        "caller": words.actor(view.caller, presenter.partner(view.connection)),
        "related": [presenter.row(one) for one in others],
        "actions": [one for one in ACTIONS if view.status in one.states] if site.may(visitor, Right.OPERATE) else [],
    }
