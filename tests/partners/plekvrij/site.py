"""A hub with this exchange whose web server listens, and its accounts."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from hub.web.accounts import create_api_key, create_user
from tests.support.live_site import PASSWORD, LiveSite

CONNECTION = """
[connections.plekvrij]
partner = "plekvrij"
[connections.plekvrij.settings]
display_name = "de abonnees"
allow_private = true
signing_key = "file:{key}"
"""


def plekvrij_site(folder: Path, *, environment: str = "test", web: str = "") -> LiveSite:
    """The site; use it as a context manager."""
    key = folder / "signing.key"
    key.write_text("k" * 40, encoding="utf-8")
    return LiveSite(folder, environment=environment, web=web, inbound=CONNECTION.format(key=key))


def provider(site: LiveSite, name: str = "linde", agb: str = "99000001") -> httpx.Client:
    """Somebody of a provider, signed in."""
    create_user(site.hub.journal, name, ["care_provider"], PASSWORD, display_name=name.capitalize(), scope=[f"agb:{agb}"])
    return site.signed_in(name)


def referrer(site: LiveSite, name: str = "huisarts") -> httpx.Client:
    """A referrer, signed in."""
    create_user(site.hub.journal, name, ["referring_professional"], PASSWORD, display_name=name.capitalize())
    return site.signed_in(name)


def key_of(site: LiveSite, *roles: str, agb: str = "") -> dict[str, str]:
    """Headers with a new API key."""
    scope = [f"agb:{agb}"] if agb else []
    return {"Authorization": f"Bearer {create_api_key(site.hub.journal, 'sleutel', roles, scope=scope)}"}


def publish(site: LiveSite, document: bytes, headers: dict[str, str]) -> httpx.Response:
    """Offer a document over the API."""
    return site.browser().post("/v1/plekopgaven", content=document, headers={**headers, "content-type": "application/json"})


def reasons(answer: httpx.Response) -> list[str]:
    """The codes of what was wrong."""
    return [one["code"] for one in json.loads(answer.content).get("invalidParams", [])]
