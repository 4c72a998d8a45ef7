"""What the codes of a return mean, and what to do, in plain Dutch: a table of ours.

Codes are those of list WJ001 of the iStandaarden and of the fault messages of the envelope. The same code meant different
things in lists of different years, so the list is kept with the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Meaning(NamedTuple):
    """What is the matter, and what to do about it."""

    what: str
    do: str


_CORRECT = "Verbeter het in uw systeem. De volgende wijziging van dit budget wordt vanzelf verstuurd."
_OPERATOR = "Meld dit bij de beheerder; aan de toekenning zelf hoeft niets te veranderen."

CODES: Mapping[str, Mapping[str, Meaning]] = {
    "WJ001": {
        "0001": Meaning("Het bericht is om technische redenen afgekeurd", _OPERATOR),
        "8848": Meaning("De dagtekening ligt in de toekomst", _OPERATOR),
        "9056": Meaning("Het nummer van het bericht is al eerder gebruikt", _OPERATOR),
        "S300": Meaning("De gemeentecode is niet geldig", "Controleer bij welke gemeente dit budget hoort. " + _CORRECT),
        "S329": Meaning("De productcode is niet geldig", "Controleer de functie van elk functiebudget. " + _CORRECT),
        "9063": Meaning("Er is geen eerder bericht waar dit bij hoort", "Controleer het oude budgetnummer. " + _CORRECT),
        "9074": Meaning("Er is al een bericht met dezelfde gegevens", "Controleer of dit budget dubbel is opgevoerd."),
    },
    "Fo01": {
        "IB001": Meaning("Het bericht voldoet niet aan het schema", _OPERATOR),
        "IB002": Meaning("Uw organisatie mag het knooppunt niet gebruiken", _OPERATOR),
        "IB003": Meaning("Het bericht is te groot", _OPERATOR),
        "IB004": Meaning("Dit soort bericht wordt niet ondersteund", _OPERATOR),
        "IB005": Meaning("De gemeentecode is niet bekend bij het knooppunt", _OPERATOR),
        "IB006": Meaning("Het zendende systeem mag dit soort bericht niet sturen", _OPERATOR),
        "IB007": Meaning("Deze organisatie mag dit soort bericht niet sturen", _OPERATOR),
        "IB016": Meaning("Het referentienummer is al eerder gebruikt", _OPERATOR),
        "IB023": Meaning("Dit soort bericht staat uit bij het knooppunt", _OPERATOR),
        "StUF055": Meaning("Het bericht voldoet niet aan het schema", _OPERATOR),
    },
}
_UNKNOWN = Meaning("De reden staat niet in onze lijst (code {code})", "Zoek de code op in de codelijst, of bel met SVB.")


def meaning(code: str, lijst: str = "WJ001") -> Meaning:
    """What a code means; one that is not known is told as such. A code itself is no personal data."""
    found = CODES.get(lijst, {}).get(code)
    return found or Meaning(_UNKNOWN.what.format(code=code if code.isalnum() else "onbekend"), _UNKNOWN.do)


def codes_in(text: str) -> list[tuple[str, str]]:
    """(place, code) of each code as the ledger keeps them."""
    return [(place, code) for place, _, code in (one.partition("=") for one in text.split())]
