"""The housekeeper apart from its units: its pace, and the copy of the seals outside the database."""

from __future__ import annotations

import threading
from typing import Any

from hub.delivery.housekeeper import Housekeeper
from hub.errors import Unavailable


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
    thread.start()
    threading.Event().wait(1)
    housekeeper.stop()
    thread.join()
    assert 2 <= journal.tries <= 15
