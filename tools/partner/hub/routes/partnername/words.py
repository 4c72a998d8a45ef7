"""What people call the messages and events of this exchange."""

from __future__ import annotations

from hub.contracts.exchange import Words

# fill in: a name for every message type, and a sentence for every event and task that this exchange adds
WORDS = Words(types={"partnername_message": "Bericht aan PartnerName"})
