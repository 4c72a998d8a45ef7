"""Destroying contents before their term, because somebody asked for it (AVG, article 17), and again after a restore.

The data key goes, and with it the content; in backups it is gone when the last of those from before has expired. What was
destroyed stands in a list outside the database, because a restored database has forgotten it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from pathlib import Path

from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.units import keeping
from hub.message import Caller, MessageId


def case_of(journal: Database, ids: Sequence[MessageId]) -> list[MessageView]:
    """These messages, each followed by what came in about it: a case goes as a whole."""
    found: dict[MessageId, MessageView] = {}
    for one in ids:
        view = reading.show(journal, one)
        if view is None:
            continue
        about = reading.answers_to(journal, one) if view.direction == "out" else []
        found |= {each.id: each for each in (view, *(each for each in about if each.direction == "in"))}
    return list(found.values())


def why_not(view: MessageView) -> str:
    """Why the content of a message cannot be destroyed now; empty when it can."""
    if not view.has_content:
        return "has no content any more"
    if view.final_at is None:
        waits = "somebody must still decide about it" if view.direction == "in" else f"it is {view.status}"
        return f"{waits}: finish that first"
    return ""


def destroy(journal: Database, ids: Sequence[MessageId], by: Caller, reason: str, file: Path) -> list[MessageId]:
    """Destroy the contents of these final messages; returns those of which there was content to destroy.

    The list is written first: a crash in between leaves a line too many, which does what was meant anyway.

    Raises:
        OSError: The list cannot be written; nothing was destroyed.
        Unavailable: The journal is away.
    """
    _write(file, ids, str(by))
    return journal.run(keeping.destroy_on_request, list(ids), str(by), reason)


def again(journal: Database, by: Caller, file: Path) -> list[MessageId]:
    """Destroy what the list says and is there again; returns what that was.

    Raises:
        OSError: The list cannot be read.
        Unavailable: The journal is away.
    """
    return journal.run(keeping.destroy_on_request, listed(file), str(by), "terugzetten van een back-up")


def listed(file: Path) -> list[MessageId]:
    """The ids in the list, each once. A line that a crash tore is passed over: what it was about was not destroyed.

    Raises:
        OSError: It cannot be read.
    """
    found: dict[MessageId, None] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            parsed = reading.parse_id(json.loads(line)["id"])
        except (ValueError, KeyError, TypeError):
            continue
        if parsed is not None:
            found[parsed] = None
    return list(found)


def _write(file: Path, ids: Sequence[MessageId], by: str) -> None:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write("".join(json.dumps({"id": str(one), "at": now, "by": by}) + "\n" for one in ids))
        lines.flush()
        os.fsync(lines.fileno())
