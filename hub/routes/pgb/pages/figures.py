"""The page with the figures of a month: a picture, and the same numbers as tables."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.contracts.route import AMSTERDAM
from hub.routes.pgb import GRANTS
from hub.routes.pgb.cases.figures import Figures, Month, figures, month_of
from hub.routes.pgb.pages import telling
from hub.web.console.charts import Bar, bars
from hub.web.site import Site

_NAMES = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
          "december")  # fmt: skip
#: In this order; what became of nothing is shown as well, so that months can be compared.
_OUTCOMES = ("completed", "rejected", "parked", "cancelled", "superseded", "")


def router(site: Site) -> APIRouter:
    """The route of this area."""
    router = APIRouter()

    @router.get("/pgb/cijfers")
    def page(request: Request, maand: str = "") -> Response:
        visitor = site.require(request, GRANTS)
        today = dt.datetime.now(AMSTERDAM).date()
        month = month_of(maand, today)
        counted = figures(site.hub.journal, month)
        rows = outcome_rows(counted)
        title = name_of(month)
        following = month.plus(1)
        return site.page(
            "pgb/cijfers.html",
            visitor,
            title=title,
            picture=bars(f"Toekenningen van {title} naar wat ervan werd; de tabel hieronder zegt hetzelfde", rows),
            rows=rows,
            kinds=[(telling.KINDS.get(kind, kind), count) for kind, count in sorted(counted.kinds.items())],
            counted=counted,
            granted=telling.euros(counted.granted_cents),
            spent=telling.euros(counted.spent_cents),
            earlier=(month.plus(-1).label, name_of(month.plus(-1))),
            later=(following.label, name_of(following)) if following <= Month(today.year, today.month) else None,
        )

    return router


def outcome_rows(counted: Figures) -> list[Bar]:
    """What became of the messages of a month, in the words of the budget's page."""
    known = [Bar(telling.state_of(one).label, counted.outcomes.get(one, 0)) for one in _OUTCOMES]
    others = sum(count for name, count in counted.outcomes.items() if name not in _OUTCOMES)
    return [*known, Bar("Anders geëindigd", others)] if others else known


def name_of(month: Month) -> str:
    """As people write it."""
    return f"{_NAMES[month.month - 1]} {month.year}"
