"""What the journal knows about cases, for many at once and without content: notifications, a person's decisions, tasks."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from hub.errors import Throttled
from hub.journal import reading
from hub.journal.reading import MessageView, moment
from hub.journal.tables import messages, tasks, timeline
from hub.message import MessageId, Status
from hub.routes.raadsverzoek import dossier as dossiers
from hub.routes.raadsverzoek.dossier import Dossier
from hub.routes.raadsverzoek.lists import institutions
from hub.routes.raadsverzoek.pages.cases.paths import ROUTE
from hub.routes.raadsverzoek.pages.of import route_of
from hub.routes.raadsverzoek.sentences import Notification

if TYPE_CHECKING:
    from hub.web.site import Site

_EVENTS = ("taken_over", "notified", "notification_moved", "case_closed", "case_reopened", "rejected")
#: Statuses after which nothing is expected of the Raad.
ENDED = frozenset({Status.REJECTED, Status.CANCELLED, Status.REPLACED, Status.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Told:
    """A notification at a case: closed words of the standard, no content."""

    at: dt.datetime
    status: str
    result: str

    @property
    def title(self) -> str:
        """Status and result in a line."""
        return f"{self.status}: {lower(self.result)}" if self.result else self.status


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a case beside its message.

    Attributes:
        sent_at: When the partner's side took over.
        told: Its notifications, oldest first; those that were moved elsewhere are not among them.
        closed_at: When a person closed it.
        reason: Why the Raad rejected it.
        corrected: The message that was sent instead.
        tasks: Kinds of its open tasks.
        ended: Nothing more is expected.
    """

    sent_at: dt.datetime | None = None
    told: tuple[Told, ...] = ()
    closed_at: dt.datetime | None = None
    reason: str = ""
    corrected: MessageId | None = None
    tasks: frozenset[str] = field(default=frozenset())
    ended: bool = False


def lower(text: str) -> str:
    """A text that continues a sentence."""
    return text[:1].lower() + text[1:]


class Ends:
    """Remembers which cases have ended as far as the children are concerned; that takes opening the request.

    No name is kept, only the verdict, beside the number of entries that it was given by. Thread-safe.
    """

    #: Verdicts that are remembered; the ones that were used longest ago go first.
    REMEMBERED = 10_000

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: OrderedDict[MessageId, tuple[int, bool]] = OrderedDict()
        self._lock = threading.Lock()

    def ended(self, message_id: MessageId, entries: int, size: int) -> bool:
        """Whether the Raad has finished with every child; asked only of cases about which something final was told.

        Args:
            entries: Of the timelines of the request and of what came in about it; more of them may change the verdict.
            size: Of the request, in bytes.
        """
        with self._lock:
            known = self._known.get(message_id)
        if known is None or known[0] != entries:
            try:
                found = dossier(self._site, message_id, size)
            except Throttled:
                return False  # not now; the next page asks again
            known = (entries, found is not None and _all_done(found))
        with self._lock:
            self._known[message_id] = known
            self._known.move_to_end(message_id)
            while len(self._known) > self.REMEMBERED:
                self._known.popitem(last=False)
        return known[1]


def connection_of(site: Site) -> str:
    """The connection that cases go by, empty when the exchange is switched off."""
    route = site.hub.routes.get(ROUTE)
    return route.connection if route else ""


def dossier(site: Site, message_id: MessageId, size: int) -> Dossier | None:
    """A request and what came back about it, with names: for who may see them, or to draw conclusions without names.

    Raises:
        Throttled: Too many large requests are open at once.
    """
    names = institutions(site.hub.config, connection_of(site))
    with site.hub.budget.take(2 * size):
        return dossiers.dossier(site.hub.journal, site.hub.keyring, message_id, institutions=names)


def _all_done(found: Dossier) -> bool:
    """Without content nobody knows the children any more; then the last that was told decides."""
    return all(child.closed for child in found.children) if found.children else found.content_gone


def phone(site: Site) -> str:
    """The number of the Raad, as the settings have it."""
    route = route_of(site.hub)
    return route.settings.telefoon_raad if route else ""


def facts_of(site: Site, views: Sequence[MessageView], ends: Ends) -> dict[MessageId, Facts]:
    """Facts about these cases, with a fixed number of queries."""
    ids = [view.id for view in views]
    if not ids:
        return {}
    with site.hub.journal.reading() as connection:
        entries: dict[MessageId, list[Mapping[Any, Any]]] = {message_id: [] for message_id in ids}
        wanted = select(timeline).where(timeline.c.message_id.in_(ids), timeline.c.event.in_(_EVENTS))
        for row in connection.execute(wanted.order_by(timeline.c.message_id, timeline.c.seq)).mappings():
            entries[row["message_id"]].append(row)
        own = select(messages.c.id, messages.c.seq).where(messages.c.id.in_(ids))
        counts: dict[MessageId, int] = {row.id: int(row.seq) for row in connection.execute(own)}
        about = select(messages.c.cause, func.sum(messages.c.seq)).where(messages.c.cause.in_(ids)).group_by(messages.c.cause)
        for cause, seqs in connection.execute(about):
            counts[cause] += 1_000 * int(seqs)
        later = select(messages.c.cause, messages.c.id).where(messages.c.cause.in_(ids), messages.c.direction == "out")
        corrected: dict[MessageId, MessageId] = {row.cause: row.id for row in connection.execute(later.order_by(messages.c.id))}
        open_ = select(tasks.c.subject, tasks.c.kind).where(
            tasks.c.closed_at.is_(None), tasks.c.subject.in_([str(message_id) for message_id in ids])
        )
        kinds: dict[str, set[str]] = {}
        for subject, kind in connection.execute(open_):
            kinds.setdefault(subject, set()).add(kind)
    return {
        view.id: _facts(
            view,
            entries[view.id],
            corrected.get(view.id),
            frozenset(kinds.get(str(view.id), ())),
            lambda view=view: ends.ended(view.id, counts[view.id], view.size),
        )
        for view in views
    }


def _facts(
    view: MessageView,
    entries: Sequence[Mapping[Any, Any]],
    corrected: MessageId | None,
    kinds: frozenset[str],
    all_children_done: Any,
) -> Facts:
    told: dict[str, Told] = {}
    sent_at, closed_at, reason = None, None, ""
    for row in entries:
        at, detail = moment(row["at"]), json.loads(row["detail"])
        match row["event"]:
            case "taken_over":
                sent_at = at
            case "notified":
                told[detail["message"]] = Told(at, str(detail.get("status", "")), str(detail.get("result", "")))
            case "notification_moved":
                told.pop(detail["message"], None)
            case "case_closed" | "case_reopened" as event:
                closed_at = at if event == "case_closed" else None
            case "rejected":
                reason = str(detail.get("reason") or "")
    found = tuple(told.values())
    if view.status in ENDED:
        ended = closed_at is not None or corrected is not None or "rejected" not in kinds
    elif closed_at is not None:
        ended = True
    else:
        ended = any(Notification("", one.status, one.result).closes for one in found) and all_children_done()
    return Facts(sent_at, found, closed_at, reason, corrected, kinds, ended)


def view_of(site: Site, id_text: str) -> MessageView | None:
    """The request of this id, None when there is none."""
    message_id = reading.parse_id(id_text)
    view = reading.show(site.hub.journal, message_id) if message_id else None
    return view if view is not None and view.direction == "out" and view.route == ROUTE else None
