"""All pages of this exchange, put together."""

from __future__ import annotations

from fastapi import APIRouter

from hub.routes.plekvrij.pages import board, own, subscribing
from hub.web.site import Site


def router(site: Site) -> APIRouter:
    """The routes of this exchange."""
    whole = APIRouter()
    for part in (board.router(site), own.router(site), subscribing.router(site)):
        whole.include_router(part)
    return whole
