"""What the journal knows about cases, for many at once and without content: notifications, a person's decisions, tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.assembly import Hub
from hub.journal import facts, reading
from hub.journal.facts import Entry
from hub.journal.reading import MessageView, moment
from hub.message import MessageId
from hub.routes.raadsverzoek import dossier as dossiers
from hub.routes.raadsverzoek.cases import CaseState, Notification, notifications_of, states_of
from hub.routes.raadsverzoek.dossier import Dossier
from hub.routes.raadsverzoek.lists import institutions
from hub.routes.raadsverzoek.pages.cases.paths import ROUTE
from hub.routes.raadsverzoek.pages.of import route_of
from hub.web.site import Site


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known about a case beside its message.

    Attributes:
        sent_at: When the partner's side took over.
        notifications: What the Raad told, oldest first; those that were moved elsewhere are not among them.
        closed_at: When a person closed it.
        reason: Why the Raad rejected it.
        corrected: The message that was sent instead.
        tasks: Kinds of its open tasks.
        ended: Nothing more is expected.
    """

    sent_at: dt.datetime | None = None
    notifications: tuple[Notification, ...] = ()
    closed_at: dt.datetime | None = None
    reason: str = ""
    corrected: MessageId | None = None
    tasks: frozenset[str] = field(default=frozenset())
    ended: bool = False


def lower(text: str) -> str:
    """A text that continues a sentence."""
    return text[:1].lower() + text[1:]


def connection_of(hub: Hub) -> str:
    """The connection that cases go by, empty when the exchange is switched off."""
    route = hub.routes.get(ROUTE)
    return route.connection if route else ""


def dossier(site: Site, message_id: MessageId, size: int) -> Dossier | None:
    """A request and what came back about it, with names: for who may see them, or to draw conclusions without names.

    Raises:
        Throttled: Too many large requests are open at once.
    """
    names = institutions(site.hub.config, connection_of(site.hub))
    with site.hub.budget.take(2 * size):
        return dossiers.dossier(site.hub.journal, site.hub.keyring, message_id, institutions=names)


def phone(site: Site) -> str:
    """The number of the Raad, as the settings have it."""
    route = route_of(site.hub)
    return route.settings.telefoon_raad if route else ""


def case_facts(site: Site, views: Sequence[MessageView]) -> dict[MessageId, CaseFacts]:
    """Facts about these cases, with a fixed number of queries."""
    ids = [view.id for view in views]
    if not ids:
        return {}
    journal = site.hub.journal
    states, notifications = states_of(journal, ids), notifications_of(journal, ids)
    entries: dict[MessageId, list[Entry]] = {message_id: [] for message_id in ids}
    for entry in facts.entries_of(journal, ids, ("taken_over", "rejected")):
        entries[entry.message_id].append(entry)
    corrected, kinds = facts.successors_of(journal, ids), facts.open_task_kinds(journal, ids)
    return {
        view.id: _facts(
            entries[view.id],
            states.get(view.id, CaseState()),
            tuple(notifications[view.id]),
            corrected.get(view.id),
            frozenset(kinds.get(view.id, ())),
        )
        for view in views
    }


def _facts(
    entries: Sequence[Entry],
    state: CaseState,
    notifications: tuple[Notification, ...],
    corrected: MessageId | None,
    kinds: frozenset[str],
) -> CaseFacts:
    sent_at, reason = None, ""
    for entry in entries:
        if entry.event == "taken_over":
            sent_at = moment(entry.at)
        else:
            reason = str(entry.detail.get("reason") or "")
    asks = "rejected" in kinds and corrected is None and state.closed_at is None
    return CaseFacts(sent_at, notifications, state.closed_at, reason, corrected, kinds, state.ended and not asks)


def view_of(site: Site, id_text: str) -> MessageView | None:
    """The request of this id, None when there is none."""
    message_id = reading.parse_id(id_text)
    view = reading.show(site.hub.journal, message_id) if message_id else None
    return view if view is not None and view.direction == "out" and view.route == ROUTE else None
