"""A provider's own places: one tap says that nothing changed, two publish a number. Only within the account's own AGB codes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.errors import NoRoute, SchemaViolation
from hub.intake.preparing import OutOfScope
from hub.routes.plekvrij import PUBLISH
from hub.routes.plekvrij.kinds import ENDED
from hub.routes.plekvrij.pages.fields import FIELDS, GROUPS, FormProblem, Place, problems
from hub.routes.plekvrij.pages.offers import OfferView, Wanted, agb_of, find, search
from hub.routes.plekvrij.pages.presenting import INTAKES, card
from hub.routes.plekvrij.route import PLEKKEN
from hub.web.auth import Visitor
from hub.web.console.forms import Errors, take_over, typed_of, values
from hub.web.console.forms import inputs as inputs_of
from hub.web.site import Form, Site

PATH = "/mijn-plekken"
#: What the short form offers; that a place is there no more has a button of its own.
_INTAKES = {code: text for code, text in INTAKES.items() if code != ENDED}
#: Offers on the page; a provider with more publishes by a system.
LIMIT = 200
_DONE = {
    "bevestigd": "Bevestigd. Verwijzers zien dat het nog klopt.",
    "gepubliceerd": "Gepubliceerd. Verwijzers zien het nu.",
    "beeindigd": "Deze plek staat niet meer op het bord. Is hij er weer, publiceer hem dan opnieuw.",
}
#: What was done, by the button that was pressed.
_SAYS = {"bevestig": "bevestigd", "beeindig": "beeindigd"}
_NO_ROUTE = "Deze uitwisseling staat hier nu niet aan. Neem contact op met de beheerder."


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(PATH)
    def overview(request: Request, gedaan: str = "") -> Response:
        visitor = site.require(request, PUBLISH)
        return _overview(site, visitor, done=_DONE.get(gedaan, ""))

    @router.post(PATH)
    async def update(request: Request) -> Response:
        form = await site.form(request, PUBLISH)
        return await run_in_threadpool(_update, site, form)

    @router.get(f"{PATH}/nieuw")
    def new(request: Request) -> Response:
        return _form(site, site.require(request, PUBLISH), {})

    @router.get(f"{PATH}/wijzig/{{agb}}/{{locatie}}/{{plaatstype}}")
    def change(request: Request, agb: str, locatie: str, plaatstype: str) -> Response:
        visitor = site.require(request, PUBLISH)
        view = _own(site, visitor, (agb, locatie, plaatstype))
        return _form(site, visitor, typed_of(FIELDS, view.offer.model_dump(mode="json", exclude_none=True)), agb=agb)

    @router.post(f"{PATH}/nieuw")
    async def publish(request: Request) -> Response:
        form = await site.form(request, PUBLISH)
        return await run_in_threadpool(_publish, site, form)

    return router


def _codes(visitor: Visitor) -> frozenset[str]:
    return agb_of(visitor.caller.scope if visitor.caller else ())


def _own(site: Site, visitor: Visitor, key: tuple[str, str, str]) -> OfferView:
    """An offer of the visitor's own. Raises: HTTPException: 404 when there is none, whoever else's it may be."""
    view = find(site.hub, key, dt.datetime.now(dt.UTC)) if key[0] in _codes(visitor) else None
    if view is None:
        raise HTTPException(404)
    return view


def _overview(
    site: Site, visitor: Visitor, *, done: str = "", wrong: Sequence[str] = (), at: str = "", status: int = 200
) -> Response:
    now = dt.datetime.now(dt.UTC)
    codes = _codes(visitor)
    found = search(site.hub, Wanted(agb=codes), now, limit=LIMIT)
    oldest_first = sorted(found.views, key=lambda view: view.valid_until)
    values = {"cards": [card(view, now) for view in oldest_first], "codes": sorted(codes), "intakes": _INTAKES}
    return site.page("plekvrij/mijn.html", visitor, status, **values, done=done, wrong=wrong, at=at)


def _update(site: Site, form: Form) -> Response:
    """Say that an offer still holds, or publish other numbers."""
    visitor, subject = form.visitor, form.text("plek")
    steps = subject.split("/")
    if len(steps) != 3:
        raise HTTPException(404)
    view = _own(site, visitor, (steps[0], steps[1], steps[2]))
    document = view.offer.model_dump(mode="json", exclude_none=True)
    for name in ("geldigTot", "bezet"):
        document.pop(name, None)
    action = form.text("actie")
    if action == "beeindig":
        document |= {"vrij": 0, "gereserveerd": 0, "verwachtVrij": [], "status": {"soort": ENDED}}
    elif action != "bevestig":
        document |= {name: _count(form.text(name)) for name in ("vrij", "gereserveerd")}
        document["status"] = {**document.get("status", {}), "soort": form.text("opname") or "open"}
    wrong = _accept(site, visitor, document)
    if wrong:
        return _overview(site, visitor, wrong=[one.sentence for one in wrong], at=subject, status=400)
    return RedirectResponse(f"{PATH}?gedaan={_SAYS.get(action, 'gepubliceerd')}", 303)


def _count(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text or 0


def _accept(site: Site, visitor: Visitor, document: dict[str, Any]) -> list[FormProblem]:
    """Offer a document as the visitor's own, true from now; what is wrong with it."""
    assert visitor.caller is not None
    now = dt.datetime.now(dt.UTC).isoformat()
    # The organisation vouches to the outside; which of its people it was stands in the message's own history.
    whole = {**document, "peilmoment": now, "bron": "handmatig", "bevestigdDoor": document["aanbieder"]["naam"]}
    try:
        site.hub.intake.accept(PLEKKEN, json.dumps(whole).encode(), visitor.caller)
    except SchemaViolation as error:
        return list(problems(error.findings))
    except NoRoute:
        return [FormProblem(_NO_ROUTE, Place("locatie-naam"))]
    except OutOfScope:
        raise HTTPException(403) from None
    return []


def _kept(site: Site, agb: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """What the offer before this one holds and the form does not ask: what is expected, and when a stop ends."""
    place = document.get("locatie", {}).get("id", "")
    view = find(site.hub, (agb, str(place), str(document.get("plaatstype", ""))), dt.datetime.now(dt.UTC))
    if view is None:
        return {}
    kept = view.offer.model_dump(mode="json", include={"verwachtVrij"})
    status, before = document.get("status", {}), view.offer.status
    if before.tot and status.get("soort") == before.soort:
        kept["status"] = {**status, "tot": before.tot.isoformat()}
    return kept


def _form(
    site: Site, visitor: Visitor, typed: Mapping[str, str], *, agb: str = "", found: Sequence[FormProblem] = ()
) -> Response:
    codes = sorted(_codes(visitor))
    start = {"geslacht": "beide", "beveiliging": "open", "status-soort": "open"}
    values = {"groups": GROUPS, "typed": {**start, **typed}, "errors": Errors(found), "summary": found, "codes": codes}
    return site.page("plekvrij/formulier.html", visitor, 400 if found else 200, **values, agb=agb or next(iter(codes), ""))


def _publish(site: Site, form: Form) -> Response:
    visitor = form.visitor
    codes, agb = _codes(visitor), form.text("agb")
    if agb not in codes:
        raise HTTPException(403)
    typed: dict[str, str] = {}
    take_over(typed, form.fields, inputs_of(GROUPS))
    document = values(FIELDS, typed)
    known = search(site.hub, Wanted(agb=frozenset({agb})), dt.datetime.now(dt.UTC), limit=1).views
    name = form.text("aanbieder") or (known[0].offer.aanbieder.naam if known else visitor.name)
    document["aanbieder"] = {"agb": agb, "naam": name}
    document |= _kept(site, agb, document)
    wrong = _accept(site, visitor, document)
    if wrong:
        return _form(site, visitor, typed, agb=agb, found=wrong)
    return RedirectResponse(f"{PATH}?gedaan=gepubliceerd", 303)
