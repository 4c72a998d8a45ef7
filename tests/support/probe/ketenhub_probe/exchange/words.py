"""What people call the messages of this exchange."""

from __future__ import annotations

from hub.contracts.exchange import Words

WORDS = Words(types={"order": "Bestelling", "sent": "Verzending"}, tasks={"probe.look": "Het depot heeft iets verzonden"})
