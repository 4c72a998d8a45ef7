"""The housekeeper apart from its units: its pace, and the copy of the seals outside the database."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from hub.delivery.housekeeper import Housekeeper
from hub.errors import Unavailable
from hub.journal import reading
from hub.journal.opening import migrate, open_journal
from tests.support.processes import wait_until


class Away:
    """A journal that refuses at once, as a server that does not run."""

    tries = 0

    def run(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        self.tries += 1
        raise Unavailable("away", code="journal_away")


def test_a_journal_that_is_away_is_asked_at_the_housekeepers_pace() -> None:
    """Each try is a line in the log: without a pause they fill the disk that the journal needs."""
    journal: Any = Away()
    housekeeper = Housekeeper(journal, pace=0.1)
    thread = threading.Thread(target=housekeeper.run)
    began = time.monotonic()
    thread.start()
    wait_until(lambda: journal.tries >= 10, "ten tries", pause=0.001)
    tries, paces = journal.tries, (time.monotonic() - began) / 0.1
    housekeeper.stop()
    thread.join()
    assert paces >= tries / 2


def test_a_certificate_that_ends_soon_becomes_a_task(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/a.sqlite3")
    migrate(journal)
    looked = threading.Event()

    def certificates() -> tuple[dict[str, str], set[str]]:
        if looked.is_set():
            housekeeper.stop()
        looked.set()
        return {"connections.corv": "certificate_ends"}, set()

    housekeeper = Housekeeper(journal, pace=0.0001, certificates=certificates)
    housekeeper.run()
    (task,) = reading.open_tasks(journal)
    assert (task["kind"], task["subject"], task["code"]) == ("certificate", "connections.corv", "certificate_ends")
    journal.close()
