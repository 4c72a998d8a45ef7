"""The document ``raadsverzoek``: what the secretary of a Beschermingstafel fills in, as pydantic models.

Only the shape lives here: names, types and the lengths the schema allows. Whether a field is required, and every rule across
fields, is decided in ``rules``: a draft of a form is a document too, and all that is wrong should be told at once. Absent is
None; strings that are empty or hold only white space count as absent. Nothing is ever shortened.

Source: domain page raadsverzoek, section 2; lengths from StUF-koppelvlak Jeugdzorg 1.0.9.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from hub.routes.raadsverzoek.dates import PartialDate, full_date

#: Characters that XML 1.0 (2.2 Char) cannot carry. JSON can, so they are refused here rather than while writing.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _present(value: Any) -> Any:
    """Turn an empty string into None; refuse characters that the message cannot carry."""
    if isinstance(value, str):
        if not value or value.isspace():
            return None
        if not value.isprintable() and _NOT_XML.search(value):
            raise PydanticCustomError("forbidden_character", "a character that XML cannot carry")
    return value


def _postcode(value: Any) -> Any:
    value = _present(value)
    return value.replace(" ", "").upper() if isinstance(value, str) else value


def _partial_date(value: Any) -> PartialDate | None:
    value = _present(value)
    if value is None or isinstance(value, PartialDate):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("date_form", "not a date")
    try:
        return PartialDate.parse(value)
    except ValueError:
        raise PydanticCustomError("date_form", "not a date") from None


def _date(value: Any) -> dt.date | None:
    value = _present(value)
    if value is None or isinstance(value, dt.date):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("date_form", "not a date")
    try:
        return full_date(value)
    except ValueError:
        raise PydanticCustomError("date_form", "not a date") from None


Present = BeforeValidator(_present)
Text = Annotated[str | None, Present]
Text4 = Annotated[Annotated[str, Field(max_length=4)] | None, Present]
Text10 = Annotated[Annotated[str, Field(max_length=10)] | None, Present]
Text20 = Annotated[Annotated[str, Field(max_length=20)] | None, Present]
Text35 = Annotated[Annotated[str, Field(max_length=35)] | None, Present]
Text40 = Annotated[Annotated[str, Field(max_length=40)] | None, Present]
Text45 = Annotated[Annotated[str, Field(max_length=45)] | None, Present]
Text50 = Annotated[Annotated[str, Field(max_length=50)] | None, Present]
Text80 = Annotated[Annotated[str, Field(max_length=80)] | None, Present]
Text150 = Annotated[Annotated[str, Field(max_length=150)] | None, Present]
Text200 = Annotated[Annotated[str, Field(max_length=200)] | None, Present]
Text254 = Annotated[Annotated[str, Field(max_length=254)] | None, Present]
Text500 = Annotated[Annotated[str, Field(max_length=500)] | None, Present]
Postcode = Annotated[str | None, BeforeValidator(_postcode)]
FullDate = Annotated[dt.date | None, PlainValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
BirthDate = Annotated[
    PartialDate | None,
    PlainValidator(_partial_date),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}),
]

Geslacht = Annotated[Literal["M", "V", "O"] | None, Present]
GEZAG_ROLES = frozenset({"ouder met gezag", "voogd"})
FAMILY_ROLES = frozenset(
    {
        "ouder zonder gezag", "ouder, gezag niet benoemd", "ouder, niet juridisch", "opvoeder/verzorger", "pleegouder",
        "stiefouder", "grootouder", "broer of zus", "halfbroer of -zus", "stiefbroer of -zus", "pleegbroer of -zus",
        "overige verwant", "kind",
    }
)  # fmt: skip
#: The 23 roles of the schema, exactly as they are sent (ZKN:Omschrijving-blh-e).
Rol = Annotated[
    Literal[
        "ouder met gezag", "voogd", "ouder zonder gezag", "ouder, gezag niet benoemd", "ouder, niet juridisch",
        "opvoeder/verzorger", "pleegouder", "stiefouder", "grootouder", "broer of zus", "halfbroer of -zus",
        "stiefbroer of -zus", "pleegbroer of -zus", "overige verwant", "kind", "jeugdige", "hulpverlener", "onderwijsgevende",
        "verpleegkundige, arts of medisch specialist", "overige professional", "melder", "informant", "contactpersoon",
    ]
    | None,
    Present,
]  # fmt: skip
VERZOEK: Literal["Verzoek tot onderzoek RvdK"] = "Verzoek tot onderzoek RvdK"
GEZINSGESCHIEDENIS: Literal["Gezinsgeschiedenis"] = "Gezinsgeschiedenis"
Documentsoort = Annotated[
    Literal["Verzoek tot onderzoek RvdK", "Gezinsgeschiedenis", "Diagnostisch onderzoek", "Hulpverleningsrapportage"] | None,
    Present,
]
Vertrouwelijkheid = Annotated[
    Literal[
        "ZEER GEHEIM", "GEHEIM", "CONFIDENTIEEL", "VERTROUWELIJK", "ZAAKVERTROUWELIJK", "INTERN", "BEPERKT OPENBAAR",
        "OPENBAAR",
    ]
    | None,
    Present,
]  # fmt: skip


class Part(BaseModel):
    """Base of every part: camelCase keys, nothing unknown, no conversion of types, no changes afterwards."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


P = TypeVar("P", bound=Part)


def _filled(part: P | None) -> P | None:
    """A part of which nothing was filled in counts as absent, as an empty text does."""
    return None if part is not None and all(value is None for _, value in part) else part


Filled = AfterValidator(_filled)


class Medewerker(Part):
    """The person whom the Raad can call about this request."""

    achternaam: Text200 = None
    voorletters: Text20 = None
    voorvoegsel: Text10 = None
    geslacht: Geslacht = None
    functie: Text50 = None
    telefoon: Text = None
    email: Text254 = None


class Verzoeker(Part):
    """On whose behalf the request is sent."""

    organisatie: Text500 = None
    rsin: Text = None
    medewerker: Annotated[Medewerker | None, Filled] = None


class Adres(Part):
    """An address in the Netherlands, or a description where there is none."""

    plaats: Text80 = None
    straat: Text80 = None
    postcode: Postcode = None
    huisnummer: Annotated[int, Field(ge=1, le=99999)] | None = None
    huisletter: Text = None
    toevoeging: Text4 = None
    locatie: Text35 = None


class AdresBuitenland(Part):
    """An address abroad; the schema has no place for it at a child."""

    landcode: Text4 = None
    landnaam: Text40 = None
    regel1: Text35 = None
    regel2: Text35 = None
    regel3: Text35 = None


class Persoonsgegevens(Part):
    """What children and interested persons share."""

    bsn: Text = None
    rni_nummer: Text = None
    geslachtsnaam: Text200 = None
    voorvoegsel: Text10 = None
    voorletters: Text20 = None
    voornamen: Text200 = None
    geslacht: Geslacht = None
    geboortedatum: BirthDate = None
    geboortedatum_onbekend: bool = False
    adres: Annotated[Adres | None, Filled] = None
    adres_buitenland: Annotated[AdresBuitenland | None, Filled] = None
    geheim_adres: bool = False
    telefoon: Text = None
    email: Text150 = None


class Kind(Persoonsgegevens):
    """A child, born or not."""

    volgnummer: Annotated[int, Field(ge=1)] | None = None
    ongeboren: bool = False
    geen_nummer_bekend: bool = False
    moeder: Text = None
    vreemdelingennummer: Text20 = None
    gezag_onbekend: bool = False


class Relatie(Part):
    """What an interested party is to one child, or to the whole family when ``kind`` is absent."""

    kind: int | None = None
    rol: Rol = None
    geinformeerd: bool | None = None
    reden_niet_geinformeerd: Text500 = None


class Betrokkene(Persoonsgegevens):
    """An interested person or institution; entered once, with a relation per child."""

    id: Text = None
    soort: Annotated[Literal["persoon", "instelling"] | None, Present] = None
    naam: Text45 = None
    vestigingsnummer: Text = None
    relaties: tuple[Relatie, ...] = ()

    @property
    def is_institution(self) -> bool:
        """Whether it is an institution; a person is the default."""
        return self.soort == "instelling"


class Document(Part):
    """A file that goes along. ``inhoud`` stays the base64 text as it came, so that 21 MB exists once and not three times."""

    soort: Documentsoort = None
    bestandsnaam: Annotated[str | None, Present] = None
    mediatype: Text = None
    inhoud: Annotated[bytes | None, WithJsonSchema({"type": "string", "contentEncoding": "base64"})] = None
    datum: FullDate = None
    titel: Text200 = None
    taal: Text20 = None
    auteur: Text200 = None
    vertrouwelijkheid: Vertrouwelijkheid = None
    documentkenmerk: Text40 = None


class Verzoek(Part):
    """The whole document."""

    onverwijlde_spoed: bool | None = None
    urgentie: Text = None
    kenmerk: Text40 = None
    onderwerp: Text80 = None
    datum_aanmelding: FullDate = None
    datum_besluit_tafel: FullDate = None
    rol_inbrenger: Text = None
    verzoeker: Annotated[Verzoeker | None, Filled] = None
    kinderen: tuple[Kind, ...] = ()
    betrokkenen: tuple[Betrokkene, ...] = ()
    documenten: tuple[Document, ...] = ()

    def number_of(self, index: int) -> int:
        """The volgnummer of a child; its place in the list when the form gave none."""
        given = self.kinderen[index].volgnummer
        return index + 1 if given is None else given
