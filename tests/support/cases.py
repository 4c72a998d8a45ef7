"""The Raad, as far as the secretary's pages are concerned: it takes over, answers and notifies. Synthetic persons only."""

from __future__ import annotations

from collections.abc import Mapping

from hub.intake.intake import Taken
from hub.journal import reading
from hub.journal.database import Statement, Tx
from hub.journal.units import keeping
from hub.message import Event, MessageId
from hub.simulators.corv import notifications
from hub.standards.stuf import Stuurgegevens, new_reference, stamp
from tests.support import berichten
from tests.support.live_site import LiveSite

#: The child of ``raadsverzoeken.raadsverzoek``, as the Raad names it.
NOOR = {"inp.bsn": "999999047", "geslachtsnaam": "Voorbeeld", "voornamen": "Noor", "geboortedatum": "20150309"}
#: A child that no request of the tests is about.
STRANGER = {"inp.bsn": "111222333", "geslachtsnaam": "Vreemdeling", "voornamen": "Kaj", "geboortedatum": "20180101"}

_LATE = Statement("UPDATE work SET next_at = hub_now() - 1 WHERE message_id = :id")


class Raad:
    """Moves messages of a site as the engine would, and posts what the Raad sends."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site

    def takes_over(self, taken: Taken) -> None:
        """The Raad's side takes a request over."""
        self._site.move(taken.message_id, Event.LEASED, "hurried")
        self._site.move(taken.message_id, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=1)

    def is_away(self, taken: Taken, attempts: int = 2) -> None:
        """Attempts that did not reach it."""
        for attempt in range(1, attempts + 1):
            self._site.move(taken.message_id, Event.LEASED, "hurried")
            self._site.move(taken.message_id, Event.FAILED, "attempt_failed", "not_connected", attempt=attempt, reached="no")

    def keeps_silent(self, taken: Taken) -> None:
        """No answer within the time, and the housekeeper notices."""
        self.takes_over(taken)
        self._site.hub.journal.run(_make_late, taken.message_id)
        assert self._site.hub.journal.run(keeping.mark_overdue) == 1

    def confirms(self, taken: Taken) -> None:
        """A business confirmation."""
        self._post(berichten.bv01(taken.reference), berichten.antwoord("Bv01", taken.reference))

    def rejects(self, taken: Taken) -> None:
        """A business rejection."""
        self._post(berichten.fo01(taken.reference), berichten.antwoord("Fo01", taken.reference))

    def notifies(
        self,
        kenmerk: str,
        child: Mapping[str, str] = NOOR,
        *,
        status: str = "Intake afgerond",
        resultaat: str = "",
        decision: Mapping[str, str] | None = None,
    ) -> MessageId:
        """A notification about one child; without a kenmerk the Raad began by itself."""
        reference = new_reference()
        body = notifications.write(
            berichten.RAAD, berichten.OURS, kenmerk, child, status=status, resultaat=resultaat, decision=decision,
            reference=reference,
        )  # fmt: skip
        head = Stuurgegevens("Di01", berichten.RAAD, berichten.OURS, reference, stamp(), functie="notificatieDi01")
        self._post(body, head)
        newest = reading.list_messages(self._site.hub.journal, reading.Filter(direction="in", most=1))
        return newest[0].id

    def _post(self, body: bytes, head: Stuurgegevens) -> None:
        with self._site.browser() as partner:
            sent = berichten.delivered(body, head)
            partner.post("/partners/corv", content=sent, headers={"Content-Type": "text/xml"}).raise_for_status()


def _make_late(tx: Tx, message_id: MessageId) -> None:
    tx.run(_LATE, id=message_id)
