"""What the pages of the form share: the drafts, the settings, and the frame around every page of a draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.journal import reading
from hub.journal.stamp import AMSTERDAM
from hub.privacy import access
from hub.routes.raadsverzoek import REQUESTS, wording
from hub.routes.raadsverzoek.dossier import why_rejected
from hub.routes.raadsverzoek.lists import explanations_of_roles
from hub.routes.raadsverzoek.pages.form import checking, fields, papers, sheets
from hub.routes.raadsverzoek.pages.form.checking import Problem
from hub.routes.raadsverzoek.pages.form.landing import STEPS
from hub.routes.raadsverzoek.pages.form.sheets import Sheet
from hub.routes.raadsverzoek.pages.form.state import State
from hub.routes.raadsverzoek.pages.form.store import ROUTE, Draft, DraftStore
from hub.routes.raadsverzoek.pages.of import route_of
from hub.web.auth import Visitor
from hub.web.console import times
from hub.web.console.forms import Errors
from hub.web.site import Site

#: Why somebody opens a draft, as the access log has it.
PURPOSE = "raadsverzoek opstellen"


class PageNotes(NamedTuple):
    """What a page says above its questions."""

    problems: tuple[Problem, ...] = ()
    notice: str = ""  # something to know before going on
    done: str = ""


class FormService:
    """The form of one hub. Any thread."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.hub = site.hub
        self.drafts = DraftStore(site.hub)

    @property
    def settings(self) -> Any:
        """Settings of the route.

        Raises:
            HTTPException: 404: this hub does not send raadsverzoeken.
        """
        route = route_of(self.hub)
        if route is None:
            raise HTTPException(404)
        return route.settings

    @property
    def stop_text(self) -> str:
        """What to do when a child is in danger now."""
        settings = self.settings
        return wording.stop_text(settings.telefoon_raad, settings.telefoon_veilig_thuis)

    def visitor(self, request: Request) -> Visitor:
        """The secretary who asks.

        Raises:
            HTTPException: 401, 403, or 404 when this hub does not send raadsverzoeken.
        """
        visitor = self.site.require(request, REQUESTS)
        _ = self.settings
        return visitor

    def opened(self, request: Request, visitor: Visitor, id_text: str) -> Draft:
        """A draft that somebody looks at; the look is recorded first.

        Raises:
            HTTPException: 404: it is not there (any more).
        """
        draft_id = reading.parse_id(id_text)
        draft = self.drafts.open(draft_id) if draft_id else None
        if draft is None:
            raise HTTPException(404)
        self.record(request, visitor, f"draft:{draft.id}", PURPOSE)
        return draft

    def record(self, request: Request, visitor: Visitor, what: str, purpose: str) -> None:
        """Write in the access log that this visitor reads something."""
        assert visitor.caller is not None
        access.record(self.hub.journal, visitor.caller, "read", what, purpose, request.client.host if request.client else "")

    def sheet(self, state: State, step: str, item: str) -> Sheet:
        """A page of a draft.

        Raises:
            HTTPException: 404: there is none, or what it was about was taken away.
        """
        found = self._list(step) if not item else _one(state, step, item)
        if found is None:
            raise HTTPException(404)
        return found

    def _list(self, step: str) -> Sheet | None:
        settings = self.settings
        if step == "gevaar":
            return sheets.Danger()
        if step == "verzoek":
            return sheets.Request(settings.urgenties, settings.rollen_inbrenger)
        if step == "kinderen":
            return sheets.Children()
        if step in ("gezag", "betrokkenen"):
            return sheets.Parties(step)
        return papers.Papers(settings.max_content_bytes, settings.mediatypes) if step == "documenten" else None

    def problems(self, draft: Draft) -> list[Problem]:
        """What is wrong with a draft."""
        return checking.problems(self.hub, draft.state, draft.cause)

    def new_state(self, visitor: Visitor) -> State:
        """An empty draft with what is known beforehand."""
        settings = self.settings
        today = dt.datetime.now(AMSTERDAM)
        request = {"rolInbrenger": settings.rol_inbrenger, "verzoeker-medewerker-achternaam": visitor.name}
        request |= {"datumAanmelding-dag": str(today.day), "datumAanmelding-maand": str(today.month)}
        request["datumAanmelding-jaar"] = str(today.year)
        ours = settings.verzoeker.model_dump(by_alias=True, exclude_none=True, mode="json")
        request |= {f"verzoeker-{key}": text for key, text in ours.items() if isinstance(text, str)}
        request |= {f"verzoeker-medewerker-{key}": text for key, text in ours.get("medewerker", {}).items()}
        return State(request)

    def page(
        self, visitor: Visitor, draft: Draft, page: str, sheet: Sheet, notes: PageNotes, status: int = 200, seen: str = ""
    ) -> Response:
        """A page of a draft.

        Args:
            seen: The mark of what is stored that its form carries; by default that of ``draft``.
        """
        mine = [one for one in notes.problems if one.spot.page == page and one.severity == "error"]
        values = self.frame(visitor, draft, page, notes) | sheet.view(draft.state)
        values |= {"errors": Errors(mine), "summary": mine, "seen": seen or sheets.seen_mark(sheet, draft.state)}
        values["counts"] = _counts(notes.problems)
        return self.site.page(sheet.template, visitor, status, **values)

    def frame(self, visitor: Visitor, draft: Draft, page: str, notes: PageNotes) -> dict[str, Any]:
        """What every page of a draft shows."""
        step = page.partition("/")[0]
        names = list(STEPS)
        return {
            "base": f"/raadsverzoeken/concepten/{draft.id}",
            "page": page,
            "step": step,
            "steps": STEPS,
            "number": names.index(step) + 1 if step in names else 0,
            "notes": notes,
            "stop_text": self.stop_text,
            "saved": _at(times.since(draft.changed_at, dt.datetime.now(dt.UTC))),
            "correcting": draft.cause is not None,
            "rejection": self._rejection(draft),
            "role_help": self._role_help() if step in ("gezag", "betrokkenen") else [],
        }

    def _rejection(self, draft: Draft) -> str:
        """Why the request that this draft corrects was rejected."""
        if draft.cause is None:
            return ""
        return why_rejected(self.hub.journal, self.hub.keyring, draft.cause)

    def _role_help(self) -> list[tuple[str, str]]:
        """What each role means, in the order of the choices; nothing where this hub has no reference list."""
        notes = explanations_of_roles(self.hub.config, self.hub.routes[ROUTE].connection)
        return [(role, notes[role]) for group in fields.ROLES.values() for role in group if notes.get(role)]


def _one(state: State, step: str, item: str) -> Sheet | None:
    if step == "kinderen":
        return sheets.Child(item) if state.child(item) else None
    if step in ("gezag", "betrokkenen"):
        party = state.party(item)
        return sheets.OneParty(step, item) if party is not None and party.stap == step else None
    return papers.OnePaper(item) if step == "documenten" and state.paper(item) else None


def _at(since: str) -> str:
    """ "om 14:05", but "gisteren 14:05"."""
    return since if " " in since else f"om {since}"


def _counts(problems: Iterable[Problem]) -> Mapping[str, int]:
    """Errors per page, for the lists."""
    counts: dict[str, int] = {}
    for one in problems:
        if one.severity == "error":
            counts[one.spot.page] = counts.get(one.spot.page, 0) + 1
    return counts
