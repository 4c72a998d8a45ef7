"""Reads from an XSD which elements a message may hold, so that two versions of a schema can be compared.

It describes; it does not judge. It covers what XSDs of the standards here use: sequences, choices, groups, references, simple
and extended types. Attributes are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path

from lxml import etree

from hub.schemas.findings import short
from hub.schemas.parsing import Limits, parse

_XS = "{http://www.w3.org/2001/XMLSchema}"
_LINKS = frozenset({f"{_XS}import", f"{_XS}include", f"{_XS}redefine"})
_LENGTHS = {"maxLength": min, "minLength": max}

#: Deeper than this, or beyond so many elements, a structure is not described: it holds itself.
DEEPEST = 30
MOST_FIELDS = 20_000


#: A schema may be longer and wider than a message: it is itself judged by no schema.
_LIMITS = Limits(elements=500_000, children=50_000, equals_signs=2_000_000)


def read_schema(data: bytes) -> etree._Element:
    """Parse an XSD from outside.

    Raises:
        DecodeFailure: No XML that the hub reads, or too large.
    """
    return parse(data, limits=_LIMITS)


def links(schema: etree._Element) -> list[str | None]:
    """The ``schemaLocation`` of everything that an XSD imports, includes or redefines; None where it has none."""
    return [part.get("schemaLocation") for part in schema if part.tag in _LINKS]


def fields(file: Path, tag: str) -> dict[str, str]:
    """The elements of the message ``tag``: path -> how often, nillable, and which values.

    Raises:
        DecodeFailure: An XSD cannot be read.
        KeyError: ``file`` and what it links to do not declare ``tag`` or something it needs.
        OSError: An XSD is not there.
    """
    return _Reader(file).fields(tag)


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """What changed from ``old`` to ``new``, a line each, in the order of their paths."""
    lines = [f"gone: {path} ({old[path]})" for path in old if path not in new]
    lines += [f"new: {path} ({new[path]})" for path in new if path not in old]
    lines += [f"changed: {path} ({old[path]} -> {new[path]})" for path in old if new.get(path, old[path]) != old[path]]
    return sorted(lines, key=lambda line: line.partition(": ")[2])


class _Reader:
    """All components that one XSD and its links declare."""

    def __init__(self, file: Path) -> None:
        self._parts: dict[tuple[str, str], etree._Element] = {}
        self._load(file.resolve(), set())
        self._found: dict[str, str] = {}

    def fields(self, tag: str) -> dict[str, str]:
        self._element(self._parts["element", tag], "", "1..1", 0)
        return self._found

    def _load(self, file: Path, seen: set[Path]) -> None:
        if file in seen:
            return
        seen.add(file)
        schema = read_schema(file.read_bytes())
        for part in schema:
            if part.get("name"):
                kind = "type" if part.tag.endswith("Type") else part.tag.removeprefix(_XS)
                self._parts[kind, f"{{{schema.get('targetNamespace', '')}}}{part.get('name')}"] = part
        for location in links(schema):
            if location:
                self._load((file.parent / location).resolve(), seen)

    def _element(self, part: etree._Element, path: str, occurs: str, depth: int) -> None:
        if part.get("ref"):
            part = self._parts["element", _name(part, "ref")]
        path = f"{path}/{short(_declared_name(part))}"
        definition = self._definition(part)
        content = "" if definition is None else self._values(definition)
        if part.get("fixed") is not None:
            content = f"fixed {part.get('fixed')}"
        elif part.get("type", "").rpartition(":")[2] and definition is None:
            content = part.get("type", "").rpartition(":")[2]
        nillable = "nillable" if part.get("nillable") in ("true", "1") else ""
        self._found[path] = " ".join(word for word in (occurs, nillable, content) if word)
        if definition is not None and depth < DEEPEST and len(self._found) < MOST_FIELDS:
            self._children(definition, path, depth + 1)

    def _definition(self, part: etree._Element) -> etree._Element | None:
        """The type of an element; None for a type of XML Schema itself."""
        if not part.get("type"):
            return next((inner for inner in part if inner.tag.endswith("Type")), None)
        name = _name(part, "type")
        return None if name.startswith(_XS) else self._parts["type", name]

    def _children(self, holder: etree._Element, path: str, depth: int, least: int = 1, most: float = 1) -> None:
        """Describe what ``holder`` holds; ``least`` and ``most`` say how often the holder itself may occur."""
        for part in holder:
            kind = part.tag.removeprefix(_XS)
            low, high = (
                least * int(part.get("minOccurs", "1")),
                most * float(part.get("maxOccurs", "1").replace("unbounded", "inf")),
            )
            if kind == "element":
                self._element(part, path, f"{low}..{'*' if high == inf else int(high)}", depth)
            elif kind == "group":
                self._children(self._parts["group", _name(part, "ref")], path, depth, low, high)
            elif kind in ("sequence", "choice", "all"):
                self._children(part, path, depth, 0 if kind == "choice" else low, high)
            elif kind in ("complexContent", "restriction"):
                self._children(part, path, depth, least, most)
            elif kind == "extension":
                base = _name(part, "base")
                if not base.startswith(_XS):
                    self._children(self._parts["type", base], path, depth, least, most)
                self._children(part, path, depth, least, most)

    def _values(self, definition: etree._Element) -> str:
        """Which values a simple type, or a type with simple content, allows: its builtin type and what limits it."""
        facets: list[tuple[str, str, etree._Element]] = []
        base = self._base(definition, facets)
        if not base:
            return ""
        for decisive in ("enumeration", "pattern"):
            first = next((holder for name, _, holder in facets if name == decisive), None)
            if first is not None:
                allowed = sorted(value for name, value, holder in facets if name == decisive and holder is first)
                return f"{base} {{{'|'.join(allowed)}}}"
        limits: dict[str, str] = {}
        for name, value, _ in facets:
            tighter = _LENGTHS.get(name)
            limits[name] = (
                str(tighter(int(value), int(limits[name]))) if tighter and name in limits else limits.get(name, value)
            )
        return " ".join([base, *(f"{name}={value}" for name, value in sorted(limits.items()))])

    def _base(self, definition: etree._Element, facets: list[tuple[str, str, etree._Element]]) -> str:
        derived = definition.find(f"{_XS}restriction")  # a simple type
        if derived is None:
            content = definition.find(f"{_XS}simpleContent")
            derived = None if content is None else next(part for part in content if part.get("base"))
        if derived is None:
            return ""
        facets.extend(_facets(derived))
        inner = derived.find(f"{_XS}simpleType")
        if inner is not None:
            return self._base(inner, facets)
        name = _name(derived, "base")
        return name.removeprefix(_XS) if name.startswith(_XS) else self._base(self._parts["type", name], facets)


def _facets(derived: etree._Element) -> list[tuple[str, str, etree._Element]]:
    return [(part.tag.removeprefix(_XS), part.get("value", ""), derived) for part in derived if part.get("value") is not None]


def _name(part: etree._Element, attribute: str) -> str:
    prefix, _, local = part.get(attribute, "").rpartition(":")
    return f"{{{part.nsmap.get(prefix or None, '')}}}{local}"


def _declared_name(part: etree._Element) -> str:
    namespace = part.getroottree().getroot().get("targetNamespace", "")
    return f"{{{namespace}}}{part.get('name')}"
