"""The header that all messages of the iStandaarden share, and what a return says. Pure.

A return is not mirrored: it keeps the header of what it answers, and adds its own identification and codes. Elements are found
by their local names, because each message has a namespace of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from hub.errors import DecodeFailure

#: Longest Identificatie; unique per type of message and sender.
MAX_IDENTIFICATIE = 12

#: Codes of a return with which nothing is wrong: no remark, and not judged (list WJ001).
HARMLESS = frozenset({"0200", "0233"})


@dataclass(frozen=True, slots=True)
class Header:
    """Who says what to whom. Empty means that it is not in the message."""

    code: str
    afzender: str
    ontvanger: str
    identificatie: str
    dagtekening: dt.date | None = None
    versie: str = ""
    subversie: str = ""

    @property
    def key(self) -> str:
        """The identity of a message among all messages of the iStandaarden."""
        return f"{self.afzender}/{self.identificatie}"


@dataclass(frozen=True, slots=True)
class Retour:
    """A return: the header of the message that it answers, its own identification, and its codes.

    Attributes:
        codes: Place and code: the names of elements from the root down to the one that holds the codes, and the code.
    """

    header: Header
    identificatie: str
    dagtekening: dt.date | None
    codes: tuple[tuple[str, str], ...]

    @property
    def bad(self) -> tuple[tuple[str, str], ...]:
        """The codes for which something was rejected."""
        return tuple(one for one in self.codes if one[1] not in HARMLESS)


def is_accepted(codes: Iterable[str]) -> bool:
    """Whether a return with these codes takes the message."""
    return all(code in HARMLESS for code in codes)


def read_header(message: etree._Element) -> Header:
    """The header of a message.

    Raises:
        DecodeFailure: It has none.
    """
    header = _child(message, "Header")
    if header is None:
        raise DecodeFailure("the message has no header")
    return _header(header)


def read_retour(message: etree._Element) -> Retour:
    """What a return says.

    Raises:
        DecodeFailure: It has no header, or is no return.
    """
    header = _child(message, "Header")
    if header is None or not _text(header, "IdentificatieRetour"):
        raise DecodeFailure("the message has no header of a return")
    return Retour(
        header=_header(header),
        identificatie=_text(header, "IdentificatieRetour"),
        dagtekening=_date(_text(header, "DagtekeningRetour")),
        codes=tuple(_codes(message)),
    )


def _header(header: etree._Element) -> Header:
    identification = _child(header, "BerichtIdentificatie")
    known = header if identification is None else identification
    return Header(
        code=_text(header, "BerichtCode"),
        afzender=_text(header, "Afzender"),
        ontvanger=_text(header, "Ontvanger"),
        identificatie=_text(known, "Identificatie"),
        dagtekening=_date(_text(known, "Dagtekening")),
        versie=_text(header, "BerichtVersie"),
        subversie=_text(header, "BerichtSubversie"),
    )


def _codes(message: etree._Element) -> Iterator[tuple[str, str]]:
    for one in message.iter("{*}RetourCode"):
        holders = [etree.QName(up).localname for up in one.iterancestors()]
        place = "/".join(reversed([name for name in holders if name != "RetourCodes"]))
        yield place, (one.text or "").strip()


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    return next(parent.iterchildren(f"{{*}}{name}"), None)


def _text(parent: etree._Element, name: str) -> str:
    found = _child(parent, name)
    return "" if found is None else (found.text or "").strip()


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
