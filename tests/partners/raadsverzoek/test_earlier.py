"""Looking for earlier requests about a child never stands between a caller and the id of what was accepted."""

from __future__ import annotations

from typing import Any

import structlog

from hub.crypto.keyring import Keyring
from hub.errors import Unavailable
from hub.message import new_id
from hub.routes.raadsverzoek.earlier import earlier_requests
from tests.support import raadsverzoeken as rv


class Away:
    """A journal that went away after the commit."""

    def reading(self) -> Any:
        raise Unavailable("away", code="journal_away")


def test_a_journal_that_went_away_after_accepting_leaves_out_the_warning() -> None:
    journal: Any = Away()
    with structlog.testing.capture_logs() as told:
        found = earlier_requests(journal, Keyring.generate(), new_id(), rv.encoded(rv.raadsverzoek()))
    assert found == []
    assert [(one["event"], one["code"]) for one in told] == [("warning_left_out", "journal_away")]
