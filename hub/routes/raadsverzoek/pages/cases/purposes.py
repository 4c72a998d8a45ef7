"""Why somebody opens content: chosen, not typed, so that the access log holds no personal data."""

from __future__ import annotations

from collections.abc import Mapping

#: Name of a choice -> what stands in the access log.
PURPOSES: Mapping[str, str] = {
    "controleren": "Het verzoek controleren of verbeteren",
    "melding": "Een melding van de Raad beoordelen",
    "overleg": "Overleg met de Raad",
    "informeren": "De inbrenger of de ouders informeren",
    "inzage": "Een inzageverzoek of klacht",
}
NO_PURPOSE = "Kies waarvoor u de inhoud nodig hebt."
