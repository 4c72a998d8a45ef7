"""Offering a file from the console, and what became of each row. The file itself is not kept: the rows are messages by then."""

from __future__ import annotations

import io
from collections import Counter
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.errors import DecodeFailure, NoRoute, SchemaViolation
from hub.intake.files import PartOutcome, PartState
from hub.message import Caller
from hub.routes.pgb import GRANTS
from hub.routes.pgb.formats import SHEET, ToekenningFile
from hub.web.console import tables
from hub.web.console.posts import Post, read_post, sender
from hub.web.console.tables import Column
from hub.web.site import Site

PATH = "/pgb/bestand"
#: Some ten thousand rows; larger files go by the watched folder, which tells its progress.
FILE_BYTES = 5_000_000
#: Rows with trouble that are shown; the others are counted.
_MOST_SHOWN = 500

_NO_FILE = "Kies eerst een bestand."
_WORDS = {
    PartState.ACCEPTED: "aangenomen",
    PartState.REPEATED: "eerder aangenomen",
    PartState.UNCHANGED: "niets gewijzigd",
    PartState.REFUSED: "niet aangenomen",
}


class Trouble(NamedTuple):
    """Something that is wrong with a row."""

    row: int
    column: str
    message: str


COLUMNS: tuple[Column[Trouble], ...] = (
    Column("row", "Regel"),
    Column("column", "Kolom"),
    Column("message", "Wat er niet klopt"),
)


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(PATH)
    def empty(request: Request) -> Response:
        visitor = site.require(request, GRANTS)
        return site.page("pgb/file.html", visitor, required=SHEET.required, error="", counts=None, table=None)

    @router.post(PATH)
    async def offered(request: Request) -> Response:
        post = await read_post(site, request, FILE_BYTES)
        caller = sender(site, post, GRANTS)
        return await run_in_threadpool(_offer, site, post, caller)

    return router


def _offer(site: Site, post: Post, caller: Caller) -> Response:
    if post.upload is None or not post.upload.data:
        return _refused(site, post, _NO_FILE)
    try:
        items = ToekenningFile().read(io.BytesIO(post.upload.data))
        outcomes = list(site.hub.intake.accept_many("toekenning", items, caller))
    except SchemaViolation as error:
        return _refused(site, post, " ".join(one.message for one in error.findings) or "De koppen kloppen niet.")
    except DecodeFailure as error:
        too_large = error.code == "too_large"
        return _refused(site, post, "Dit bestand is te groot." if too_large else _UNREADABLE)
    except NoRoute:
        return _refused(site, post, "Er is geen verbinding met SVB ingesteld. Meld dit bij de beheerder.")
    return _told(site, post, outcomes)


_UNREADABLE = "Dit bestand is niet te lezen. Sla het in uw spreadsheet op als 'CSV UTF-8' en probeer het nog eens."


def _refused(site: Site, post: Post, error: str) -> Response:
    return site.page("pgb/file.html", post.visitor, 400, required=SHEET.required, error=error, counts=None, table=None)


def _told(site: Site, post: Post, outcomes: list[PartOutcome]) -> Response:
    counts = Counter(one.state for one in outcomes)
    wrong = [Trouble(one.row, found.path, found.message) for one in outcomes for found in one.findings]
    table = tables.table(COLUMNS, wrong[:_MOST_SHOWN], caption="Regels die niet kloppen") if wrong else None
    told = [(word, counts[state]) for state, word in _WORDS.items()]
    more = max(0, len(wrong) - _MOST_SHOWN)
    values = {"required": SHEET.required, "error": "", "counts": told, "table": table, "more": more}
    return site.page("pgb/file.html", post.visitor, **values)
