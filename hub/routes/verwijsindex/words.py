"""What people call the messages and tasks of this exchange."""

from __future__ import annotations

from hub.contracts.exchange import Words

WORDS = Words(
    types={
        "virMelding": "Melding in de verwijsindex",
        "virMeldingWijziging": "Wijziging van een melding",
        "virMeldingBeeindiging": "Verwijdering van een melding",
        "virSignaal": "Signaal",
    },
    tasks={
        "verwijsindex.signal": "Er wacht een signaal",
        "verwijsindex.signal_coordinator": "Er wacht een signaal",
        "verwijsindex.runs_out": "Een melding loopt binnenkort af",
        "verwijsindex.no_contact": "Na een signaal is nog geen contact gelegd",
    },
)
