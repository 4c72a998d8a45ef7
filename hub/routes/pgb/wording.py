"""The Dutch sentences about a toekenning. They name rule and place, never a value, so that they may be logged."""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import Finding

SENTENCES: Mapping[str, str] = {
    "PG01": "Dit burgerservicenummer klopt niet (er is waarschijnlijk een cijfer verwisseld). Vergelijk het met de "
    "registratie.",
    "PG02": "De einddatum ligt voor de begindatum. Verbeter een van de twee.",
    "PG03": "Dit functiebudget valt buiten de periode van het budget. Verbeter de datums.",
    "PG04": "Dit functiebudget overlapt met een ander functiebudget van dezelfde functie. Laat ze op elkaar aansluiten.",
    "PG05": "De functiebudgetten zijn samen meer dan het budget. Verbeter een van de bedragen.",
    "PG06": "Er moet precies één contactadres zijn; er zijn er nu {n}. Kies welk adres het contactadres is.",
    "PG07": "De afgiftedatum ligt in de toekomst. Verbeter de datum.",
    "PG08": "Voor hetzelfde product loopt in deze periode ook zorg in natura. PGB en zorg in natura mogen niet overlappen.",
    "PG09": "De geboortedatum ligt in de toekomst. Verbeter de datum.",
    "PG10": "In dit nummer staat een burgerservicenummer. Gebruik een nummer uit uw eigen systeem waar geen BSN in staat.",
    "PG11": "Voor deze gemeente is niet ingesteld hoe toekenningen worden verstuurd. Meld dit bij de beheerder.",
    "PG12": "Het oude budgetnummer is gelijk aan het nieuwe. Laat het oude nummer weg.",
    "PG13": "Het budget is niet ingetrokken maar het bedrag is nul. Vul het bedrag in, of geef aan dat het is ingetrokken.",
    "PG14": "Van dit budget is al een nieuwere wijziging aangeboden. Deze oudere stand wordt niet verstuurd.",
    "PG20": "Het bericht wordt te groot: er past 25 MB in.",
    "PG30": "Deze overeenkomst staat al in de lijst: het kenmerk is hetzelfde. Zoek haar op in het overzicht.",
    "PG31": "De datum van ontvangst ligt in de toekomst. Verbeter de datum.",
    "PG32": "Beantwoord deze vraag met ja of nee.",
    "PG33": "Kies wat u besluit.",
    "PG34": "Akkoord kan niet als een van de vragen met nee is beantwoord. Kijk de antwoorden na, of kies niet akkoord.",
    "PG35": "Kies waarom u niet akkoord gaat.",
    "PG36": "Het maximumtarief is nul. Vul in wat er hoogstens betaald mag worden.",
    "PG37": "Het tarief is hoger dan het maximum. Kijk het na, of antwoord nee.",
    "PG90": "{veld} ontbreekt. Vul dit in.",
    "PG91": "{veld} heeft niet de goede vorm{uitleg}.",
    "PG92": "Hier staat een veld dat niet bekend is. Haal het weg of verbeter de naam.",
    "PG93": "{veld} bevat een onzichtbaar teken dat niet verstuurd kan worden. Typ de tekst opnieuw.",
}

#: What people call a field.
LABELS: Mapping[str, str] = {
    "gemeente": "De gemeentecode",
    "budgetnummer": "Het budgetnummer",
    "budgetnummerOud": "Het oude budgetnummer",
    "beschikkingsnummer": "Het beschikkingsnummer",
    "mutatie": "Het nummer of moment van de wijziging",
    "afgiftedatum": "De afgiftedatum",
    "begindatum": "De begindatum",
    "einddatum": "De einddatum",
    "bedrag": "Het bedrag",
    "ingetrokken": "Ingetrokken",
    "budgethouder": "De budgethouder",
    "bsn": "Het burgerservicenummer",
    "geboortedatum": "De geboortedatum",
    "geslachtsnaam": "De achternaam",
    "voorvoegsel": "Het tussenvoegsel",
    "voornamen": "De voornamen",
    "voorletters": "De voorletters",
    "adressen": "Het adres",
    "straat": "De straat",
    "huisnummer": "Het huisnummer",
    "huisletter": "De huisletter",
    "toevoeging": "De toevoeging",
    "postcode": "De postcode",
    "plaats": "De plaats",
    "telefoon": "Het telefoonnummer",
    "email": "Het e-mailadres",
    "soort": "De soort",
    "relaties": "De relaties",
    "functiebudgetten": "De functiebudgetten",
    "functie": "De functie",
    "zorgInNatura": "De zorg in natura",
    "product": "Het product",
    "reeks": "De reeks",
    "kenmerk": "Het kenmerk",
    "ontvangen": "De datum van ontvangst",
    "tarief": "Het tarief",
    "maximum": "Het maximumtarief",
    "eenheid": "De eenheid",
}


def label(pointer: str) -> str:
    """What people call the field at a JSON Pointer."""
    return LABELS.get(pointer.rpartition("/")[2], "Dit onderdeel")


def finding(rule: str, pointer: str, *, severity: str = "error", **values: object) -> Finding:
    """A finding of a rule at a JSON Pointer. ``values`` are numbers and words of ours only."""
    text = SENTENCES[rule].format_map({"veld": label(pointer), "uitleg": "", **values})
    return Finding(rule, text, field=pointer, severity=severity)


def sentence(found: Finding, document: Mapping[str, object]) -> str:
    """The finding's sentence for its author's eyes: places are enough, names are not needed."""
    del document
    return found.message


def clash(kind: str, value: str) -> Finding | None:
    """No number of a toekenning is refused because another message has it."""
    del kind, value
    return None
