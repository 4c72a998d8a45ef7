"""A hub with a message in every state that people meet."""

from __future__ import annotations

from hub.intake.intake import Taken
from hub.message import Event
from tests.support import berichten
from tests.support.live_site import LiveSite

#: State of each message that ``fill`` makes -> its path, for the tests.
PATHS: dict[str, str] = {}


def fill(site: LiveSite) -> None:
    """Make the messages and an operator."""
    site.user("beheer", "operator")
    for state in ("completed", "rejected", "sent", "retry", "parked", "refused", "cancelled", "waiting"):
        taken = site.accept()
        PATHS[state] = f"/berichten/{taken.message_id}"
        _bring(site, taken, state)
    with site.browser() as partner:
        unknown = berichten.antwoord("Bv01", "onbekend-nummer")
        body = berichten.delivered(berichten.write_bevestiging(unknown, ()), unknown)
        partner.post("/partners/corv", content=body, headers={"Content-Type": "text/xml"}).raise_for_status()


def _bring(site: LiveSite, taken: Taken, state: str) -> None:
    message_id, reference = taken.message_id, taken.reference
    failed = {"attempt": 1, "ms": 30_000, "reached": "maybe"}
    if state in ("completed", "rejected", "sent"):
        site.move(message_id, Event.LEASED, "hurried")
        site.move(message_id, Event.FAILED, "attempt_failed", "timed_out", **failed)
        site.move(message_id, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=2)
    if state in ("completed", "rejected"):
        code = "Bv01" if state == "completed" else "Fo01"
        head = berichten.antwoord(code, reference)
        body = berichten.bv01(reference) if state == "completed" else berichten.fo01(reference)
        with site.browser() as partner:
            sent = berichten.delivered(body, head)
            partner.post("/partners/corv", content=sent, headers={"Content-Type": "text/xml"}).raise_for_status()
    if state == "retry":
        for attempt in (1, 2, 3):
            site.move(message_id, Event.LEASED, "hurried")
            site.move(message_id, Event.FAILED, "attempt_failed", "not_connected", **{**failed, "attempt": attempt})
    if state == "parked":
        site.move(message_id, Event.PARKED, "parked", "attempts_used_up", cause="timed_out", attempt=12)
    if state == "refused":
        site.move(message_id, Event.PARKED, "parked", "refused", partner_code="StUF055", attempt=1)
    if state == "cancelled":
        site.move(message_id, Event.CANCELLED, "cancelled", reason="Het is dubbel")
