"""A hub's settings for a run: everything as production has it, except for addresses and a folder of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hub.configured import exchange_tables
from hub.crypto.keys import KeyFile
from hub.journal.opening import migrate, open_journal

#: Calls at the same time per worker process.
CONCURRENCY = 32
#: Prefork processes of Celery.
CELERY_PROCESSES = CONCURRENCY
#: Threads that accept in a burst.
ACCEPTING_THREADS = 64
#: Worker processes of the set-up with servers.
WORKERS = 1

_SETTINGS = """\
[hub]
data_dir = "{folder}"

[journal]
url = "{journal}"

[broker]
url = "{broker}"

[keys]
file = "{folder}/keys.toml"

[web]
port = 0
"""

_CONNECTION = """
[connections.{name}]
partner = "corv"
concurrency = {concurrency}
{window}

[connections.{name}.settings]
url = "{partner}"
own = {{ organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }}
partner = {{ organisatie = "00000099000000002000", applicatie = "RvdK-applicatie" }}
"""


#: An address where nobody answers: every call is refused at once.
DEAD = "http://127.0.0.1:1/"


@dataclass(frozen=True, slots=True)
class SetUp:
    """Which servers a hub uses. Embedded when ``journal`` and ``broker`` are absent.

    Attributes:
        partner: Where the connection ``corv`` leads.
        away: Names of more connections, which lead to nobody.
        together: Everything in one process, also with servers.
    """

    folder: Path
    partner: str
    journal: str | None = None
    broker: str | None = None
    concurrency: int = CONCURRENCY
    window: int | None = None
    away: tuple[str, ...] = ()
    together: bool = False

    @property
    def embedded(self) -> bool:
        """Whether there are no servers, so that everything is one process."""
        return self.journal is None

    @property
    def connections(self) -> dict[str, str]:
        """Where each connection leads."""
        return {"corv": self.partner, **dict.fromkeys(self.away, DEAD)}

    def write(self) -> Path:
        """Write settings and keys, make the journal's tables, and return the settings file."""
        journal = self.journal or f"sqlite:///{self.folder}/hub.sqlite3"
        window = f"window_max = {self.window}" if self.window else ""
        text = _SETTINGS.format(folder=self.folder, journal=journal, broker=self.broker or "memory://")
        text += "".join(
            _CONNECTION.format(name=name, partner=url, concurrency=self.concurrency, window=window)
            for name, url in self.connections.items()
        )
        file = self.folder / "hub.toml"
        file.write_text(text)
        KeyFile.generate().create(self.folder / "keys.toml")
        database = open_journal(journal)
        try:
            migrate(database, exchange_tables())
        finally:
            database.close()
        return file


def on_processor(number: int) -> tuple[str, ...]:
    """What starts the busy process of this number on a processor of its own, as the operations manual advises."""
    allowed = sorted(os.sched_getaffinity(0))
    return "taskset", "--cpu-list", str(allowed[number % len(allowed)])
