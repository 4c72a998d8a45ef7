"""The Dutch sentences about a raadsverzoek, each in two forms.

``Finding.message`` names rule and place ("kind 1") and may be logged. ``sentence`` puts the names of the document in and is
for the eyes of the person who filled it in only. Rules RV01 to RV28 are those of the domain page, section 3; RV90 and up are
about the shape of the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hub.errors import Finding

#: Sentence per rule; a word after the dot tells the ways in which one rule may be broken apart.
SENTENCES: Mapping[str, str] = {
    "RV01": "Bij acuut gevaar gaat een verzoek niet via dit systeem. Bel de Raad; uw concept blijft bewaard.",
    "RV02": "Zaaknummer {kenmerk} is al eerder verstuurd. Kies een nieuw nummer, of bel de Raad als u dat verzoek wilt "
    "aanvullen of intrekken.",
    "RV03.kind": "Er staat nog geen kind in dit verzoek. Voeg minstens één kind toe.",
    "RV03.betrokkene": "Er staat nog geen betrokkene in dit verzoek. Voeg minstens één betrokkene toe.",
    "RV03.document": "Er staat nog geen document in dit verzoek. Voeg minstens één document toe.",
    "RV03.many": "Er staan {n} {soort} in dit verzoek; er passen er {max}. Maak er twee verzoeken van, of haal weg wat niet "
    "nodig is.",
    "RV03.relatie": "Bij {naam} is nog geen rol gekozen. Kies de rol en het kind.",
    "RV04": "Dit burgerservicenummer klopt niet (er is waarschijnlijk een cijfer verwisseld). Vergelijk het met de "
    "registratie.",
    "RV04.digits": "Een burgerservicenummer heeft 9 cijfers; u hebt er {n} ingevuld. Controleer het nummer.",
    "RV04.rsin.digits": "Een RSIN heeft 9 cijfers; u hebt er {n} ingevuld. Controleer het nummer.",
    "RV04.rsin": "Dit RSIN klopt niet (er is waarschijnlijk een cijfer verwisseld). Vergelijk het met de registratie.",
    "RV05": "Een nummer niet-ingezetene heeft 17 cijfers; u hebt er {n} ingevuld. Controleer het nummer.",
    "RV06": "Van {kind} is geen BSN of nummer niet-ingezetene ingevuld. Vul het in, of vink aan dat het niet bekend is en geef "
    "dan naam en geboortejaar.",
    "RV06.both": "Van {naam} zijn een BSN en een nummer niet-ingezetene ingevuld: laat alleen het BSN staan.",
    "RV06.known": "Van {kind} is een nummer ingevuld en ook aangevinkt dat het niet bekend is. Haal een van de twee weg.",
    "RV06.unborn": "Een ongeboren kind heeft nog geen nummer en geen voornamen. Haal {veld} weg bij {kind}, of zet het kind om "
    "naar geboren.",
    "RV07": "Dit burgerservicenummer staat ook bij {ander}. Controleer welk nummer bij wie hoort.",
    "RV08": "{naam} is kind in dit verzoek en ook betrokkene. Dat kan bij een minderjarige moeder; klopt het?",
    "RV09": "{naam} en {ander} hebben dezelfde naam en geboortedatum. Zijn dit twee personen?",
    "RV10": "Deze datum bestaat niet of ligt in de toekomst. Verbeter de datum.",
    "RV10.kind": "Deze datum bestaat niet of ligt in de toekomst. Verbeter de datum. Is het kind nog niet geboren, kies dan "
    'Nee bij "Is het kind al geboren?".',
    "RV11": "De verwachte geboortedatum van {kind} is voorbij of meer dan 9 maanden weg. Is het kind geboren, zet het dan om.",
    "RV12": "{kind} is 18 jaar of ouder. De Raad onderzoekt in principe tot 18 jaar; overleg eerst met de Raad.",
    "RV13": "Bij een ongeboren kind hoort de moeder met een telefoonnummer. Kies wie de moeder is en vul haar nummer in.",
    "RV14": "Bij {kind} staat niemand met gezag. Voeg een ouder met gezag of een voogd toe, of vink aan dat het gezag niet "
    "bekend is.",
    "RV15": "Bij {kind} staan meer dan twee personen met gezag; meestal zijn dat er hooguit twee. Controleer het "
    "gezagsregister.",
    "RV15.minor": "{naam} is jonger dan 18; een minderjarige ouder heeft meestal geen gezag. Controleer het gezagsregister.",
    "RV16": "U hebt niet aangegeven of {naam} van dit verzoek weet. Kies ja of nee.",
    "RV17": "{naam} is niet geïnformeerd. Schrijf op waarom niet.",
    "RV17.short": "{naam} is niet geïnformeerd. Schrijf in minstens 10 tekens op waarom niet.",
    "RV17.informed": "Er staat een reden waarom {naam} niet is geïnformeerd, maar ook dat {naam} wel is geïnformeerd: haal de "
    "reden weg of kies nee.",
    "RV18": "Vul het telefoonnummer van {naam} in; het algemene nummer mag ook. Zonder nummer kan het verzoek niet weg.",
    "RV19": 'Er hoort precies één document "Verzoek tot onderzoek RvdK" bij; er zijn er nu {n}. Voeg het toe of kies een '
    "andere soort.",
    "RV19.history": 'Er hoort hooguit één document "Gezinsgeschiedenis" bij; er zijn er nu {n}. Kies een andere soort.',
    "RV20": "De documenten zijn samen {x} MB; er past {max} MB in. Maak ze kleiner of laat het minst nodige weg.",
    "RV20.message": "Het hele bericht is {x} MB; er past {max} MB in. Maak de documenten kleiner of laat het minst nodige weg.",
    "RV21": 'De bestandsnaam "{naam}" heeft een teken dat niet mee kan. Gebruik letters, cijfers, streepjes en een punt.',
    "RV21.space": 'De bestandsnaam "{naam}" begint of eindigt met een spatie. Haal die weg.',
    "RV21.long": "De bestandsnaam heeft {n} tekens; er passen er 255. Maak hem korter.",
    "RV21.bsn": "In de bestandsnaam staat een burgerservicenummer. Geef het bestand een naam zonder persoonsgegevens.",
    "RV22": "Een bestand van dit type ({type}) kan niet mee. Bewaar het als pdf.",
    "RV22.content": "Dit is geen echt {soort}-bestand: de inhoud past niet bij de naam. Open het en bewaar het als pdf.",
    "RV23": "Dit bestand is leeg. Kies het bestand opnieuw.",
    "RV23.name": "{naam} en {ander} hebben dezelfde bestandsnaam. Geef er één een andere naam of haal er één weg.",
    "RV23.content": "{naam} en {ander} hebben dezelfde inhoud. Haal er één weg.",
    "RV24": 'Een adres van een kind in het buitenland past niet in het bericht. Zet plaats en land bij "omschrijving" en het '
    "volledige adres in het verzoek.",
    "RV25": "Dit adres is geheim. Haal het adres weg en geef het telefonisch door.",
    "RV25.warning": "Het adres van {naam} is geheim. Staat het ook niet in een bijlage?",
    "RV26": "{veld} is te lang: {n} tekens, er passen er {max}. Kort het zelf in; wij knippen niets af.",
    "RV26.naam": "{veld} is te lang: {n} tekens, er passen er {max}. Kort het zelf in; wij knippen niets af. Gebruik de "
    "verkorte naam.",
    "RV27": "Een telefoonnummer bestaat uit 10 tot 15 cijfers, met eventueel +, haakjes, spaties of streepjes (samen hooguit "
    "20 tekens).",
    "RV28": "{kind} staat in een eerder verzoek dat nog loopt ({link}). Stuur alleen een nieuw verzoek als de Raad daarom "
    "vraagt.",
    "RV90": "{veld} ontbreekt. Vul dit in.",
    "RV90.onverwijldeSpoed": "Kies of een kind nu in acuut gevaar is.",
    "RV90.urgentie": "Kies hoe snel de Raad moet beginnen.",
    "RV90.inhoud": "Kies een bestand.",
    "RV90.rol": "Kies een rol.",
    "RV90.kind": "Kies het kind bij deze rol.",
    "RV90.soort": "Kies de soort.",
    "RV91": "{veld} klopt niet: {uitleg}.",
    "RV92": "Dit onderdeel heeft een veld dat hier niet bekend is. Haal het weg of verbeter de naam.{hint}",
    "RV93": "{veld} bevat een onzichtbaar teken dat niet verstuurd kan worden. Typ de tekst opnieuw.",
    "RV94": "{veld} verwijst naar iets dat niet in dit verzoek staat. Kies opnieuw.",
    "RV95": "{veld} komt twee keer voor. Geef elk een eigen waarde of haal er één weg.",
    "RV96": "{veld} en {ander} spreken elkaar tegen. Laat er één staan.",
    "RV97": "De hub kan dit verzoek door een fout in de hub niet controleren. Uw concept blijft bewaard; bel de beheerder.",
}

#: What people call a field; the key itself where it reads well with a capital.
LABELS: Mapping[str, str] = {
    "onverwijldeSpoed": "Het antwoord op de vraag of een kind nu in acuut gevaar is", "urgentie": "De urgentie",
    "kenmerk": "Het zaaknummer", "onderwerp": "De korte omschrijving", "datumAanmelding": "De aanmelddatum",
    "datumBesluitTafel": "De datum van het besluit", "rolInbrenger": "De rol van de inbrenger",
    "organisatie": "De naam van de organisatie", "rsin": "Het RSIN", "medewerker": "De medewerker die de Raad kan bellen",
    "functie": "De functie", "bsn": "Het burgerservicenummer", "rniNummer": "Het nummer niet-ingezetene",
    "geslachtsnaam": "De achternaam", "achternaam": "De achternaam", "voorvoegsel": "Het tussenvoegsel",
    "voorletters": "De voorletters", "voornamen": "De voornaam of voorletters", "geslacht": "Het geslacht",
    "geboortedatum": "De geboortedatum", "geboortedatumOnbekend": "Geboortedatum onbekend", "plaats": "De woonplaats",
    "straat": "De straat", "postcode": "De postcode", "huisnummer": "Het huisnummer", "huisletter": "De huisletter",
    "toevoeging": "De toevoeging", "locatie": "De omschrijving van het adres", "landcode": "De landcode",
    "landnaam": "Het land",
    "regel1": "Adresregel 1", "regel2": "Adresregel 2", "regel3": "Adresregel 3", "telefoon": "Het telefoonnummer",
    "email": "Het e-mailadres", "volgnummer": "Het volgnummer van het kind", "moeder": "De moeder",
    "vreemdelingennummer": "Het vreemdelingennummer", "naam": "De naam van de instelling",
    "vestigingsnummer": "Het vestigingsnummer", "kind": "Het kind bij deze rol", "rol": "De rol",
    "redenNietGeinformeerd": "De reden", "bestandsnaam": "De bestandsnaam", "mediatype": "Het type bestand",
    "inhoud": "Het bestand", "datum": "De datum van het document", "titel": "De titel", "taal": "De taal",
    "auteur": "De schrijver", "documentkenmerk": "Het kenmerk van het document", "id": "Het id van de betrokkene",
    "vertrouwelijkheid": "De vertrouwelijkheid", "soort": "De soort", "relaties": "De rol",
}  # fmt: skip

_PLACES = {"kinderen": "kind", "betrokkenen": "betrokkene", "documenten": "document"}
_LISTS = {word: key for key, word in _PLACES.items()}
_PLACE = re.compile(r"\b([Kk]ind|[Bb]etrokkene|[Dd]ocument) ([0-9]+)\b")
_PREFIX = re.compile(r"^(?:Kind|Betrokkene|Document) [0-9]+: ")


def label(pointer: str) -> str:
    """What people call the field at a JSON Pointer."""
    key = pointer.rpartition("/")[2]
    return LABELS.get(key) or (f"Het veld {key}" if key.isidentifier() else "Dit onderdeel")


def place(pointer: str) -> str:
    """The child, interested party or document a JSON Pointer lies in ("kind 1"), or an empty string."""
    parts = pointer.split("/", 3)
    if len(parts) > 2 and parts[1] in _PLACES and parts[2].isdigit():
        return f"{_PLACES[parts[1]]} {int(parts[2]) + 1}"
    return ""


def finding(key: str, pointer: str, *, severity: str = "error", **values: object) -> Finding:
    """A finding of rule ``key`` at ``pointer``, with its safe sentence.

    Args:
        key: Key of ``SENTENCES``; the finding's rule is the part before the dot.
        pointer: JSON Pointer (RFC 6901) to the field, whether or not it is there.
        severity: ``error`` or ``warning``.
        values: What the sentence names: numbers and places only, never content. ``kind``, ``naam`` and ``veld`` are derived
            from the pointer when absent.
    """
    if key == "RV90" and (own := f"{key}.{pointer.rpartition('/')[2]}") in SENTENCES:
        key = own  # what is chosen and not filled in
    where = place(pointer)
    values = {"kind": where, "naam": where, "type": where, "veld": label(pointer), **values}
    text = SENTENCES[key].format_map(values)
    if where and not _PLACE.search(text):
        text = f"{where}: {text}"
    return Finding(key.partition(".")[0], text[:1].upper() + text[1:], field=pointer, severity=severity)


def warning(key: str, pointer: str, **values: object) -> Finding:
    """A finding that does not stop sending; a person has to agree."""
    return finding(key, pointer, severity="warning", **values)


def kenmerk_used(kenmerk: str) -> Finding:
    """RV02: another request that was not rejected holds this kenmerk.

    Only the journal knows, so the accepting side calls this when ``Built.unique`` clashes. A kenmerk is no personal data.
    """
    return finding("RV02", "/kenmerk", kenmerk=kenmerk)


def clash(kind: str, value: str) -> Finding | None:
    """What is wrong when this is in use: a kenmerk has words of its own, other references have none."""
    return kenmerk_used(value) if kind == "kenmerk" else None


def child_in_earlier_request(index: int, link: str) -> Finding:
    """RV28: the child at ``index`` is in an earlier request that is still open.

    Only the journal knows (by the keyed hash of the BSN), so the accepting side calls this for the check page. ``link`` leads
    to the earlier request and holds ids only.
    """
    return warning("RV28", f"/kinderen/{index}", link=link)


def stop_text(telefoon_raad: str, telefoon_veilig_thuis: str) -> str:
    """The text of the page that stops the form at acute danger, also shown above the question how urgent it is."""
    return (
        "Is een kind nu in gevaar? Stuur dan geen verzoek via dit formulier. Bel 112 als er direct hulp nodig is. Bel daarna "
        f"meteen de Raad voor de Kinderbescherming ({telefoon_raad}). Wilt u eerst overleggen, bel dan Veilig Thuis "
        f"({telefoon_veilig_thuis}). Uw concept blijft bewaard."
    )


def sentence(finding: Finding, document: Mapping[str, object]) -> str:
    """The finding's sentence with the names of ``document`` in it: for its author's eyes, never for a log.

    Args:
        finding: A finding about this document.
        document: The JSON document as it was offered, whatever is wrong with it.
    """
    text = _PREFIX.sub("", finding.message)

    def name(match: re.Match[str]) -> str:
        shown = _name(finding.rule, match[1].lower(), int(match[2]) - 1, document)
        return shown[:1].upper() + shown[1:] if match.start() == 0 else shown

    return _PLACE.sub(name, text)


def _name(rule: str, word: str, index: int, document: Mapping[str, object]) -> str:
    items = document.get(_LISTS[word])
    item = items[index] if isinstance(items, Sequence) and not isinstance(items, str | bytes) and index < len(items) else None
    if not isinstance(item, Mapping):
        return f"{word} {index + 1}"
    if word == "document":
        name = _text(item, "bestandsnaam")
        if rule == "RV22" and "." in name:
            return f".{name.rpartition('.')[2]}"
        return name or f"document {index + 1}"
    if word == "betrokkene":
        return _text(item, "naam") or _person(item) or f"betrokkene {index + 1}"
    number = item.get("volgnummer")
    fallback = f"kind {number if isinstance(number, int) else index + 1}"
    shown = fallback if item.get("ongeboren") is True else _person(item) or fallback
    return f"Kind {shown}" if rule == "RV28" and shown != fallback else shown


def _person(item: Mapping[str, object]) -> str:
    first = _text(item, "voornamen") or _text(item, "voorletters")
    return " ".join(part for part in (first, _text(item, "voorvoegsel"), _text(item, "geslachtsnaam")) if part)


def _text(item: Mapping[str, object], key: str) -> str:
    value = item.get(key)
    return value.strip() if isinstance(value, str) else ""
