"""What people call the messages and tasks of this exchange."""

from __future__ import annotations

from hub.contracts.exchange import Words
from hub.routes.plekvrij.route import EVENT_TYPE

WORDS = Words(
    types={EVENT_TYPE: "Opgave van vrije plekken"},
    tasks={
        "plekvrij.expiring": "Een opgave van vrije plekken verloopt bijna",
        "plekvrij.paused": "Een abonnee neemt geen berichten meer aan",
    },
)
