"""The envelope of StUF-GGk 2.1: stuurgegevens, versions, and a message of the iStandaarden as base64. Pure.

What is sent is held to the letter: UTF-8 without byte order mark, a lower-case UUID of version 4, at most ``MAX_BYTES``.
What is received is judged by its schema; beyond that only what cannot be read is refused.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from lxml import etree

from hub.errors import DecodeFailure, HubError
from hub.standards.stuf import STUF, Stuurgegevens, read_stuurgegevens, write_stuurgegevens
from hub.standards.xml_writer import element, group

#: Namespace of the envelope.
GGK = "http://www.stufstandaarden.nl/koppelvlak/ggk0210"
#: Message types of the envelope, as ``hub.schemas.registry`` knows them: there and back.
HEEN, RETOUR = "ggk_Di01", "ggk_Du01"
#: The whole envelope, with what is in it.
MAX_BYTES = 25_000_000

_ELEMENTS = {"Di01": "GGK:envelopHeenbericht-ggk_Di01", "Du01": "GGK:envelopRetourbericht-ggk_Du01"}
_VERSIES = ("applicatieVersie", "applicatieSubversie", "functieVersie", "functieSubversie")
_UUID_4 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FILE_NAME = re.compile(r"[A-Za-z0-9._\-]{4,255}")
_BOM = b"\xef\xbb\xbf"
_MOMENT = b"<StUF:tijdstipBericht>"


@dataclass(frozen=True, slots=True)
class Versies:
    """Versions of the sending application, and of the function that the message belongs to; each below 10,000."""

    applicatie: int = 1
    applicatie_sub: int = 0
    functie: int = 1
    functie_sub: int = 0

    def written(self) -> str:
        """The four elements, each with four digits."""
        values = (self.applicatie, self.applicatie_sub, self.functie, self.functie_sub)
        return "".join(element(f"GGK:{name}", f"{value:04d}") for name, value in zip(_VERSIES, values, strict=True))


@dataclass(frozen=True, slots=True)
class Envelop:
    """An envelope and what is in it.

    Attributes:
        stuurgegevens: Berichtcode Di01 or Du01; ``functie`` is the type of the message inside.
        bericht: The message inside, as bytes.
        versies: Of the sender.
        bestandsnaam: Empty for a message in XML; else the name of a file of another kind.
    """

    stuurgegevens: Stuurgegevens
    bericht: bytes
    versies: Versies = Versies()
    bestandsnaam: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """An envelope in bytes: UTF-8, without XML declaration. ``moment`` is where the digits of tijdstipBericht begin."""

    body: bytes
    moment: int


def write_envelope(envelop: Envelop) -> Written:
    """Write an envelope.

    Raises:
        HubError: What is to be written may not be sent: a bug of the caller. The text holds no content.
        DecodeFailure: Code ``too_large``: it is larger than ``MAX_BYTES``.
    """
    about = envelop.stuurgegevens
    _refuse_what_may_not_be_sent(envelop)
    content = b64encode(envelop.bericht).decode("ascii")
    if envelop.bestandsnaam:
        inside = group("GGK:tekstBestand", content, ("bestandsnaam", envelop.bestandsnaam))
    else:
        inside = element("GGK:xmlBestand", content)
    parameters = group("GGK:parameters", envelop.versies.written() + group("GGK:bericht", inside))
    name = _ELEMENTS[about.berichtcode]
    inner = write_stuurgegevens(about, name="GGK:stuurgegevens") + parameters
    body = group(name, inner, ("xmlns:GGK", GGK), ("xmlns:StUF", STUF)).encode()
    if len(body) > MAX_BYTES:
        raise DecodeFailure(f"the envelope has {len(body)} bytes, at most {MAX_BYTES} are taken", code="too_large")
    return Written(body, body.index(_MOMENT) + len(_MOMENT))


def _refuse_what_may_not_be_sent(envelop: Envelop) -> None:
    about = envelop.stuurgegevens
    wrong = {
        "its berichtcode is neither Di01 nor Du01": about.berichtcode not in _ELEMENTS,
        "its referentienummer is no UUID of version 4": not _UUID_4.fullmatch(about.referentienummer),
        "its crossRefnummer does not fit its berichtcode": bool(about.cross_refnummer) != (about.berichtcode == "Du01"),
        "there is nothing in it": not envelop.bericht,
        "what is in it begins with a byte order mark": envelop.bericht.startswith(_BOM),
        "its file name may not be used": bool(envelop.bestandsnaam) and not _FILE_NAME.fullmatch(envelop.bestandsnaam),
    }
    if found := [text for text, holds in wrong.items() if holds]:
        raise HubError(f"an envelope may not be sent: {', '.join(found)}")


def read_envelope(message: etree._Element) -> Envelop:
    """Read an envelope that is valid by its schema. A byte order mark before the message inside is taken away.

    Raises:
        DecodeFailure: What is inside is no base64.
    """
    parameters = message.find(f"{{{GGK}}}parameters")
    bericht = None if parameters is None else parameters.find(f"{{{GGK}}}bericht")
    inside = None if bericht is None or not len(bericht) else bericht[0]
    if parameters is None or inside is None:
        raise DecodeFailure("the envelope holds no message")
    try:
        content = b64decode("".join((inside.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise DecodeFailure("what is in the envelope is no base64") from None
    numbers = [int(parameters.findtext(f"{{{GGK}}}{name}") or 0) for name in _VERSIES]
    return Envelop(
        stuurgegevens=read_stuurgegevens(message),
        bericht=content.removeprefix(_BOM),
        versies=Versies(*numbers),
        bestandsnaam=inside.get("bestandsnaam", ""),
    )
