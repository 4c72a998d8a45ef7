"""What the form asks: labels, help texts and choices (domain page raadsverzoek, section 2), one row per field.

A field is shown always, or only about a child that is ``born`` or ``unborn``.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.web.console.forms import YES_NO, Field, Group, Options

GESLACHT: Options = (("V", "Vrouw"), ("M", "Man"), ("O", "Onbekend"))
AANHEF: Options = (("V", "Mevrouw"), ("M", "De heer"), ("O", "Geen aanhef"))


GEVAAR = Field("onverwijldeSpoed", "Is een kind nu in acuut gevaar?", kind="yesno", options=YES_NO, required=True)

_EMPLOYEE = (
    Field("verzoeker-medewerker-voorletters", "Voorletters", width="short"),
    Field("verzoeker-medewerker-voorvoegsel", "Tussenvoegsel", width="short"),
    Field("verzoeker-medewerker-achternaam", "Achternaam", required=True),
    Field("verzoeker-medewerker-telefoon", "Telefoonnummer", width="half", required=True, mode="tel"),
    Field("verzoeker-medewerker-email", "E-mailadres", mode="email"),
    Field("verzoeker-medewerker-functie", "Functie"),
    Field("verzoeker-medewerker-geslacht", "Aanhef", kind="select", options=AANHEF, width="half"),
)


def request_groups(urgenties: tuple[str, ...], rollen: tuple[str, ...]) -> tuple[Group, ...]:
    """The questions about the request itself; the choices are settings."""
    return (
        Group(
            "",
            (
                Field(
                    "urgentie", "Hoe snel moet de Raad beginnen?",
                    "Hoog: het kan niet wachten, maar er is nu geen acuut gevaar. Laag: gewone volgorde. De reden staat in het "
                    "verzoek zelf.", "choice", tuple((one, one) for one in urgenties), required=True,
                ),
                Field(
                    "kenmerk", "Zaaknummer",
                    "De Raad noemt dit nummer in elk bericht terug. Het kan later niet meer veranderen. Laat het leeg, dan "
                    "krijgt het verzoek bij het versturen vanzelf een nummer.", width="half",
                ),
                Field("onderwerp", "Korte omschrijving", "Geen namen."),
                Field("datumAanmelding", "Wanneer is de zaak bij de tafel aangemeld?", kind="date", required=True),
                Field("datumBesluitTafel", "Wanneer besloot de tafel?", "Dit wordt niet meegestuurd.", "date"),
                Field(
                    "rolInbrenger", "Vanuit welke rol vraagt de inbrenger om het onderzoek?", kind="select",
                    options=tuple((one, one) for one in rollen), width="half", required=True,
                ),
            ),
        ),
        Group(
            "Namens wie stuurt u dit?",
            (
                Field("verzoeker-organisatie", "Organisatie", required=True),
                Field("verzoeker-rsin", "RSIN", "Negen cijfers. Mag leeg blijven.", "digits", width="half", mode="numeric"),
            ),
        ),
        Group("Wie kan de Raad bellen over dit verzoek?", _EMPLOYEE),
    )  # fmt: skip


_NAMES = (
    Field("voornamen", "Voornamen", show="born"),
    Field("voorletters", "Voorletters", width="short"),
    Field("voorvoegsel", "Tussenvoegsel", width="short"),
)
_ADDRESS = (
    Field(
        "geheimAdres", "Dit adres is geheim",
        "We sturen het dan niet mee en bewaren het niet. Geef het adres telefonisch aan de Raad door.", "check",
    ),
    Field("adres-straat", "Straat"),
    Field("adres-huisnummer", "Huisnummer", kind="number", width="short", mode="numeric"),
    Field("adres-huisletter", "Huisletter", width="short"),
    Field("adres-toevoeging", "Toevoeging", width="short"),
    Field("adres-postcode", "Postcode", "Een spatie halen we zelf weg.", width="short"),
    Field("adres-plaats", "Woonplaats"),
    Field("adres-locatie", "Omschrijving als er geen adres is", "Bijvoorbeeld: ligplaats, opvang."),
)  # fmt: skip
_CONTACT = (
    Field("telefoon", "Telefoonnummer", width="half", mode="tel"),
    Field("email", "E-mailadres", mode="email"),
)
_BSN = Field("bsn", "Burgerservicenummer", kind="digits", width="half", mode="numeric", show="born")
_RNI = Field(
    "rniNummer", "Nummer niet-ingezetene", "17 cijfers; alleen als er geen BSN is.", "digits", width="half", mode="numeric",
    show="born",
)  # fmt: skip
_BIRTH_UNKNOWN = Field("geboortedatumOnbekend", "De geboortedatum is niet bekend", kind="check", show="born")
_GESLACHT = Field("geslacht", "Geslacht", kind="select", options=GESLACHT, width="half")


def child_groups(unborn: bool, mothers: Options) -> tuple[Group, ...]:
    """The questions about one child. ``mothers``: id and name of those who can be the mother, and the choice to add her."""
    birth = Field(
        "geboortedatum", "Verwachte geboortedatum" if unborn else "Geboortedatum",
        "Weet u de dag of de maand niet? Vul in wat u wel weet.", "date", required=True,
    )  # fmt: skip
    name = Field(
        "geslachtsnaam", "Achternaam",
        "Als die al bekend is." if unborn else "Zoals in de registratie, zonder tussenvoegsel.", required=not unborn,
    )  # fmt: skip
    born = Field("ongeboren", "Is het kind al geboren?", kind="yesno", options=YES_NO, required=True, true="nee")
    mother = Field(
        "moeder", "Wie is de moeder?", "Zij staat bij de betrokkenen, met telefoonnummer.", "select", mothers, required=True,
        show="unborn",
    )  # fmt: skip
    unknown = Field(
        "geenNummerBekend", "Er is geen BSN en geen nummer voor niet-ingezetenen bekend",
        "Vul dan de naam en minstens het geboortejaar in.", "check", show="born",
    )  # fmt: skip
    foreign = Field("vreemdelingennummer", "Vreemdelingennummer", "Mag leeg blijven.", width="half")
    return (
        Group("", (born,)),
        Group("Welk nummer heeft het kind?", (_BSN, _RNI, unknown, foreign)) if not unborn else Group("", (_BSN, _RNI, mother)),
        Group("Hoe heet het kind?", (*_NAMES, name)),
        Group("", (birth, _BIRTH_UNKNOWN, _GESLACHT)),
        Group(
            "Waar verblijft het kind?", _ADDRESS,
            "Een adres in het buitenland past niet in het bericht: zet plaats en land bij de omschrijving en het volledige "
            "adres in het verzoek.", folded=unborn,
        ),
        Group("Contact met het kind zelf", _CONTACT, folded=True),
    )  # fmt: skip


PERSON_GROUPS: tuple[Group, ...] = (
    Group(
        "",
        (
            *_NAMES,
            Field("geslachtsnaam", "Achternaam", "Zoals in de registratie, zonder tussenvoegsel.", required=True),
            Field("telefoon", "Telefoonnummer", "Bij de moeder van een ongeboren kind is dit nodig.", width="half", mode="tel"),
            Field("email", "E-mailadres", mode="email"),
        ),
    ),
    Group(
        "Nummer, geboortedatum en geslacht",
        (
            _BSN, _RNI,
            Field("geboortedatum", "Geboortedatum", "Weet u de dag of de maand niet? Vul in wat u wel weet.", "date"),
            _BIRTH_UNKNOWN, _GESLACHT,
        ),
    ),
    Group("Waar verblijft deze persoon?", _ADDRESS, folded=True),
    Group(
        "Adres in het buitenland",
        (
            Field("adresBuitenland-landnaam", "Land"),
            Field("adresBuitenland-landcode", "Landcode", "1 tot 4 cijfers. Mag leeg blijven.", width="short", mode="numeric"),
            Field("adresBuitenland-regel1", "Adresregel 1"),
            Field("adresBuitenland-regel2", "Adresregel 2"),
            Field("adresBuitenland-regel3", "Adresregel 3"),
        ),
        folded=True,
    ),
)  # fmt: skip
INSTITUTION_GROUPS: tuple[Group, ...] = (
    Group(
        "",
        (
            Field("naam", "Naam van de instelling", "Hooguit 45 tekens; gebruik zo nodig de verkorte naam.", required=True),
            Field("telefoon", "Telefoonnummer", "Het algemene nummer mag.", width="half", required=True, mode="tel"),
            Field("email", "E-mailadres", mode="email"),
            Field(
                "vestigingsnummer",
                "Vestigingsnummer (KvK)",
                "12 cijfers. Mag leeg blijven.",
                "digits",
                width="half",
                mode="numeric",
            ),
        ),
    ),
)

GEZAG_ROLES = ("ouder met gezag", "voogd")
#: The 23 roles of the schema, as they are grouped for people.
ROLES: Mapping[str, tuple[str, ...]] = {
    "Gezag": GEZAG_ROLES,
    "Familie en opvoeders": (
        "ouder zonder gezag", "ouder, gezag niet benoemd", "ouder, niet juridisch", "opvoeder/verzorger", "pleegouder",
        "stiefouder", "grootouder", "broer of zus", "halfbroer of -zus", "stiefbroer of -zus", "pleegbroer of -zus",
        "overige verwant", "kind",
    ),
    "Rond het gezin": (
        "hulpverlener", "onderwijsgevende", "verpleegkundige, arts of medisch specialist", "overige professional", "melder",
        "informant", "contactpersoon", "jeugdige",
    ),
}  # fmt: skip
ROLE = Field("rol", "Wat is de rol bij dit kind?", kind="select", width="half")
INFORMED = Field(
    "geinformeerd", "Weet deze persoon dat dit verzoek naar de Raad gaat?", kind="yesno", options=YES_NO, required=True
)
REASON = Field(
    "redenNietGeinformeerd", "Waarom niet?",
    "Alleen als u nee kiest. Schrijf op wat u geprobeerd hebt of welk gevaar er is.", "long",
)  # fmt: skip
PER_CHILD = Field("perKind", "Het antwoord is niet bij elk kind hetzelfde", kind="check")
GEZAG_UNKNOWN = Field("gezagOnbekend", "Het is niet bekend wie het gezag heeft", kind="check")

VERZOEK = "Verzoek tot onderzoek RvdK"
SOORTEN: Options = tuple(
    (one, one) for one in (VERZOEK, "Gezinsgeschiedenis", "Diagnostisch onderzoek", "Hulpverleningsrapportage")
)
_VERTROUWELIJK: Options = tuple(
    (one, one.capitalize())
    for one in (
        "ZEER GEHEIM", "GEHEIM", "CONFIDENTIEEL", "VERTROUWELIJK", "ZAAKVERTROUWELIJK", "INTERN", "BEPERKT OPENBAAR",
        "OPENBAAR",
    )
)  # fmt: skip
PAPER_GROUPS: tuple[Group, ...] = (
    Group(
        "",
        (
            Field(
                "bestandsnaam", "Bestandsnaam",
                "Letters, cijfers, streepjes en een punt; geen naam of nummer van een persoon.", required=True,
            ),
            Field("soort", "Wat voor document is dit?", kind="choice", options=SOORTEN, required=True),
            Field("datum", "Datum van het document", kind="date", required=True),
            Field("titel", "Titel", "Laat u dit leeg, dan staat de soort als titel."),
            Field("auteur", "Schrijver", "Mag leeg blijven."),
            Field("taal", "Taal", "Leeg: Nederlands.", width="half"),
            Field("vertrouwelijkheid", "Vertrouwelijkheid", "Leeg: vertrouwelijk.", "select", _VERTROUWELIJK, width="half"),
        ),
    ),
)  # fmt: skip
