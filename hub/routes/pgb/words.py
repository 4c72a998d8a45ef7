"""What people call the messages and tasks of this exchange."""

from __future__ import annotations

from hub.contracts.exchange import Words

WORDS = Words(
    types={
        "ggk_Di01": "Toekenning PGB",
        "ggk_Du01": "Retour van SVB",
        "PGB501": "Toekenning PGB (501)",
        "PGB502": "Retour (502)",
        "PGB507": "Budgetafsluiting (507)",
        "BAB": "Budgetafsluiting (BAB)",
        "TKB": "Toekenning PGB (TKB)",
        "TKBretour": "Retour (TKB)",
    },
    tasks={
        "pgb.missing_return": "SVB heeft binnen drie werkdagen geen antwoord gegeven",
        "pgb.mismatch": "Een retour van SVB noemt een ander bericht dan waar het bij hoort",
        "pgb.vanished": "Een budget staat niet meer in het bestand",
        "pgb.agreement": "Een zorgovereenkomst wacht op een besluit",
        "pgb.closing": "Een budget is afgesloten met een verschil",
    },
)
