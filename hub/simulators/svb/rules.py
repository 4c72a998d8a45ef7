"""What the simulated payer demands of what is in an envelope; independent of how the hub builds it.

Four control levels, as the iStandaarden have them: the schema (an error and no return), the message in itself (a return with
its header only), earlier messages, and a source outside. A message is rejected as a whole.
"""

from __future__ import annotations

import binascii
import datetime as dt
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from lxml import etree

from hub.errors import DecodeFailure, NoRoute
from hub.schemas import parsing, registry
from hub.telemetry import looks_like_bsn

_LIMITS = parsing.Limits(max_bytes=25_000_000)
#: Local names of a function budget, its code, begin, end and amount, per kind of message.
_PARTS = {
    "PGB501": ("Functiebudget", "Functie", "Begindatum", "Einddatum", "Bedrag", 100),
    "TKB": ("Functie", "Code", "Van", "Tot", "BedragInCenten", 1),
}
_RETURNS = {"PGB501": "PGB502", "TKB": "TKBretour"}


class Broken(Exception):
    """The first control level: the text names the rule only."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says, as far as its rules need it; no personal data."""

    type: str
    returns: str
    header: bytes  # as it is, to be kept in the return
    code: str
    sender: str
    receiver: str
    identification: str
    budget: str


def open_envelope(envelope: etree._Element) -> etree._Element:
    """The message inside.

    Raises:
        Broken: It is no base64 of UTF-8 without a byte order mark, no XML, of no known type, or against its schema.
    """
    inside = next(envelope.iter("{*}xmlBestand"), None)
    if inside is None:
        raise Broken("there is no xmlBestand")
    try:
        content = b64decode((inside.text or "").strip(), validate=True)
        content.decode("utf-8")
        payload = parsing.parse(content, limits=_LIMITS)
        known = registry.find(str(payload.tag))
    except (binascii.Error, ValueError, DecodeFailure, NoRoute):
        raise Broken("what is inside cannot be read") from None
    if content.startswith(b"\xef\xbb\xbf"):
        raise Broken("what is inside begins with a byte order mark")
    if known.name not in _RETURNS:
        raise Broken("what is inside is no message for us")
    if found := registry.validate(payload, schema=known):
        raise Broken(f"{known.name}: {found[0].rule}")
    return payload


def read(payload: etree._Element) -> Told:
    """What a valid message says."""
    name = registry.find(str(payload.tag)).name
    budget = _first(payload, "Budgetidentificatie" if name == "PGB501" else "BeschikkingNummer")
    header = next(payload.iterchildren("{*}Header"))
    return Told(
        type=name,
        returns=_RETURNS[name],
        header=etree.tostring(header),
        code=_first(header, "BerichtCode"),
        sender=_first(header, "Afzender"),
        receiver=_first(header, "Ontvanger"),
        identification=_first(header, "Identificatie"),
        budget=budget,
    )


def within(payload: etree._Element, today: dt.date) -> str:
    """The second level: the code for which the message in itself is rejected; empty when it is right."""
    told = read(payload)
    if _day(payload, "Dagtekening") > today:
        return "8848"
    if not looks_like_bsn(_first(payload, "Bsn")):
        return "0001"
    return "0001" if any(_wrong_parts(payload, told.type)) else ""


def _wrong_parts(payload: etree._Element, type_: str) -> Iterator[bool]:
    part, code, begin, end, amount, cents = _PARTS[type_]
    found = [
        (_first(one, code), _day(one, begin), _day(one, end), round(float(_first(one, amount)) * cents))
        for one in payload.iter(f"{{*}}{part}")
        if len(one)
    ]
    main = "Bedrag" if type_ == "PGB501" else "BudgetInCenten"
    yield not found
    yield any(start > stop for _, start, stop, _ in found)
    yield any(a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2] for a, b in combinations(found, 2))
    yield sum(one[3] for one in found) > round(float(_first(payload, main)) * cents)


def period(payload: etree._Element) -> dict[str, str]:
    """From when until when a budget runs, and its amount in euros: what its closing repeats."""
    old = etree.QName(payload).localname == "TKB"
    amount = f"{int(_first(payload, 'BudgetInCenten')) / 100:.2f}" if old else _first(payload, "Bedrag")
    begin = _first(payload, "Ingangsdatum" if old else "Begindatum")
    return {"begin": begin, "eind": _first(payload, "Einddatum"), "toegekend": amount}


def _first(parent: etree._Element, name: str) -> str:
    return next((one.text or "" for one in parent.iter(f"{{*}}{name}")), "").strip()


def _day(parent: etree._Element, name: str) -> dt.date:
    return dt.date.fromisoformat(_first(parent, name)[:10])
