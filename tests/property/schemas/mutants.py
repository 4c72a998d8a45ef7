"""Breaks documents a little, in the ways that senders break them, and in harmless ways too."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

from lxml import etree

from tests.property.schemas.documents import XSI

STUF = "{http://www.egem.nl/StUF/StUF0301}"
ZKN = "{http://www.egem.nl/StUF/sector/zkn/0310}"
BG = "{http://www.egem.nl/StUF/sector/bg/0310}"
JZ = "{http://www.stufstandaarden.nl/koppelvlak/jz0100}"
XMIME = "{http://www.w3.org/2005/05/xmlmime}"

VALUES = [
    "", " ", "\n", "x", "0", "-1", "+12345678", "12345678", "123456789", " 123456789", "٠١٢٣٤٥٦٧٨",
    "１２３４５６７８９", "2026.1122", "20261399", "202611222", "2026-11-22", "1e7", "+20261122", "00000020261122",
    "20261122.000", "20261122.", ".20261122", "NaN", "2011AB", "2011 AB", "2011", "2011A", "0111AB", "2011ab",
    "J", "N", "j", "M", "V", "O", "true", "1", "TRUE", " true ", "99999", "100000", "9999", "10000", "0009",
    "12345678901234567", "123456789012345678", "+1234567890123456", "Di01", "Bv01", "Bv03", "Bv04", "Fo01",
    "Fo03", "vtoDi01", "notificatieDi01", "client", "server", " client", "Client (kind)",
    "Client (ongeboren kind)", "client (kind)", "voogd", "Voogd", "kind", "melder",
    "ouder, gezag niet benoemd", "Overwegen kinderbeschermingsmaatregel", "INTERN", "intern",
    "Uitvoeren onderzoek kinderbeschermingsmaatregel", "Intake afgerond", "Onderzoek afgerond", "Rekest",
    "Maatregel opgelegd", "Gezinsgeschiedenis", "Diagnostisch onderzoek", "QUJD", "QUJ", "Q=", "QUI=", "====",
    "QU JD", "@@", "a\tb", "geenWaarde", "waardeOnbekend", "D", "T", "W", "alles", "exact", "minimum", "NPS",
    "ZAK", "NNP", "999999999", "1000000000",
]  # fmt: skip
LENGTHS = [*range(14), 16, 17, 18, 20, 21, 24, 25, 30, 31, 35, 36, 40, 41, 45, 46, 50, 51, 80, 81, 100, 101, 150, 151]
LENGTHS += [200, 201, 250, 251, 254, 255, 256, 500, 501, 1000, 1001]
_OF_STUF = (
    "noValue exact indOnvolledigeDatum entiteittype sleutelVerzendend sleutelOntvangend sleutelGegevensbeheer "
    "sleutelSynchronisatie verwerkingssoort scope aantalVoorkomens aardAantal metagegeven bestandsnaam functie"
)
ATTRIBUTES = [
    *(f"{STUF}{name}" for name in _OF_STUF.split()),
    *("naam", "exact", "entiteittype", "vreemd", "{urn:x}vreemd", f"{XMIME}contentType", f"{XSI}schemaLocation"),
    "{http://www.w3.org/XML/1998/namespace}lang",
]
TYPES = ["xs:string", "xs:anyType", "xs:decimal", "xs:base64Binary", "bestaatNiet", "geen:prefix", ""]


def mutate(root: etree._Element, rng: random.Random) -> None:
    """Change ``root`` in place in one to three ways, most often one."""
    for _ in range(rng.choice([1, 1, 1, 1, 2, 3])):
        rng.choice(_WAYS)(root, rng)


def _some(root: etree._Element, rng: random.Random) -> etree._Element:
    return rng.choice(list(root.iter("*")))


def _inner(root: etree._Element, rng: random.Random) -> etree._Element:
    return rng.choice([one for one in root.iter("*") if one is not root] or [etree.SubElement(root, f"{STUF}extra")])


def _leaf(root: etree._Element, rng: random.Random) -> etree._Element:
    return rng.choice([one for one in root.iter("*") if len(one) == 0])


def _remove(root: etree._Element, rng: random.Random) -> None:
    one = _inner(root, rng)
    one.getparent().remove(one)


def _double(root: etree._Element, rng: random.Random) -> None:
    one = _inner(root, rng)
    one.addnext(copy.deepcopy(one))


def _rename(root: etree._Element, rng: random.Random) -> None:
    one = _some(root, rng)
    local = one.tag.rpartition("}")[2]
    another = _some(root, rng).tag.rpartition("}")[2]
    new = rng.choice([local + "x", local.lower(), local.capitalize(), "identificatie", another])
    one.tag = one.tag.removesuffix(local) + new


def _move(root: etree._Element, rng: random.Random) -> None:
    one = _inner(root, rng)
    other = one.getnext()
    if other is not None:
        other.addnext(one)


def _other_namespace(root: etree._Element, rng: random.Random) -> None:
    one = _some(root, rng)
    one.tag = rng.choice([STUF, ZKN, BG, JZ, "{urn:vreemd}", ""]) + one.tag.rpartition("}")[2]


def _value(root: etree._Element, rng: random.Random) -> None:
    _leaf(root, rng).text = rng.choice(VALUES)


def _length(root: etree._Element, rng: random.Random) -> None:
    _leaf(root, rng).text = rng.choice("a1é😀") * rng.choice(LENGTHS)


def _around(root: etree._Element, rng: random.Random) -> None:
    one = _leaf(root, rng)
    one.text = rng.choice([" {}", "{} ", "\n{}\n", "+{}", "{}.0", "{}0", "0{}", "-{}"]).format(one.text or "")


def _nil(root: etree._Element, rng: random.Random) -> None:
    one = _some(root, rng)
    one.set(f"{XSI}nil", rng.choice(["true", "1", "false", "0", "TRUE", ""]))
    if rng.random() < 0.7:
        for inner in list(one):
            one.remove(inner)
        one.text = rng.choice([None, None, " ", ""])


def _add_attribute(root: etree._Element, rng: random.Random) -> None:
    _some(root, rng).set(rng.choice(ATTRIBUTES), rng.choice([rng.choice(VALUES), "x" * rng.choice(LENGTHS)]))


def _remove_attribute(root: etree._Element, rng: random.Random) -> None:
    holders = [one for one in root.iter("*") if one.attrib]
    if holders:
        one = rng.choice(holders)
        del one.attrib[rng.choice(list(one.attrib))]


def _change_attribute(root: etree._Element, rng: random.Random) -> None:
    holders = [one for one in root.iter("*") if one.attrib]
    if holders:
        one = rng.choice(holders)
        name = rng.choice(list(one.attrib))
        one.set(name, rng.choice([rng.choice(VALUES), one.get(name) + " ", "x" * rng.choice(LENGTHS)]))


def _xsi_type(root: etree._Element, rng: random.Random) -> None:
    one = rng.choice([_some, _leaf])(root, rng)
    one.set(f"{XSI}type", rng.choice(TYPES))


def _comment(root: etree._Element, rng: random.Random) -> None:
    one = _some(root, rng)
    node = rng.choice([etree.Comment(" opmerking "), etree.ProcessingInstruction("opdracht", "x")])
    if len(one) == 0 and one.text:
        half = rng.randint(0, len(one.text))
        node.tail = one.text[half:]
        one.text = one.text[:half]
    one.insert(rng.randint(0, len(one)), node)


def _mixed(root: etree._Element, rng: random.Random) -> None:
    one = _inner(root, rng)
    one.tail = rng.choice(["tekst", " ", "\n\t ", "\xa0", "."])


def _foreign(root: etree._Element, rng: random.Random) -> None:
    _some(root, rng).insert(rng.randint(0, 3), copy.deepcopy(_inner(root, rng)))


def _empty(root: etree._Element, rng: random.Random) -> None:
    one = _inner(root, rng)
    for inner in list(one):
        one.remove(inner)
    one.text = rng.choice([None, " "])


_WAYS: list[Callable[[etree._Element, random.Random], None]] = [
    *(_remove, _double, _rename, _move, _other_namespace, _foreign, _empty, _comment, _mixed, _xsi_type),
    *(_value, _value, _value, _length, _length, _around, _nil, _nil),
    *(_add_attribute, _add_attribute, _remove_attribute, _change_attribute),
]
