"""Messages that were accepted under other settings than those of now."""

from __future__ import annotations

import pytest

from hub.journal.units import claiming
from tests.support.desk import Desk

SWITCHED_OFF = "\n[routes.raadsverzoek]\nenabled = false\n"
MOVED = """
[routes.raadsverzoek]
connection = "nieuw"

[connections.nieuw]
partner = "corv"

[connections.nieuw.settings]
url = "http://127.0.0.1:1/digikoppeling"
own = { organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }
partner = { organisatie = "00000002003214436001_OTA", applicatie = "RvdK-applicatie" }
"""


@pytest.mark.parametrize("more", [SWITCHED_OFF, MOVED], ids=["switched off", "moved to another connection"])
def test_what_was_accepted_before_still_goes(desk: Desk, more: str) -> None:
    sent = desk.send()
    desk.config_file.write_text(desk.config_file.read_text() + more)
    with desk.hub() as hub:
        assert "corv" in hub.sending_connections(), "it has no worker"
        given = hub.journal.run(claiming.claim, "corv", hub.routes_of("corv"), 10, 60_000_000).tickets
    assert [str(one.message_id) for one in given] == [sent]
