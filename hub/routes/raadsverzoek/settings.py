"""Settings of the raadsverzoek route: everything that an informal source told us, or that differs per organisation.

What the schema fixes is not here but in ``document`` and ``vto``. Names and values marked (verify) in the domain page are
settings so that a correction by the Raad needs no new release.
"""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from hub.routes.raadsverzoek.document import Verzoek, Verzoeker


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Party(_Section):
    """A sending or receiving system in the stuurgegevens."""

    organisatie: str = Field(min_length=1, max_length=200)  #: OIN of the organisation
    applicatie: str = Field(min_length=3, max_length=50)  #: name of its application


class ExtraNames(_Section):
    """Names of the extraElementen. They are not in the schema; seen in practice only (verify)."""

    datum_indiening: str = "datumIndiening"
    urgentie: str = "urgentie"
    rol_verzoeker: str = "rolJeugdzorgVerzoeker"
    clientvolgnummer: str = "clientvolgnummer"
    vreemdelingennummer: str = "vreemdelingennummer"
    geinformeerd: str = "indicatieGeinformeerd"
    reden_niet_geinformeerd: str = "redenNietGeinformeerd"


class Mediatype(_Section):
    """A kind of file that may go along."""

    extensions: tuple[str, ...]  #: lower case, with the dot
    starts_with: str  #: hexadecimal digits of the first bytes of such a file


def _mediatypes() -> dict[str, Mediatype]:
    return {
        "application/pdf": Mediatype(extensions=(".pdf",), starts_with="255044462d"),
        "application/msword": Mediatype(extensions=(".doc",), starts_with="d0cf11e0a1b11ae1"),
        "image/jpeg": Mediatype(extensions=(".jpg", ".jpeg"), starts_with="ffd8ff"),
    }


class RaadsverzoekSettings(_Section):
    """Settings of the route ``raadsverzoek``."""

    zender: Party  #: we, as the stuurgegevens name us
    ontvanger: Party  #: the Raad; its ``applicatie`` differs from ours, else a rejection cannot find its way back
    kenmerk_prefix: str = Field("CJG", pattern=r"^[A-Za-z0-9._-]{1,20}$")  #: before ``-<year>-<six digits>``
    verzoeker: Verzoeker = Field(default_factory=Verzoeker)  #: used for what the document leaves out
    urgenties: tuple[str, ...] = ("Hoog", "Laag")
    rollen_inbrenger: tuple[str, ...] = ("hulpverlener", "melder", "contactpersoon", "overige professional", "voogd")
    rol_inbrenger: str = "hulpverlener"  #: when the document names none
    mediatypes: dict[str, Mediatype] = Field(default_factory=_mediatypes)
    #: Characters that a file name may hold; spaces only inside (verify). A regular expression's character class.
    file_name_characters: str = r"A-Za-z0-9._\-"
    max_content_bytes: int = Field(21_000_000, gt=0)  #: all attachments together, decoded
    max_xml_bytes: int = Field(35_000_000, gt=0)  #: the whole message
    max_document_bytes: int = Field(36_000_000, gt=0)  #: the JSON that is offered
    extra_names: ExtraNames = Field(default_factory=ExtraNames)
    betrokkene_per_kind: bool = True  #: one element per relation; False bundles equal relations of one person (verify)
    telefoon_raad: str = "het nummer op de website van de Raad"
    telefoon_veilig_thuis: str = "0800 2000"
    answer_within: dt.timedelta = dt.timedelta(hours=24)
    deliver_within: dt.timedelta = dt.timedelta(days=5)
    max_attempts: int = Field(200, gt=0)  #: more than fit in ``deliver_within``: the deadline decides
    #: After Bv01 or Fo01, or the last notification. The Raad's investigation takes months, and is about what was asked here.
    keep_content: dt.timedelta = dt.timedelta(days=365)
    hold_before_sending: dt.timedelta = dt.timedelta(minutes=15)  #: offered in the form; sending can be stopped that long
    keep_drafts: dt.timedelta = dt.timedelta(days=30)  #: after the last change

    def model_post_init(self, _context: object, /) -> None:
        """Refuse what breaks the return road of a rejection (seen in practice).

        Raises:
            ValueError: Sender and receiver carry the same ``applicatie``.
        """
        if self.zender.applicatie == self.ontvanger.applicatie:
            raise ValueError("zender.applicatie and ontvanger.applicatie must differ")

    def verzoeker_of(self, document: Verzoek) -> Verzoeker:
        """On whose behalf the document is sent: what it says itself, completed from these settings.

        The RSIN belongs to the organisation, so ours is not put beside another organisation's name.
        """
        given, ours = document.verzoeker, self.verzoeker
        if given is None:
            return ours
        rsin = given.rsin or (ours.rsin if given.organisatie in (None, ours.organisatie) else None)
        return Verzoeker(
            organisatie=given.organisatie or ours.organisatie, rsin=rsin, medewerker=given.medewerker or ours.medewerker
        )
