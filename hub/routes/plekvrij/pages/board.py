"""The board: a referrer looks for a fitting place, or learns that there is none. Works without scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from hub.routes.plekvrij import SEARCH, SUBSCRIBE
from hub.routes.plekvrij.kinds import KINDS, Freshness
from hub.routes.plekvrij.pages.charting import chart
from hub.routes.plekvrij.pages.exporting import CSV_TYPE, write_csv
from hub.routes.plekvrij.pages.offers import Wanted, find, municipalities, past, search
from hub.routes.plekvrij.pages.presenting import INTAKES, SECURITIES, SEXES, card
from hub.web.auth import Right, Visitor
from hub.web.site import Site

PATH = "/plekken"
#: Offers on a page, and in an export.
PAGE, EXPORT = 50, 5_000
#: So far back the history goes on its page.
_HISTORY = dt.timedelta(days=30)
#: Names of the filter's inputs.
_INPUTS = ("plaatstype", "leeftijd", "geslacht", "beveiliging", "gemeente", "vrij", "stand")
_MAX_PAGES = 10_000
#: What the filter offers.
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "kinds": {code: kind.name for code, kind in KINDS.items()},
    "securities": SECURITIES,
    "states": {one.value: one.value.capitalize() for one in Freshness},
}


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(PATH)
    def board(request: Request) -> Response:
        visitor = _may_look(site, request)
        values = dict(_values(site, request.query_params))
        subscribers = site.may(visitor, SUBSCRIBE)
        values |= {"municipalities": municipalities(site.hub), "subscribers": subscribers, **_CHOICES}
        return site.page("plekvrij/bord.html", visitor, **values)

    @router.get(f"{PATH}/deel")
    def part(request: Request) -> Response:
        visitor = _may_look(site, request)
        return HTMLResponse(site.part("plekvrij/bord_deel.html", visitor, **_values(site, request.query_params)))

    @router.get(f"{PATH}/bestand.csv")
    def export(request: Request) -> Response:
        _may_look(site, request)
        wanted, _ = _wanted(request.query_params)
        found = search(site.hub, wanted, dt.datetime.now(dt.UTC), limit=EXPORT)
        headers = {"Content-Disposition": 'attachment; filename="plekken.csv"'}
        return Response(write_csv(found.views), media_type=CSV_TYPE, headers=headers)

    @router.get(f"{PATH}/{{agb}}/{{locatie}}/{{plaatstype}}")
    def history(request: Request, agb: str, locatie: str, plaatstype: str) -> Response:
        visitor = _may_look(site, request)
        return _history(site, visitor, (agb, locatie, plaatstype))

    return router


def _may_look(site: Site, request: Request) -> Visitor:
    """The visitor, who may search, or sees all: the operator, and anybody in a demo. Raises: HTTPException: 401 or 403."""
    visitor = site.visitor(request)
    return visitor if site.may(visitor, Right.SEE_ALL) else site.require(request, SEARCH)


def _values(site: Site, given: Mapping[str, str]) -> Mapping[str, Any]:
    """What the board and its live part show."""
    now = dt.datetime.now(dt.UTC)
    wanted, typed = _wanted(given)
    number = _number(given.get("bladzijde", ""), _MAX_PAGES) or 1
    found = search(site.hub, wanted, now, limit=PAGE, offset=(number - 1) * PAGE)
    query = urlencode({name: value for name, value in typed.items() if value})
    following = urlencode({**{name: value for name, value in typed.items() if value}, "bladzijde": number + 1})
    return {
        "cards": [card(view, now) for view in found.views],
        "total": found.total,
        "unknown": found.unknown,
        "left_out": bool(wanted.free),
        "typed": typed,
        "query": query,
        "live": f"{PATH}/deel?{urlencode({**typed, 'bladzijde': number})}",
        "older": f"{PATH}?{following}" if number * PAGE < found.total else "",
    }


def _wanted(given: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """What is asked, and what was typed; what makes no sense asks nothing."""
    typed = {name: given.get(name, "").strip()[:80] for name in _INPUTS}
    stand = typed["stand"]
    wanted = Wanted(
        kind=typed["plaatstype"] if typed["plaatstype"] in KINDS else "",
        age=_number(typed["leeftijd"], 23),
        sex=typed["geslacht"] if typed["geslacht"] in SEXES else "",
        security=typed["beveiliging"] if typed["beveiliging"] in SECURITIES else "",
        municipality=typed["gemeente"],
        free=_number(typed["vrij"], 1_000) or 0,
        fresh=stand if stand in list(Freshness) else "",
    )
    return wanted, typed


def _number(text: str, largest: int) -> int | None:
    return min(int(text), largest) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _history(site: Site, visitor: Visitor, key: tuple[str, str, str]) -> Response:
    now = dt.datetime.now(dt.UTC)
    view = find(site.hub, key, now)
    if view is None:
        raise HTTPException(404)
    since = now - _HISTORY
    rows = past(site.hub, key, since)
    shown = [row for row in rows if not row.late]
    values = {"card": card(view, now), "chart": chart(shown, since, now), "rows": rows[::-1][:200], "intakes": INTAKES}
    return site.page("plekvrij/geschiedenis.html", visitor, **values)
