"""Destroying contents before their term, because somebody asked for it (AVG, article 17), and again after a restore.

The data key goes, and with it the content; in backups it is gone when the last of those from before has expired. What was
destroyed stands in a list outside the database, because a restored database has forgotten it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from hub.journal import facts, reading
from hub.journal.database import Database, Tx
from hub.journal.reading import MessageView
from hub.journal.units import drafting, keeping, proposing
from hub.message import Caller, MessageId

#: What the timeline says when the list is gone through again.
_AGAIN = "terugzetten van een back-up"


class Destroyed(NamedTuple):
    """What went: messages whose content was there, and how many drafts and proposals that began from them."""

    messages: list[MessageId]
    drafts: int


def case_of(journal: Database, ids: Iterable[MessageId]) -> list[MessageView]:
    """The cases of these messages, oldest first: what was corrected or replaced, by what, and all that came in about it.

    Of a message that came in and is named here, only itself.
    """
    found: dict[MessageId, MessageView] = {}
    wanted = list(ids)
    while wanted:
        view = reading.show(journal, wanted.pop())
        if view is None or view.id in found:
            continue
        found[view.id] = view
        if view.direction == "out":
            earlier = reading.show(journal, view.cause) if view.cause else None
            wanted += [earlier.id] if earlier is not None and earlier.direction == "out" else []
            wanted += [each.id for each in reading.answers_to(journal, view.id)]
    return [found[one] for one in sorted(found)]


def obstacles(journal: Database, views: Sequence[MessageView]) -> dict[MessageId, str]:
    """Why the contents of some of these cannot be destroyed now."""
    to_do = facts.open_task_kinds(journal, [view.id for view in views])
    return {view.id: why for view in views if (why := _obstacle(view, view.id in to_do))}


def _obstacle(view: MessageView, to_do: bool) -> str:
    if not view.has_content:
        return "has no content any more"
    if to_do:
        return "a task about it is open: finish or close that first"
    return "" if view.final_at is not None else f"it is {view.status}: finish that first"


def destroy(journal: Database, ids: Sequence[MessageId], by: Caller, reason: str, file: Path) -> Destroyed:
    """Destroy the contents of these final messages, and the drafts and proposals that began from them.

    The list is written first: a crash in between leaves a line too many, which does what was meant anyway.

    Raises:
        OSError: The list cannot be written; nothing was destroyed.
        Unavailable: The journal is away.
    """
    _write(file, ids, str(by))
    return _destroy(journal, ids, str(by), reason)


def again(journal: Database, by: Caller, file: Path) -> tuple[Destroyed, list[MessageView]]:
    """Destroy what the list says and is there again; also returns what is not final here yet, so that it has to be done later.

    Raises:
        OSError: The list cannot be read.
        Unavailable: The journal is away.
    """
    ids = listed(file)
    done = _destroy(journal, ids, str(by), _AGAIN)
    return done, [view for one in ids if (view := reading.show(journal, one)) is not None and view.has_content]


def listed(file: Path) -> list[MessageId]:
    """The ids in the list, each once. A line that a crash tore is passed over: what it was about was not destroyed.

    Raises:
        OSError: It cannot be read.
    """
    found: dict[MessageId, None] = {}
    for line in file.read_text(encoding="utf-8-sig").splitlines():
        try:
            parsed = reading.parse_id(json.loads(line)["id"])
        except (ValueError, KeyError, TypeError):
            continue
        if parsed is not None:
            found[parsed] = None
    return list(found)


def _destroy(journal: Database, ids: Sequence[MessageId], by: str, reason: str) -> Destroyed:
    done, drafts = list[MessageId](), 0
    for start in range(0, len(ids), keeping.SLICE):
        went = journal.run(_unit, ids[start : start + keeping.SLICE], by, reason)
        done, drafts = done + went.messages, drafts + went.drafts
    return Destroyed(done, drafts)


def _unit(tx: Tx, ids: Sequence[MessageId], by: str, reason: str) -> Destroyed:
    begun = drafting.destroy_begun_from(tx, ids) + proposing.destroy_begun_from(tx, ids)
    return Destroyed(keeping.destroy_on_request(tx, ids, by, reason), begun)


def _write(file: Path, ids: Sequence[MessageId], by: str) -> None:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as lines:
        end = lines.seek(0, os.SEEK_END)
        lines.seek(max(end - 1, 0))
        torn = end > 0 and lines.read(1) != b"\n"  # by a full disk or a power cut
        text = "".join(json.dumps({"id": str(one), "at": now, "by": by}) + "\n" for one in ids)
        lines.write(("\n" if torn else "").encode() + text.encode())
        lines.flush()
        os.fsync(lines.fileno())
