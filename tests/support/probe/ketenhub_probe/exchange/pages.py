"""One page, and the tasks in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from starlette.responses import Response

from hub.assembly import Hub
from hub.contracts.exchange import TaskText
from hub.journal.outstanding import OpenTask
from hub.web.auth import Visitor
from hub.web.site import Site
from ketenhub_probe.exchange import ORDERS
from ketenhub_probe.exchange.tables import ledger


def router(site: Site) -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/bestellingen")
    def orders(request: Request) -> Response:
        visitor = site.require(request, ORDERS)
        with site.hub.journal.reading() as connection:
            rows = list(connection.execute(select(ledger).order_by(ledger.c.message_id.desc()).limit(50)))
        return site.page("probe/bestellingen.html", visitor, rows=rows)

    return router


def counts(hub: Hub, visitor: Visitor) -> Mapping[str, int]:
    """How many orders are not taken yet."""
    del visitor
    with hub.journal.reading() as connection:
        query = select(func.count()).select_from(ledger).where(ledger.c.state == "accepted")
        return {"/bestellingen": int(connection.execute(query).scalar_one())}


def describe_tasks(hub: Hub, tasks: Sequence[OpenTask]) -> list[TaskText | None]:
    """What the depot sent has to be looked at."""
    del hub
    return [TaskText("Depot", "Het depot heeft iets verzonden.", "/bestellingen", closing={"gezien": "Gezien"}) for _ in tasks]
