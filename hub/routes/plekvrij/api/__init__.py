"""Vrije plekken over the API: publishing, searching, and saying who is told of changes."""

from __future__ import annotations

from fastapi import APIRouter

from hub.assembly import Hub
from hub.routes.plekvrij.api import publishing, searching, subscribing
from hub.web.bodies import Patience


def router(hub: Hub, patience: Patience) -> APIRouter:
    """The operations."""
    whole = APIRouter()
    for part in (publishing.router(hub, patience), searching.router(hub), subscribing.router(hub)):
        whole.include_router(part)
    return whole
