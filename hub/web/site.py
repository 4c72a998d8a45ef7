"""What the console's pages share: the hub, who is visiting, templates, and the frame around every page."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from functools import cached_property, partial
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub import configured, registry
from hub.assembly import Hub
from hub.web.auth import Cookies, Right, SignInLimit, Visitor, may_look
from hub.web.bodies import Patience, form_fields, read_body
from hub.web.console import times
from hub.web.console.places import places_of, search_of
from hub.web.console.presenting import MessagePresenter
from hub.web.console.task_presenting import TaskPresenter

#: A form of the console is small; documents come in by their own doors.
FORM_BYTES_LIMIT = 64_000

#: Files that pages may load, by their ending.
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Form:
    """A form that one of our own pages sent: its visitor and its fields."""

    def __init__(self, visitor: Visitor, fields: Mapping[str, str]) -> None:
        self.visitor = visitor
        self.fields = fields

    def text(self, name: str, limit: int = 200) -> str:
        """A field without spaces around it, cut off at ``limit`` characters; empty when it is absent."""
        return self.fields.get(name, "").strip()[:limit]


class Site:
    """One hub's console. Any thread may use it."""

    def __init__(self, hub: Hub, patience: Patience) -> None:
        self.hub = hub
        self.patience = patience
        self.demo = hub.config.hub.environment == "demo"
        self.cookies = Cookies(https=hub.config.web.public_url.startswith("https://"))
        self.limit = SignInLimit()
        self.assets = _assets(hub)
        self._templates = jinja2.Environment(
            loader=_loader(),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def partners(self) -> dict[str, str]:
        """What people call the partner of each connection."""
        return {name: configured.display_name(self.hub.config, name) for name in self.hub.config.connections}

    def presenter(self) -> MessagePresenter:
        """Puts messages in words, seen from now."""
        return MessagePresenter(self.partners, dt.datetime.now(dt.UTC))

    def tasks(self, visitor: Visitor) -> TaskPresenter:
        """Puts the tasks that a visitor may see in words."""
        return TaskPresenter(self.hub, visitor, partial(self.may, visitor))

    def visitor(self, request: Request) -> Visitor:
        """Who sends this request."""
        return self.cookies.visitor(request, self.hub.journal)

    def may(self, visitor: Visitor, right: str) -> bool:
        """Whether a visitor has a right; in a demo anyone may look, never do."""
        return (self.demo and right in (Right.SEE_ALL, Right.TASKS)) or may_look(visitor.caller, right)

    def require(self, request: Request, right: str) -> Visitor:
        """The visitor, who has this right.

        Raises:
            HTTPException: 401 when nobody has signed in, 403 when they lack the right.
        """
        visitor = self.visitor(request)
        if not self.may(visitor, right):
            raise HTTPException(403 if visitor.caller else 401)
        return visitor

    async def form(self, request: Request, right: str | None = None) -> Form:
        """The form in a POST, of a visitor who has ``right``.

        Raises:
            HTTPException: 401 or 403 as ``require``; 400 when the form is not from one of our pages or cannot be read.
            DecodeFailure: It is too large.
        """
        if right is None:
            visitor = await run_in_threadpool(self.visitor, request)
        else:
            visitor = await run_in_threadpool(self.require, request, right)
        body = await read_body(request, self.hub.budget, FORM_BYTES_LIMIT, self.patience)
        try:
            fields = form_fields(body.data, 100)
        except ValueError:
            raise HTTPException(400, "Dit formulier is niet te lezen.") from None
        if not visitor.sent_this(request, fields.get("formulier", "")):
            raise HTTPException(400, "Deze pagina was verlopen. Ga terug, ververs de pagina en probeer het nog eens.")
        return Form(visitor, fields)

    def page(self, template: str, visitor: Visitor, status: int = 200, /, **values: Any) -> Response:
        """A whole page."""
        response = HTMLResponse(self.part(template, visitor, **values), status)
        self.cookies.keep_form(response, visitor)
        return response

    def part(self, template: str, visitor: Visitor, /, **values: Any) -> str:
        """The text of a template, with what every page knows."""
        now = dt.datetime.now(dt.UTC)
        config = self.hub.config.hub
        frame = {
            "organisation": config.organisation,
            "environment": config.environment,
            "assets": self.assets,
            "visitor": visitor,
            "places": places_of(self.hub, visitor, partial(self.may, visitor)),
            "search": search_of(visitor, self.may(visitor, Right.SEE_ALL)),
            "may_see_all": self.may(visitor, Right.SEE_ALL),
            "may_operate": self.may(visitor, Right.OPERATE),
            "now": now,
            "clock": times.clock(now),
            "time": lambda moment: times.element(moment, now),
            "exact": times.exact,
        }
        return self._templates.get_template(template).render(frame | values)


def sign_in_path(request: Request) -> str:
    """Where to sign in, and come back here afterwards."""
    back = request.url.path if request.method == "GET" else "/"
    return "/aanmelden" if back == "/" else f"/aanmelden?naar={quote(back)}"


class Assets:
    """The static files: their bytes, and addresses that change with their content."""

    def __init__(self, files: Mapping[str, tuple[bytes, str]]) -> None:
        self.files = files
        self._hashes = {name: hashlib.sha256(data).hexdigest()[:12] for name, (data, _) in files.items()}

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"/static/{name}?v={self._hashes[name]}"

    def __contains__(self, name: str) -> bool:
        return name in self.files


def _assets(hub: Hub) -> Assets:
    files = _files("hub.web.console", "")
    for name, exchange in registry.exchanges().items():
        files |= _files(registry.folder_of(exchange), f"{name}/")
    theme = hub.config.web.theme_file
    if theme is not None:
        files["theme.css"] = (theme.read_bytes(), "text/css")
    return Assets(files)


def _files(package: str, prefix: str) -> dict[str, tuple[bytes, str]]:
    """The files in the folder ``static`` of a package, none when it has no such folder."""
    folder = resources.files(package) / "static"
    if not folder.is_dir():
        return {}
    return {
        prefix + file.name: (file.read_bytes(), _MEDIA_TYPES[Path(file.name).suffix])
        for file in folder.iterdir()
        if Path(file.name).suffix in _MEDIA_TYPES
    }


def _loader() -> jinja2.BaseLoader:
    """The frame's own templates by their name, those of an exchange behind its name."""
    own = {
        name: jinja2.PackageLoader(package)
        for name, exchange in registry.exchanges().items()
        if (resources.files(package := registry.folder_of(exchange)) / "templates").is_dir()
    }
    return jinja2.ChoiceLoader([jinja2.PackageLoader("hub.web.console"), jinja2.PrefixLoader(own)])
