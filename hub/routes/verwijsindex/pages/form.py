"""The form of a report: one page, filled in in half a minute. What it makes is a proposal; the next page is the decision."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.contracts.route import AMSTERDAM
from hub.errors import Finding, SchemaViolation
from hub.intake.intake import AlreadyUsed
from hub.intake.proposals import Proposed
from hub.message import Caller
from hub.routes.verwijsindex import REPORTS, cases, deciding
from hub.routes.verwijsindex.dates import age_on
from hub.routes.verwijsindex.pages import paths
from hub.routes.verwijsindex.route import MeldingRoute
from hub.routes.verwijsindex.rules import informed_by_age
from hub.routes.verwijsindex.wording import INFORMED, sentence
from hub.web.console import forms
from hub.web.console.forms import Field, Group
from hub.web.console.posts import Post, read_post, refuse, sender
from hub.web.site import Site

_INFORMED = tuple(INFORMED.items())
#: How somebody is reached: label, width, what the browser may fill in, and which keyboard.
CONTACT: Mapping[str, tuple[str, str, str, str]] = {
    "naam": ("Uw naam", "", "name", ""),
    "organisatie": ("Uw organisatie", "", "organization", ""),
    "telefoon": ("Uw telefoonnummer", "half", "tel", "tel"),
    "email": ("Uw e-mailadres", "", "email", "email"),
}


def contact(prefix: str, *, required: bool = False) -> tuple[Field, ...]:
    """Questions about it; the answers are remembered for the next time."""
    return tuple(
        Field(f"{prefix}-{name}", label, width=width, required=required, autocomplete=fill, mode=mode)  # type: ignore[arg-type]
        for name, (label, width, fill, mode) in CONTACT.items()
    )


_WHO = contact("melder", required=True)
_YOUNG = (
    Field("jongere-geboortedatum", "Geboortedatum", "Bijvoorbeeld 21 9 2016.", "date", required=True),
    Field(
        "jongere-bsn",
        "Burgerservicenummer",
        "Weet u het niet, vul dan hieronder naam en geslacht in.",
        "digits",
        width="half",
        mode="numeric",
    ),
)
_NAMED = (
    Field("jongere-geslachtsnaam", "Achternaam"),
    Field("jongere-geslacht", "Geslacht", kind="choice", options=tuple(paths.SEX.items())),
)
_TOLD = (
    Field(
        "geinformeerd-wettelijkVertegenwoordiger",
        "Weet de wettelijk vertegenwoordiger van deze melding?",
        "Nodig als de jongere jonger is dan 16.",
        "choice",
        _INFORMED,
    ),
    Field("geinformeerd-jongere", "Weet de jongere van deze melding?", "Nodig vanaf 12 jaar.", "choice", _INFORMED),
)


class Spot(NamedTuple):
    """Where a problem is mended."""

    field: str


class FormProblem(NamedTuple):
    """Something to mend."""

    sentence: str
    spot: Spot


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(paths.NEW)
    def new(request: Request) -> Response:
        visitor = site.require(request, REPORTS)
        known = cases.profile(site.hub.journal, str(visitor.caller))
        typed = {f"melder-{name}": value for name, value in known.items() if name != "gemeente"}
        settings = _route(site).settings
        only = next(iter(settings.municipalities)) if len(settings.municipalities) == 1 else ""
        typed |= {"gemeente": known.get("gemeente", only)}
        typed.setdefault("melder-organisatie", settings.organisation)
        typed.setdefault("melder-naam", visitor.name)
        typed["meldingId"] = str(uuid.uuid4())
        return _page(site, visitor, typed, [])

    @router.post(paths.NEW)
    async def propose(request: Request) -> Response:
        post = await read_post(site, request)
        return await run_in_threadpool(_propose, site, request, post)

    return router


def _propose(site: Site, request: Request, post: Post) -> Response:
    refused = refuse(site, request, post, REPORTS, paths.NEW)
    if refused is not None:
        return refused
    caller = sender(site, post, REPORTS)
    groups = _groups(site, {})
    typed: forms.Typed = {}
    forms.take_over(typed, post.fields, forms.inputs(groups))
    typed["meldingId"] = number_of(post.text("meldingId"))
    document = document_of(typed, groups, caller, _today())
    try:
        proposed = _proposed(site, document, caller)
    except SchemaViolation as error:
        problems = _problems(error.findings, document)
        return _page(site, post.visitor, typed, problems, status=400)
    who = document["melder"]
    site.hub.journal.run(
        deciding.save_profile,
        str(caller),
        document["gemeente"],
        *(str(who[name]) for name in ("naam", "organisatie", "telefoon", "email")),
    )
    if proposed.decided:  # tapped again, after the decision
        return RedirectResponse(f"{paths.LIST}?gedaan=gemeld", 303)
    return RedirectResponse(paths.proposal(proposed.proposal_id), 303)


def _proposed(site: Site, document: dict[str, Any], caller: Caller) -> Proposed:
    """The proposal; a second tap on the button gives the first one again. Raises: SchemaViolation."""

    def propose() -> Proposed:
        body, key = json.dumps(document).encode(), document["meldingId"]
        return site.hub.intake.propose(paths.ROUTE, body, caller, idempotency_key=key, assignee=caller.id)

    try:
        return propose()
    except AlreadyUsed:  # gone back in the browser, and something else filled in: another report
        document["meldingId"] = str(uuid.uuid4())
        return propose()


def number_of(given: str) -> str:
    """The number with which a form was opened, so that sending it twice is seen; or a new one."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid4())


def document_of(typed: Mapping[str, str], groups: Iterable[Group], caller: Caller, today: dt.date) -> dict[str, Any]:
    """The document that was typed, with the number of the form.

    Of the information duty only what the age asks for: a radio button cannot be emptied.
    """
    document = forms.values(list(forms.every(groups)), typed)
    document["meldingId"] = typed["meldingId"]
    document.setdefault("melder", {})["id"] = caller.id
    document.setdefault("jongere", {})
    told = document.setdefault("geinformeerd", {})
    try:
        birth = dt.date.fromisoformat(document["jongere"].get("geboortedatum", ""))
    except ValueError:
        return document
    own, others = informed_by_age(age_on(birth, today))
    for asked, name in ((own, "jongere"), (others, "wettelijkVertegenwoordiger")):
        if not asked:
            told.pop(name, None)
    return document


def _groups(site: Site, typed: Mapping[str, str]) -> list[Group]:
    municipalities = tuple(_route(site).settings.municipalities.items())
    where = Field("gemeente", "Gemeente", kind="select", options=municipalities, required=True, width="half")
    if not municipalities:
        where = Field("gemeente", "Gemeente (vier cijfers)", width="short", required=True, mode="numeric")
    known = all(typed.get(field.key) for field in _WHO) and bool(typed.get("gemeente"))
    return [
        Group("Over wie meldt u?", _YOUNG),
        Group("Burgerservicenummer niet bekend", _NAMED, folded=not any(typed.get(one.key) for one in _NAMED)),
        Group("Wie weet ervan?", _TOLD, "U hebt geen toestemming nodig. Informeren moet wel, zodra het kan."),
        Group("Hoe bent u bereikbaar?", (*_WHO, where), folded=known),
    ]


def _problems(findings: Iterable[Finding], document: Mapping[str, object]) -> list[FormProblem]:
    fields = {field.key: field for field in (*_YOUNG, *_NAMED, *_TOLD, *_WHO)}
    found = []
    for one in findings:
        key = one.field.strip("/").replace("/", "-")
        if key in ("melder-id", "meldingId"):
            continue
        field = fields.get(key)
        found.append(FormProblem(sentence(one, document), Spot(field.first if field else key or "jongere-bsn")))
    return found or [
        FormProblem("Dit account kan geen melding doen: de accountnaam past niet in een melding.", Spot("melder-naam"))
    ]


def _page(site: Site, visitor: Any, typed: Mapping[str, str], problems: list[FormProblem], status: int = 200) -> Response:
    errors = forms.Errors(problems)
    values = {"groups": _groups(site, typed), "typed": typed, "summary": problems, "errors": errors}
    return site.page("verwijsindex/nieuw.html", visitor, status, **values)


def _route(site: Site) -> MeldingRoute:
    """The route, in a hub that has it. Raises: HTTPException, 404."""
    route = site.hub.routes.get(paths.ROUTE)
    if not isinstance(route, MeldingRoute):
        raise HTTPException(404)
    return route


def _today() -> dt.date:
    return dt.datetime.now(AMSTERDAM).date()
