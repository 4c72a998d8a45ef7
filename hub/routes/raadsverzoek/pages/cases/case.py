"""The page of one case, read from top to bottom as its values. Content is masked; ``opening`` shows it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.journal import reading
from hub.journal.reading import MessageView
from hub.message import Status
from hub.routes.raadsverzoek import REQUESTS
from hub.routes.raadsverzoek.dossier import Dossier, KindDossier, Melding
from hub.routes.raadsverzoek.pages.cases import actions, deciding, paths
from hub.routes.raadsverzoek.pages.cases.facts import case_facts, dossier, phone
from hub.routes.raadsverzoek.pages.cases.presenting import RAAD, CasePresenter
from hub.routes.raadsverzoek.pages.cases.purposes import PURPOSES
from hub.web.auth import Visitor
from hub.web.console import words
from hub.web.site import Site

#: What the page says after something was done elsewhere.
_DONE = {
    "kind": "Genoteerd bij welk kind deze melding hoort.",
    "kind-terug": "De keuze van het kind is teruggenomen.",
    "gekoppeld": "De melding hoort nu bij deze zaak.",
    "verstuurd": "Het verzoek is aangenomen en veilig bewaard. Hieronder ziet u of het aankomt.",
}


class NotificationView(NamedTuple):
    """A notification as the page shows it: its sentences only when the content is open."""

    id: str
    at: dt.datetime
    title: str
    sentences: tuple[str, ...]
    question: str
    perhaps: int | None
    confirmed: bool


class ChildView(NamedTuple):
    """A child as the page shows it: by number while the content is masked."""

    number: int
    name: str
    closed: bool
    notifications: tuple[NotificationView, ...]


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(f"{paths.LIST}/{{id_text:uuid}}")
    def detail(request: Request, id_text: uuid.UUID, gedaan: str = "") -> Response:
        visitor = site.require(request, REQUESTS)
        action = actions.BY_NAME.get(gedaan)
        done = action.done if action else _DONE.get(gedaan, "")
        return show(site, visitor, deciding.found(site, id_text), done=done)

    @router.get(f"/deel{paths.LIST}/{{id_text:uuid}}")
    def part(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, REQUESTS)
        view = deciding.found(site, id_text)
        return HTMLResponse(site.part("raadsverzoek/cases/status_part.html", visitor, **values_of(site, view)))

    @router.get(f"{paths.LIST}/{{id_text:uuid}}/inhoud")
    def masked_again(request: Request, id_text: uuid.UUID) -> Response:
        """Somebody who goes back to a page with content sees it masked."""
        site.require(request, REQUESTS)
        return RedirectResponse(paths.case(str(id_text)), 303)

    return router


def show(
    site: Site,
    visitor: Visitor,
    view: MessageView,
    *,
    done: str = "",
    warning: str = "",
    status: int = 200,
) -> Response:
    """The page of a case, its content masked."""
    values = values_of(site, view)
    file = dossier(site, view.id, view.size) if values["heard_of"] else None
    more: dict[str, Any] = {
        "children": children_of(file, names=False),
        "unclear": unclear_of(file, names=False),
        "letter": None,
    }
    more |= {"done": done, "warning": warning, "error": "", "gone": not view.has_content, "request_said": ()}
    return site.page("raadsverzoek/cases/case.html", visitor, status, **values, **more)


def values_of(site: Site, view: MessageView) -> dict[str, Any]:
    """What the page of a case tells whoever may see it; no content."""
    presenter = CasePresenter(site)
    known = case_facts(site, [view])[view.id]
    standing = presenter.status(view, known)
    earlier = reading.show(site.hub.journal, view.cause) if view.cause else None
    return {
        "view": view,
        "status": standing,
        "actions": actions.possible(view, known),
        "correctable": actions.correctable(view, known),
        "corrected": None if known.corrected is None else paths.case(known.corrected),
        "earlier": None if earlier is None or earlier.direction != "out" else paths.case(earlier.id),
        "phone": phone(site),
        "lines": presenter.messages.lines(view)[::-1],
        "caller": words.actor(view.caller, RAAD),
        "heard_of": view.status == Status.COMPLETED or bool(known.notifications),
        "live": view.status in ("waiting", "sending", "sent") and not known.notifications,
        "purposes": PURPOSES,
        "chosen": "",
        "proof": known.sent_at is not None or standing.key in ("due", "turn", "sending"),
        "contradicted": "contradiction" in known.tasks,
    }


def children_of(file: Dossier | None, *, names: bool) -> list[ChildView]:
    """The children of a case with what the Raad told about each."""
    if file is None:
        return []
    return [
        ChildView(
            one.number,
            one.name if names else _masked(one.number, unborn=one.unborn),
            one.closed,
            tuple(_notification(melding, names=names, child=one) for melding in one.meldingen),
        )
        for one in file.children
    ]


def unclear_of(file: Dossier | None, *, names: bool) -> list[NotificationView]:
    """Notifications of a case that are not known to be about one of its children."""
    return [] if file is None else [_notification(melding, names=names) for melding in file.unclear]


def _masked(number: int, *, unborn: bool) -> str:
    return f"kind {number} (ongeboren)" if unborn else f"kind {number}"


def _notification(melding: Melding, *, names: bool, child: KindDossier | None = None) -> NotificationView:
    """Masked, only the sentence about status and result is told, of a child by its number: its words are of closed lists."""
    sentences = melding.sentences if names else ()
    if not names and child is not None:
        status = melding.sentences[1:2] if melding.ambtshalve else melding.sentences[:1]
        sentences = tuple(one.replace(child.name, _masked(child.number, unborn=child.unborn)) for one in status)
    return NotificationView(
        str(melding.message_id),
        melding.received_at,
        melding.title,
        sentences,
        melding.question,
        melding.perhaps,
        melding.confirmed,
    )


def sections(file: Dossier | None) -> dict[str, Any]:
    """What the open page adds to the masked one."""
    return {
        "children": children_of(file, names=True),
        "unclear": unclear_of(file, names=True),
        "request_said": () if file is None else file.request,
    }
