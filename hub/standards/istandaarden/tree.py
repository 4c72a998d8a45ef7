"""A message of the iStandaarden as plain values, read and written without loss: for the messages about care in kind (iJw).

All of them are elements with either text or elements, in two namespaces and without attributes. So one reader and one writer
serve every message of the family; the official schema judges both ways. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from hub.errors import DecodeFailure
from hub.standards.xml_writer import element, group

_VERSION_OF_IJW = re.compile(r"http://www\.istandaarden\.nl/([a-z]+)/([0-9]+_[0-9]+)/([a-z0-9]+)/schema")


@dataclass(frozen=True, slots=True)
class Node:
    """An element: its namespace and name, and text or elements."""

    namespace: str
    name: str
    text: str = ""
    children: tuple[Node, ...] = ()

    def find(self, path: str) -> Node | None:
        """The first element on a path of names below this one."""
        here: Node | None = self
        for name in path.split("/"):
            here = next((child for child in here.children if child.name == name), None) if here else None
        return here

    def value(self, path: str) -> str:
        """The text of the first element on a path; empty when there is none."""
        found = self.find(path)
        return found.text if found else ""

    def all(self) -> Iterator[Node]:
        """This element and all below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.all()


def read_tree(message: etree._Element) -> Node:
    """A message as plain values.

    Raises:
        DecodeFailure: It has attributes or text between elements, which no message of the family has.
    """
    children = tuple(read_tree(child) for child in message.iterchildren("*"))
    named = etree.QName(message)
    text = (message.text or "").strip() if children else message.text or ""
    if any((child.tail or "").strip() for child in message) or (children and text) or len(message.attrib):
        raise DecodeFailure("the message holds attributes or text where none belong")
    return Node(named.namespace or "", named.localname, text, children)


def write_tree(root: Node) -> bytes:
    """A message in UTF-8, without byte order mark and XML declaration. Empty elements are left out."""
    namespaces = dict.fromkeys(one.namespace for one in root.all())
    prefixes = {namespace: _prefix(namespace, number) for number, namespace in enumerate(namespaces)}
    declared = [(f"xmlns:{prefix}", namespace) for namespace, prefix in prefixes.items()]
    inner = "".join(_write(child, prefixes) for child in root.children)
    return group(f"{prefixes[root.namespace]}:{root.name}", inner, *declared).encode()


def _write(node: Node, prefixes: Mapping[str, str]) -> str:
    name = f"{prefixes[node.namespace]}:{node.name}"
    return (
        group(name, "".join(_write(child, prefixes) for child in node.children)) if node.children else element(name, node.text)
    )


def _prefix(namespace: str, number: int) -> str:
    known = _VERSION_OF_IJW.fullmatch(namespace)
    if known is None:
        return f"n{number}"
    return known[1] if known[3] == "basisschema" else known[3]


def return_to(
    message: Node, *, namespace: str, code: str, identificatie: str, dagtekening: str, codes: tuple[str, ...]
) -> Node:
    """A return with its header only, which rejects a message at the second control level or takes it whole.

    Args:
        message: What is answered; its header is kept, sender and receiver as they are.
        namespace: Of the return.
        code: Berichtcode of the return.
        identificatie: Of the return.
        dagtekening: Of the return, year, month and day.
        codes: Codes of list WJ001.

    Raises:
        DecodeFailure: What is answered has no header.
    """
    header = message.find("Header")
    if header is None:
        raise DecodeFailure("the message has no header")
    kept = tuple(_moved(child, message.namespace, namespace) for child in header.children)
    kept = tuple(replace(one, text=code) if one.name == "BerichtCode" else one for one in kept)
    versions = next((replace(one, name="XsdVersieRetour") for one in kept if one.name == "XsdVersie"), None)
    listed = Node(namespace, "RetourCodes", children=tuple(Node(namespace, "RetourCode", one) for one in codes))
    own = (
        Node(namespace, "IdentificatieRetour", identificatie),
        Node(namespace, "DagtekeningRetour", dagtekening),
        *((versions,) if versions else ()),
        *((listed,) if codes else ()),
    )
    return Node(namespace, "Bericht", children=(Node(namespace, "Header", children=(*kept, *own)),))


def _moved(node: Node, old: str, new: str) -> Node:
    """An element of one message in another; what is of the shared schema stays there."""
    children = tuple(_moved(child, old, new) for child in node.children)
    return replace(node, namespace=new if node.namespace == old else node.namespace, children=children)
