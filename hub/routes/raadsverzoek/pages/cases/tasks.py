"""The secretary's tasks: what needs her, each in one sentence with the place where she can do something about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import case, or_, select
from sqlalchemy.engine import Connection

from hub.journal import reading
from hub.journal.tables import messages, tasks, work
from hub.routes.raadsverzoek.pages.cases import facts, paths
from hub.routes.raadsverzoek.pages.cases.stand import parked_help
from hub.web.auth import Visitor
from hub.web.console import times

if TYPE_CHECKING:
    from hub.web.site import Site

#: Tasks on a page; with more, the rest come when these are done.
MOST = 100

#: kind of task -> (sentence, whose order): the first are the most urgent.
SENTENCES: Mapping[str, str] = {
    "overdue": "De Raad heeft de ontvangst nog niet bevestigd. Bel de Raad.",
    "rejected": "Afgewezen{reason}. Verbeter het verzoek en verstuur het opnieuw.",
    "parked": "Niet verstuurd: {what} {do}",
    "contradiction": "De Raad gaf twee antwoorden die elkaar tegenspreken. Bel de Raad om te vragen welk antwoord geldt.",
    "unmatched": "{title} Zoek de zaak erbij of leg het apart.",
    "refused_inbound": "Berichten van een partner werden geweigerd. De beheerder kijkt ernaar.",
}
_URGENT = tuple(SENTENCES)


class TaskRow(NamedTuple):
    """A task in words."""

    kind: str
    reference: str
    sentence: str
    path: str
    opened: dt.datetime


def mine(site: Site) -> tuple[list[TaskRow], int]:
    """The open tasks about cases, most urgent kind first, then oldest first; and how many there are in all."""
    with site.hub.journal.reading() as connection:
        rows = _rows(connection, facts.connection_of(site))
    reasons = _reasons(site, [row["subject"] for row in rows if row["kind"] == "rejected"])
    ordered = sorted(rows, key=lambda row: (_urgency(row["kind"]), row["opened_at"]))
    return [_row(row, reasons.get(row["subject"], "")) for row in ordered[:MOST]], len(ordered)


def counts(site: Site, visitor: Visitor) -> dict[str, int]:
    """How much waits at the places on the left."""
    with site.hub.journal.reading() as connection:
        kinds = [row["kind"] for row in _rows(connection, facts.connection_of(site))]
    return {paths.TASKS: len(kinds), paths.UNMATCHED: kinds.count("unmatched")}


def _rows(connection: Connection, name: str) -> list[Mapping[Any, Any]]:
    """Open tasks with the facts of their message, joined in Python: a subject is text, an id is not."""
    open_ = select(tasks).where(tasks.c.closed_at.is_(None), tasks.c.kind.in_(_URGENT)).order_by(tasks.c.opened_at)
    found = list(connection.execute(open_.limit(1_000)).mappings())
    ids = [message_id for row in found if (message_id := reading.parse_id(row["subject"])) is not None]
    about = (
        select(
            messages.c.id,
            messages.c.kenmerk,
            messages.c.title,
            messages.c.type,
            messages.c.direction,
            case((work.c.code != "", work.c.code), else_=messages.c.code).label("message_code"),
        )
        .outerjoin(work, work.c.message_id == messages.c.id)
        .where(
            messages.c.id.in_(ids),
            or_(messages.c.route == paths.ROUTE, (messages.c.direction == "in") & (messages.c.connection == name)),
        )
    )
    known = {str(row["id"]): row for row in connection.execute(about).mappings()} if ids else {}
    later = select(messages.c.cause).where(messages.c.cause.in_(ids), messages.c.direction == "out")
    corrected = {str(cause) for cause in connection.execute(later).scalars()} if ids else set()
    return [
        {**row, **known[row["subject"]]}
        for row in found
        if row["subject"] in known and not (row["kind"] == "rejected" and row["subject"] in corrected)
    ]


def _reasons(site: Site, subjects: list[str]) -> dict[str, str]:
    reasons = {}
    for subject in subjects[:MOST]:
        view = facts.view_of(site, subject)
        entries = view.timeline if view else ()
        told = next((entry.detail.get("reason") for entry in entries[::-1] if entry.event == "rejected"), None)
        reasons[subject] = str(told or "")
    return reasons


def _urgency(kind: str) -> int:
    return _URGENT.index(kind)


def _row(row: Mapping[Any, Any], reason: str) -> TaskRow:
    help_ = parked_help(row["message_code"] or row["code"])
    incoming = row["direction"] == "in"
    sentence = SENTENCES[row["kind"]].format(
        reason=f": {facts.lower(reason).rstrip('.')}" if reason else "",
        what=facts.lower(help_.what),
        do=help_.do,
        title=incoming_title(row["type"], row["title"]),
    )
    path = paths.unmatched(row["subject"]) if incoming else paths.case(row["subject"])
    reference = "Melding zonder zaak" if incoming else str(row["kenmerk"])
    return TaskRow(row["kind"], reference, sentence.strip(), path, times.from_micros(row["opened_at"]))


def incoming_title(kind: str, title: str) -> str:
    """What came in, as the beginning of a sentence; safe words of the standard."""
    if kind == "notificatieDi01":
        return f"De Raad meldt: {facts.lower(title)}." if title else "De Raad stuurde een melding."
    named = {
        "Bv01Bericht": "De Raad bevestigt een verzoek dat hier niet bekend is.",
        "Fo01Bericht": "De Raad wijst een verzoek af dat hier niet bekend is.",
    }
    return named.get(kind, "De Raad stuurde een bericht dat bij geen verzoek hoort.")
