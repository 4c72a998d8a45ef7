"""Messages about care in kind: a door that is left open. JW301 and JW302 are read and written under the official schemas."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from hub.errors import DecodeFailure
from hub.schemas.parsing import c14n_digest, parse
from hub.standards.istandaarden import Node, read_header, read_retour, read_tree, return_to, write_tree
from tests.support import official

pytestmark = pytest.mark.official

JW302 = "http://www.istandaarden.nl/ijw/3_2/jw302/schema"


def _folder() -> Path:
    return official.data_dir() / "svb" / "ijw-3.2"


@functools.cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_folder() / "xsd" / f"{name}.xsd")))


def valid(name: str, data: bytes) -> bool:
    return bool(_schema(name)(etree.fromstring(data)))


def sample(name: str) -> bytes:
    return (_folder() / "voorbeelden" / f"{name}.xml").read_bytes()


def own_302(*codes: str) -> Node:
    return return_to(
        read_tree(parse(sample("JW301"))),
        namespace=JW302,
        code="437",
        identificatie="R00000000001",
        dagtekening="2026-04-02",
        codes=codes or ("0200",),
    )


def _plain(data: bytes) -> list[tuple[str, str]]:
    """Every element with its text, without white space between elements."""
    found = [(str(one.tag), one.text or "") for one in parse(data).iter("*")]
    return [(tag, text if text.strip() else "") for tag, text in found]


def test_a_jw301_is_read_built_and_read_again_without_loss() -> None:
    data = sample("JW301")
    assert valid("JW301", data)
    tree = read_tree(parse(data))
    written = write_tree(tree)
    assert valid("JW301", written), _schema("JW301").error_log
    assert read_tree(parse(written)) == tree
    assert _plain(written) == _plain(data)
    assert write_tree(read_tree(parse(written))) == written
    header = read_header(parse(written))
    assert (header.code, header.afzender, header.ontvanger, header.identificatie) == ("436", "0384", "42420001", "123456789012")
    assert tree.value("Client/Naam/Geslachtsnaam/Achternaam") == "Wit"


def test_a_jw302_of_our_own_is_valid_and_keeps_the_header_of_what_it_answers() -> None:
    written = write_tree(own_302("0001"))
    assert valid("JW302", written), _schema("JW302").error_log
    assert read_tree(parse(written)) == own_302("0001")
    assert c14n_digest(parse(write_tree(read_tree(parse(written))))) == c14n_digest(parse(written))
    told = read_retour(parse(written))
    assert (told.header.afzender, told.header.identificatie) == ("0384", "123456789012")
    assert (told.identificatie, told.bad) == ("R00000000001", (("Bericht/Header", "0001"),))


def _changed(node: Node, path: str, change: Callable[[Node], Node | None]) -> Node:
    name, _, rest = path.partition("/")
    children = []
    for child in node.children:
        if child.name != name:
            children.append(child)
        elif rest:
            children.append(_changed(child, rest, change))
        elif (changed := change(child)) is not None:
            children.append(changed)
    return replace(node, children=tuple(children))


def _text(value: str) -> Callable[[Node], Node | None]:
    return lambda node: replace(node, text=value)


_BROKEN: dict[str, tuple[str, Callable[[Node], Node | None]]] = {
    "another code": ("Header/BerichtCode", _text("436")),
    "another version": ("Header/BerichtVersie", _text("9")),
    "no sender": ("Header/Afzender", lambda _: None),
    "a sender of five digits": ("Header/Afzender", _text("03840")),
    "no receiver": ("Header/Ontvanger", lambda _: None),
    "an identification of thirteen": ("Header/BerichtIdentificatie/Identificatie", _text("1234567890123")),
    "a day that does not exist": ("Header/DagtekeningRetour", _text("2026-02-30")),
    "no identification of its own": ("Header/IdentificatieRetour", lambda _: None),
    "codes without a code": ("Header/RetourCodes", lambda node: replace(node, children=(Node(JW302, "Leeg", "x"),))),
    "a name that is misspelt": ("Header/XsdVersieRetour", lambda node: replace(node, name="XsdVersieretour")),
}


@pytest.mark.parametrize("name", _BROKEN)
def test_the_schema_refuses_a_broken_jw302(name: str) -> None:
    path, change = _BROKEN[name]
    assert not valid("JW302", write_tree(_changed(own_302(), path, change)))


def test_what_is_no_message_of_the_family_is_not_read() -> None:
    for data in (b'<a b="c"/>', b"<a>tekst<b/></a>", b"<a><b/>tekst</a>"):
        with pytest.raises(DecodeFailure):
            read_tree(parse(data))
