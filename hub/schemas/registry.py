"""Knows which schema judges which message, and judges.

A family of messages describes itself: beside its XSDs lies a ``messages.toml`` with ``family``, ``version``, ``namespace`` and
``schema`` (the XSD that declares the elements), and under ``[messages]`` a row per message type. A row is named after the type.
Its ``element`` is the root element, the type's name unless said otherwise; ``namespace`` and ``schema`` may be given per row,
and ``empty_elements = false`` says that no element may be empty. Under ``[prefixes]`` stand the prefixes that the standard
writes.
So all messages of iJw can have the root ``Bericht`` and be told apart by their namespaces::

    [messages]
    JW301 = { element = "Bericht", namespace = "http://www.istandaarden.nl/ijw/3_2/jw301/schema", schema = "jw301.xsd" }

A message is found by the QName of its root element, a type by its name. A compiled schema judges one document at a time:
shared, it gives right verdicts but mixes up its error log between threads. So each is lent out, the one that came back last
first: there are as many as were ever needed at the same moment, and a new thread compiles nothing. They are read from files
only; nothing is fetched.

Rules that a standard demands outside its schema are in ``hub.schemas.rules``.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lxml import etree

from hub.errors import Finding, NoRoute, SchemaViolation
from hub.schemas import families, findings
from hub.schemas.parsing import DEFAULT, Limits, line_of, parse


@dataclass(frozen=True, slots=True)
class MessageType:
    """A kind of message and the schema that judges it.

    Attributes:
        name: Its own, e.g. ``JW301``; unique among the types.
        tag: QName of its root element as lxml writes it, ``{namespace}element``; unique too.
        family: The standard it belongs to.
        version: Of that standard.
        file: The XSD that declares the element.
        empty_elements: Whether an element may be without content (see ``hub.schemas.rules``).
    """

    name: str
    tag: str
    family: str
    version: str
    file: Path
    empty_elements: bool = True

    @property
    def element(self) -> str:
        """Local name of the root element."""
        return self.tag.rpartition("}")[2]


def types_in(folder: Path) -> tuple[MessageType, ...]:
    """The message types that the families in this folder describe, by the order of their paths.

    Raises:
        ValueError: Two types have one name or one root element, or a description is not complete.
    """
    found: list[MessageType] = []
    for file, description in families.described(folder):
        found += _types_of(file, description)
    for kind, values in (("name", [known.name for known in found]), ("root element", [known.tag for known in found])):
        if twice := {value for value in values if values.count(value) > 1}:
            raise ValueError(f"message types in {folder} with one {kind}: {', '.join(sorted(twice))}")
    return tuple(found)


def _types_of(file: Path, described: Mapping[str, Any]) -> Iterator[MessageType]:
    for name, row in described["messages"].items():
        facts = {key: row.get(key, described.get(key)) for key in ("namespace", "schema")}
        if unknown := set(row) - {"element", "empty_elements", *facts}:
            raise ValueError(f"{file}: {name} has unknown keys: {', '.join(sorted(unknown))}")
        if missing := [key for key, value in facts.items() if not value]:
            raise ValueError(f"{file}: {name} has no {' and no '.join(missing)}")
        tag = f"{{{facts['namespace']}}}{row.get('element', name)}"
        schema, may_be_empty = file.parent / facts["schema"], row.get("empty_elements", True)
        yield MessageType(name, tag, described["family"], described["version"], schema, may_be_empty)


#: Every message that the project's own schemas judge.
OWN: tuple[MessageType, ...] = types_in(families.HERE)

#: Threads that compile XSDs at the same moment fail at random (libxml2), so one at a time in the whole process.
_compiling = threading.Lock()


def compile_schema(file: Path) -> etree.XMLSchema:
    """Compile an XSD and what it imports. For the calling thread only.

    Raises:
        etree.XMLSchemaParseError: It is no schema, or an import cannot be found.
        OSError: The file cannot be read.
    """
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    with _compiling:
        return etree.XMLSchema(etree.parse(str(file), parser))


class Registry:
    """The message types that count, and their compiled schemas. Any thread may use one at any time."""

    def __init__(self, types: Iterable[MessageType] = OWN) -> None:
        self.types = tuple(types)
        self._by_tag = {known.tag: known for known in self.types}
        self._by_name = {known.name: known for known in self.types}
        self._idle: defaultdict[Path, list[etree.XMLSchema]] = defaultdict(list)

    def find(self, name: str) -> MessageType:
        """The type with this name, or with this QName (``{namespace}element``) as root element.

        Raises:
            NoRoute: No schema here declares it.
        """
        found = self._by_tag.get(name) or self._by_name.get(name)
        if found is None:
            raise NoRoute("No schema here declares this root element")
        return found

    def validate(self, element: etree._Element, *, schema: MessageType | None = None) -> tuple[Finding, ...]:
        """Judge ``element`` by its schema; an empty tuple means valid.

        Args:
            element: A root, or an element inside a larger document (a SOAP body's child): only it is judged.
            schema: Judge by this type's schema, and refuse another root element than its own.

        Raises:
            NoRoute: ``schema`` is None and no schema declares the element.
        """
        known = schema or self.find(str(element.tag))
        if element.tag != known.tag:
            place = findings.name_of(element)
            return (Finding("ROOT_ELEMENT", f"{place}: the message is not a {known.name}", line_of(element), f"/{place}"),)
        compiled = self._take(known.file)
        try:
            if compiled(element):
                return ()
            return findings.translate(list(cast(Any, compiled.error_log)), element)
        finally:
            self._idle[known.file].append(compiled)

    def check(self, data: bytes, *, limits: Limits = DEFAULT) -> etree._Element:
        """Parse untrusted bytes and judge them by the schema of their root element.

        Raises:
            DecodeFailure: No XML that the hub reads, or too large.
            NoRoute: No schema declares the root element.
            SchemaViolation: It breaks rules; ``findings`` says which and where.
        """
        root = parse(data, limits=limits)
        found = self.validate(root)
        if found:
            raise SchemaViolation(f"{self.find(str(root.tag)).name} breaks {len(found)} rule(s) of its schema", found)
        return root

    def _take(self, file: Path) -> etree.XMLSchema:
        """A compiled schema, the caller's alone until it is put back. (Appending to a list and popping from it are atomic.)"""
        try:
            return self._idle[file].pop()
        except IndexError:
            return compile_schema(file)


#: The project's own schemas.
REGISTRY = Registry()


def find(name: str) -> MessageType:
    """``Registry.find`` of the project's own schemas."""
    return REGISTRY.find(name)


def validate(element: etree._Element, *, schema: MessageType | None = None) -> tuple[Finding, ...]:
    """``Registry.validate`` of the project's own schemas."""
    return REGISTRY.validate(element, schema=schema)


def check(data: bytes, *, limits: Limits = DEFAULT) -> etree._Element:
    """``Registry.check`` of the project's own schemas."""
    return REGISTRY.check(data, limits=limits)
