"""A watched folder on a bench: a real intake on a SQLite journal, and words to put documents in and to look what came of them.

Run as a program it watches one folder until it is killed: ``python -m tests.support.folders FOLDER DATA``.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from hub import configured
from hub.config import FolderSettings
from hub.configured import document_of
from hub.contracts.exchange import EffectsMaking
from hub.crypto.keyring import Keyring
from hub.errors import Finding
from hub.intake.folder import FolderDoor
from hub.intake.intake import Intake
from hub.journal import reading
from hub.journal.effects import EffectsTable
from hub.journal.opening import migrate, open_journal
from hub.journal.reading import Filter, MessageView
from hub.journal.units import connections
from hub.message import MessageId
from tests.support import raadsverzoeken as rv

#: Longer ago than any test settles.
OLD = 3600.0


class Clock:
    """Monotonic seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A folder ``inbox`` and its door. Call ``close`` at the end.

    Args:
        folder: Where everything lives; the same folder again goes on where it was.
        clock: Of the door.
        settings: Over those of the door.
    """

    def __init__(self, folder: Path, *, clock: Any = time.monotonic, **settings: Any) -> None:
        self.inbox = folder / "inbox"
        self.inbox.mkdir(mode=0o770, exist_ok=True)
        self.journal = open_journal(f"sqlite:///{folder}/hub.sqlite3")
        migrate(self.journal, configured.exchange_tables())
        self.journal.run(connections.ensure, [("corv", "corv", 8)])
        self.keyring = Keyring.load_or_create(folder / "keys.toml")
        routes = {"raadsverzoek": rv.route()}
        making = EffectsMaking(routes=lambda: routes, keyring=lambda: self.keyring)
        self.journal.effects = EffectsTable(configured.effects(making))
        self.intake = Intake(self.journal, self.keyring, routes)
        given = FolderSettings.model_validate(
            {"path": self.inbox, "route": "raadsverzoek", "poll_seconds": 0.05, "settle_seconds": 1, **settings}
        )
        self.door = FolderDoor(
            given,
            name="test",
            intake=self.intake,
            keyring=self.keyring,
            sentence=document_of("raadsverzoek").sentence,
            earlier=self._earlier,
            clash=document_of("raadsverzoek").clash,
            clock=clock,
        )

    def _earlier(self, message_id: MessageId, content: bytes) -> list[Finding]:
        look = document_of("raadsverzoek").earlier
        return look(self.journal, self.keyring, message_id, content)

    def close(self) -> None:
        self.intake.close()
        self.journal.close()

    def put(self, name: str, content: bytes | dict[str, Any], *, age: float = OLD) -> Path:
        """Put a file in the inbox that was last written ``age`` seconds ago (its change time stays today's)."""
        path, made = self.inbox / name, self.inbox.parent / "wordt-geschreven"
        made.write_bytes(content if isinstance(content, bytes) else rv.encoded(content))
        os.utime(made, (time.time() - age,) * 2)
        return made.rename(path)  # a door that runs sees it whole or not at all

    def messages(self) -> list[MessageView]:
        """Every message, newest first."""
        return reading.list_messages(self.journal, Filter())

    def here(self) -> list[str]:
        """Everything in the folder, as relative paths, without the three folders of the hub themselves."""
        own = {".bezig", "klaar", "afgekeurd"}
        found = (str(path.relative_to(self.inbox)) for path in self.inbox.rglob("*"))
        return sorted(path for path in found if path not in own)

    def read(self, path: str) -> Any:
        """A JSON file in the folder."""
        return json.loads((self.inbox / path).read_text(encoding="utf-8"))


def with_files(kenmerk: str | None = "MAP-2026-000001", **changes: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A raadsverzoek that names its files, and those files."""
    document = copy.deepcopy(rv.raadsverzoek(kenmerk, **changes))
    files = {}
    for item in document["documenten"]:
        name = item.pop("bestandsnaam")
        item.pop("mediatype")
        item.pop("datum")
        files[name] = base64.b64decode(item.pop("inhoud")) + b"\n%%EOF\n"
        item["bestand"] = name
    return document, files


def settle(bench: Bench, clock: Clock) -> int:
    """Two looks, with time enough between them for everything to be whole."""
    first = bench.door.round()
    clock.now += 2
    return first + bench.door.round()


def put_with_files(bench: Bench, name: str = "X.json", **changes: Any) -> list[str]:
    document, files = with_files(**changes)
    for each, content in files.items():
        bench.put(each, content)
    bench.put(name, document)
    return list(files)


def main() -> None:
    """Watch until killed."""
    bench = Bench(Path(sys.argv[1]), settle_seconds=0)
    bench.door.run()


if __name__ == "__main__":
    main()
