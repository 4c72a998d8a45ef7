"""What is wrong with a draft, told in sentences for its author's eyes and brought to the fields they are about.

The rules are those of the document, the same at every door. Two of them only the journal knows: whether the case number is in
use (RV02) and whether a child is in a request that still runs (RV28).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hub.assembly import Hub
from hub.errors import Finding, HubError
from hub.journal import facts, stamp
from hub.message import MessageId
from hub.routes.raadsverzoek import wording
from hub.routes.raadsverzoek.attachments import megabytes
from hub.routes.raadsverzoek.earlier import running_request
from hub.routes.raadsverzoek.pages.form.landing import Spot, landing
from hub.routes.raadsverzoek.pages.form.state import State, to_document
from hub.routes.raadsverzoek.pages.of import route_of
from hub.telemetry import LogEvent, get_logger

log = get_logger("hub.web")


class Problem(NamedTuple):
    """A finding at its field. ``mark`` recognises a warning that was agreed with; ``link`` leads to another request."""

    rule: str
    sentence: str
    spot: Spot
    severity: str
    mark: str
    link: str = ""


def problems(hub: Hub, state: State, cause: MessageId | None = None) -> list[Problem]:
    """Everything to mend or to agree with, in the order of the rules.

    A fault in a rule never closes a draft: it is logged, and told as an error that no input mends, so the author can still read
    and change what was typed.

    Args:
        cause: The message that this draft corrects; it does not stand in its own way.

    Raises:
        HubError: The journal is away.
    """
    try:
        return _problems(hub, state, cause)
    except HubError:
        raise
    except Exception as error:
        log.error(LogEvent.FAULT_MET, exc_info=error)
        return [Problem("RV97", wording.finding("RV97", "").message, landing("", state), "error", "")]


def _problems(hub: Hub, state: State, cause: MessageId | None) -> list[Problem]:
    route = route_of(hub)
    assert route is not None, "the form is there only where the route is"
    document = to_document(state)
    encoded = json.dumps(document, ensure_ascii=False).encode()
    found = route.check(encoded, stamp.date_of(time.time_ns() // 1000))
    if not any(one.rule == "RV01" for one in found):
        found += _size(state, route.settings.max_content_bytes)
    links: dict[int, str] = {}
    if used := _kenmerk_used(hub, state, cause):
        found.append(used)
    for one, link in _children_elsewhere(hub, state, cause):
        links[len(found)] = link
        found.append(one)
    return list(_told(found, links, state, document))


def _told(found: list[Finding], links: Mapping[int, str], state: State, document: Mapping[str, object]) -> Iterator[Problem]:
    """The findings as problems; what would say the same at the same input twice is said once."""
    seen: set[tuple[Spot, str]] = set()
    for index, one in enumerate(found):
        spot = landing(one.field, state)
        sentence = wording.sentence(one, document)
        if (spot, sentence) in seen:
            continue
        seen.add((spot, sentence))
        mark = hashlib.sha256(f"{one.rule}|{one.field}|{sentence}".encode()).hexdigest()[:16]
        yield Problem(one.rule, sentence, spot, one.severity, mark, links.get(index, ""))


def _size(state: State, most: int) -> Iterator[Finding]:
    """RV20, from the sizes that were noted: the files themselves are not read for this."""
    if state.size > most:
        yield wording.finding("RV20", "/documenten", x=megabytes(state.size), max=megabytes(most))


def _kenmerk_used(hub: Hub, state: State, cause: MessageId | None) -> Finding | None:
    """RV02."""
    kenmerk = state.request.get("kenmerk", "").strip()
    if not kenmerk:
        return None
    holders = facts.holders_of(hub.journal, "kenmerk", kenmerk)
    return wording.kenmerk_used(kenmerk) if holders - {cause} else None


def _children_elsewhere(hub: Hub, state: State, cause: MessageId | None) -> Iterator[tuple[Finding, str]]:
    """RV28, with the path of the earlier request."""
    for index, child in enumerate(state.children):
        bsn = child.get("bsn", "").replace(" ", "").replace(".", "")
        if len(bsn) != 9 or not (bsn.isascii() and bsn.isdigit()):
            continue
        apart_from = frozenset() if cause is None else frozenset({cause})
        view = running_request(hub.journal, hub.keyring, bsn, apart_from=apart_from)
        if view is not None:
            yield wording.child_in_earlier_request(index, view.kenmerk), case_path(view.id)


def case_path(message_id: MessageId) -> str:
    """The page of a request that was sent."""
    return f"/raadsverzoeken/{message_id}"
