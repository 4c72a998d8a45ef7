"""Agreements: the overview with their deadlines, the form that adds one, and one with its checklist and decision."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.contracts.route import AMSTERDAM
from hub.errors import Finding
from hub.message import new_id
from hub.routes.pgb import GRANTS, cases, deciding
from hub.routes.pgb.deciding import Agreement
from hub.routes.pgb.formats import amount
from hub.routes.pgb.pages import telling
from hub.routes.pgb.route import ToekenningRoute
from hub.routes.pgb.settings import PgbSettings
from hub.routes.pgb.wording import finding
from hub.routes.pgb.zorgovereenkomst import DECISIONS, KINDS, REASONS, UNITS, Besluit, check_decision, read_agreement
from hub.web.console import forms, tables
from hub.web.console.forms import Field, Group
from hub.web.console.posts import Post, read_post, refuse, sender
from hub.web.console.tables import Column
from hub.web.console.words import State
from hub.web.site import Site

PLACE, NEW = "/pgb/overeenkomsten", "/pgb/overeenkomsten/nieuw"
_LIMIT = 100
_MONEY = frozenset({"tarief", "maximum"})
_CHECKLIST = (
    Field("zorg", "Past de zorg bij het plan?", "Soort zorg, aantal uren en wie de zorg geeft.", "yesno", forms.YES_NO),
    Field("tarief", "Blijft het tarief binnen het maximum?", "", "yesno", forms.YES_NO),
    Field("besluit", "Wat besluit u?", "", "choice", tuple(DECISIONS.items())),
    Field("reden", "Waarom niet?", "Alleen als u niet akkoord gaat.", "select", tuple(REASONS.items()), width="half"),
)
_STATES = {
    "": State("Wacht op besluit", "Er moet nog iemand besluiten.", "wait"),
    "akkoord": State("Akkoord", "", "good"),
    "niet_akkoord": State("Niet akkoord", "", "bad"),
}
_LATE = State("Te laat", "De termijn is voorbij.", "bad")


class AgreementRow(NamedTuple):
    """An agreement in a list."""

    path: str
    kenmerk: str
    budget: str
    kind: str
    state: State
    moment: dt.datetime | None


class _Spot(NamedTuple):
    field: str


class _Problem(NamedTuple):
    """Something to mend."""

    sentence: str
    spot: _Spot


WAITING: tuple[Column[AgreementRow], ...] = (
    Column("kenmerk", "Kenmerk"),
    Column("budget", "Budget"),
    Column("kind", "Soort"),
    Column("state", "Hoe het ervoor staat"),
    Column("moment", "Besluit voor"),
)
DECIDED: tuple[Column[AgreementRow], ...] = (*WAITING[:-1], Column("moment", "Besloten"))


def path_of(agreement_id: uuid.UUID | str) -> str:
    """Address of an agreement."""
    return f"{PLACE}/{agreement_id}"


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(PLACE)
    def overview(request: Request) -> Response:
        visitor = site.require(request, GRANTS)
        now = dt.datetime.now(dt.UTC)
        open_ = [_row(one, now) for one in deciding.waiting(site.hub.journal, limit=_LIMIT)]
        done = [_row(one, now) for one in deciding.decided(site.hub.journal, limit=_LIMIT)]
        waiting = tables.table(WAITING, open_, caption="Overeenkomsten die op een besluit wachten")
        decided = tables.table(DECIDED, done, caption="Besloten overeenkomsten")
        late = sum(one.state is _LATE for one in open_)
        return site.page("pgb/overeenkomsten.html", visitor, waiting=waiting, decided=decided, late=late)

    @router.get(NEW)
    def new(request: Request, gemeente: str = "", budget: str = "") -> Response:
        visitor = site.require(request, GRANTS)
        return _form(site, visitor, {"gemeente": gemeente[:4], "budgetnummer": budget[:30]}, [])

    @router.post(NEW)
    async def add(request: Request) -> Response:
        post = await read_post(site, request)
        return await run_in_threadpool(_add, site, request, post)

    @router.get(PLACE + "/{id_text:uuid}")
    def one(request: Request, id_text: uuid.UUID) -> Response:
        return _page(site, site.require(request, GRANTS), _find(site, id_text), {}, [])

    @router.post(PLACE + "/{id_text:uuid}")
    async def decide(request: Request, id_text: uuid.UUID) -> Response:
        post = await read_post(site, request)
        return await run_in_threadpool(_decide, site, request, post, id_text)

    return router


def _add(site: Site, request: Request, post: Post) -> Response:
    refused = refuse(site, request, post, GRANTS, NEW)
    if refused is not None:
        return refused
    caller = sender(site, post, GRANTS)
    fields = _asked(site)
    typed: forms.Typed = {}
    forms.take_over(typed, post.fields, forms.inputs([Group("", fields)]))
    values = forms.values(fields, typed)
    values |= {name: amount(values[name]) for name in _MONEY if name in values}
    document, found = read_agreement(values, dt.datetime.now(AMSTERDAM).date())
    if document is not None:
        agreement_id = new_id()
        due_at = deciding.due(document.ontvangen, _settings(site).overeenkomst_werkdagen)
        if site.hub.journal.run(deciding.register, agreement_id, document, str(caller), due_at):
            return RedirectResponse(path_of(agreement_id), 303)
        found = [finding("PG30", "/kenmerk")]
    return _form(site, post.visitor, typed, _problems(found, fields), 400)


def _decide(site: Site, request: Request, post: Post, agreement_id: uuid.UUID) -> Response:
    refused = refuse(site, request, post, GRANTS, path_of(agreement_id))
    if refused is not None:
        return refused
    caller = sender(site, post, GRANTS)
    agreement = _find(site, agreement_id)
    typed: forms.Typed = {}
    forms.take_over(typed, post.fields, forms.inputs([Group("", _CHECKLIST)]))
    try:
        besluit = Besluit.model_validate(forms.values(_CHECKLIST, typed))
    except ValidationError:
        raise HTTPException(400) from None  # none of the choices of the page
    found = check_decision(besluit, too_high=agreement.too_high)
    if found:
        return _page(site, post.visitor, agreement, typed, _problems(found, _CHECKLIST), 400)
    site.hub.journal.run(deciding.decide, agreement_id, besluit, str(caller))
    return RedirectResponse(path_of(agreement_id), 303)  # who was second sees what the first decided


def _asked(site: Site) -> tuple[Field, ...]:
    known = tuple((code, code) for code in sorted(_settings(site).gemeenten))
    return (
        Field("gemeente", "Gemeente", kind="select", options=known, required=True, width="half"),
        Field("budgetnummer", "Budgetnummer", "Zoals het in uw eigen systeem staat.", required=True, width="half"),
        Field("kenmerk", "Kenmerk van de overeenkomst", "Zoals het in het portaal van SVB staat.", required=True, width="half"),
        Field("soort", "Soort overeenkomst", kind="choice", options=tuple(KINDS.items())),
        Field("ontvangen", "Ontvangen op", "Bijvoorbeeld 21 9 2026.", "date"),
        Field("tarief", "Tarief", "In euro, bijvoorbeeld 25,50.", required=True, width="short"),
        Field("maximum", "Hoogste tarief dat mag", "Uit het plan of de verordening.", required=True, width="short"),
        Field("eenheid", "Tarief geldt", kind="select", options=tuple(UNITS.items()), required=True, width="half"),
    )


def _form(site: Site, visitor: Any, typed: Mapping[str, str], problems: list[_Problem], status: int = 200) -> Response:
    values = {"group": Group("", _asked(site)), "typed": typed, "summary": problems, "errors": forms.Errors(problems)}
    return site.page("pgb/overeenkomst_nieuw.html", visitor, status, **values)


def _page(
    site: Site, visitor: Any, agreement: Agreement, typed: Mapping[str, str], problems: list[_Problem], status: int = 200
) -> Response:
    budget = next((one for one in cases.find(site.hub.journal, agreement.nummer) if one.budget == agreement.budget), None)
    return site.page(
        "pgb/overeenkomst.html",
        visitor,
        status,
        one=agreement,
        state=state_of(agreement, dt.datetime.now(dt.UTC)),
        kind=KINDS[agreement.soort],
        received=telling.day(agreement.received),
        tariff=telling.euros(agreement.cents),
        maximum=telling.euros(agreement.max_cents),
        unit=UNITS[agreement.unit],
        reason=REASONS.get(agreement.reason, ""),
        budget_path=telling.path_of(budget.message_id) if budget else "",
        decided_by=agreement.decided_by.partition(":")[2],
        group=Group("Besluit", _CHECKLIST),
        typed=typed,
        summary=problems,
        errors=forms.Errors(problems),
    )


def state_of(agreement: Agreement, now: dt.datetime) -> State:
    """How an agreement stands."""
    return _LATE if not agreement.decision and agreement.due_at <= now else _STATES[agreement.decision]


def _row(agreement: Agreement, now: dt.datetime) -> AgreementRow:
    moment = agreement.decided_at if agreement.decision else agreement.due_at
    kind, state = KINDS[agreement.soort], state_of(agreement, now)
    return AgreementRow(path_of(agreement.id), agreement.kenmerk, agreement.nummer, kind, state, moment)


def _problems(findings: Iterable[Finding], fields: Iterable[Field]) -> list[_Problem]:
    first = {field.key: field.first for field in fields}
    return [_Problem(one.message, _Spot(first.get(one.field.strip("/"), one.field.strip("/")))) for one in findings]


def _find(site: Site, agreement_id: uuid.UUID) -> Agreement:
    found = deciding.by_id(site.hub.journal, [agreement_id]).get(agreement_id)
    if found is None:
        raise HTTPException(404)
    return found


def _settings(site: Site) -> PgbSettings:
    route = site.hub.routes.get("toekenning")
    if not isinstance(route, ToekenningRoute):
        raise HTTPException(404)
    return route.settings
