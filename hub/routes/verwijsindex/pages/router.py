"""All pages of this exchange, put together."""

from __future__ import annotations

from fastapi import APIRouter

from hub.routes.verwijsindex.pages import change, form, proposal, reports, signals
from hub.web.site import Site


def router(site: Site) -> APIRouter:
    """The routes of this exchange."""
    whole = APIRouter()
    for part in (form, proposal, reports, change, signals):
        whole.include_router(part.router(site))
    return whole
