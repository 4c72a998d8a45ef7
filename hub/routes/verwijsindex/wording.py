"""Every rule in plain Dutch: what is the matter and what to do. Pure; no sentence holds what somebody typed."""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import Finding

#: rule -> sentence.
SENTENCES: Mapping[str, str] = {
    "VI01": "Vul een burgerservicenummer in. Is dat er niet, geef dan achternaam, geboortedatum en geslacht.",
    "VI02": "Met een burgerservicenummer mogen naam en geslacht niet mee: de wet laat dat niet toe. Haal ze weg.",
    "VI03": "Dit burgerservicenummer klopt niet (er is waarschijnlijk een cijfer verwisseld). Kijk het na.",
    "VI04": "Deze geboortedatum ligt in de toekomst. Verbeter de datum.",
    "VI05": "Deze jongere is 23 jaar of ouder. Over hem of haar mag niet worden gemeld.",
    "VI06": "De verwijderdatum moet na vandaag liggen.",
    "VI07": "De verwijderdatum ligt te ver weg: uiterlijk twee jaar na de melding en uiterlijk op de 23e verjaardag.",
    "VI08": "Geef aan of de wettelijk vertegenwoordiger is geïnformeerd, of waarom nog niet.",
    "VI09": "Geef aan of de jongere is geïnformeerd, of waarom nog niet.",
    "VI10": "Onder de 12 jaar informeert u de wettelijk vertegenwoordiger. Haal het antwoord over de jongere weg.",
    "VI11": "Vanaf 16 jaar informeert u de jongere zelf. Haal het antwoord over de wettelijk vertegenwoordiger weg.",
    "VI12": "Deze gemeente gebruikt de verwijsindex niet meer. Nieuwe meldingen en wijzigingen kunnen niet meer worden gedaan; "
    "meldingen die er staan worden op tijd verwijderd.",
    "VI13": "Er is niets dat verandert. Geef andere contactgegevens of een andere verwijderdatum.",
    "VI14": "Er is al een melding met dit nummer.",
    "VI90": "Dit ontbreekt. Vul dit in.",
    "VI91": "Hier staat iets dat niet in een melding mag: de wet noemt precies welke gegevens erin mogen. Haal het weg.",
    "VI92": "Dit is niet goed ingevuld. Kijk welke tekens en welke vorm hier horen.",
}

#: Answers about the information duty.
INFORMED: Mapping[str, str] = {
    "ja": "Ja",
    "nog-niet-veiligheid": "Nog niet: dat is nu niet veilig",
    "nog-niet-bereikt": "Nog niet: ik heb diegene nog niet bereikt",
}
#: Reasons for which a person ends a report.
REASONS: Mapping[str, str] = {
    "onterecht": "De melding was niet terecht",
    "risico-voorbij": "Het risico is voorbij",
    "avg": "Er is bezwaar gemaakt en dat is terecht",
    "overlijden": "De jongere is overleden",
}
#: Those, and the reasons of the clock.
ENDED: Mapping[str, str] = {**REASONS, "termijn": "De termijn is voorbij", "leeftijd": "De jongere is 23 geworden"}
_WHO: Mapping[str, str] = {"jongere": "de jongere", "wettelijkVertegenwoordiger": "de wettelijk vertegenwoordiger"}


def informed(answers: str) -> str:
    """Who knows of a report, from what the tables hold ("jongere: ja, ..."); empty when nothing was asked."""
    told = [one.split(": ") for one in answers.split(", ") if one]
    return "; ".join(f"{_WHO[who]}: {INFORMED[answer].lower()}" for who, answer in told)


def finding(rule: str, field: str) -> Finding:
    """What is wrong, at a JSON Pointer."""
    return Finding(rule, SENTENCES[rule], field=field)


def sentence(found: Finding, document: Mapping[str, object]) -> str:
    """A finding for its author's eyes."""
    del document
    return SENTENCES.get(found.rule, found.message)


def clash(kind: str, value: str) -> Finding | None:
    """The finding that a number is in use."""
    del value
    return finding("VI14", "/meldingId") if kind == "melding" else None
