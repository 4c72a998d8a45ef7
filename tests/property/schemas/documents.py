"""Makes random documents by walking a set of XSD files, and mutants of documents.

The walker reads XSDs itself, so it knows nothing of the schemas that are tested. It covers what the schemas of the koppelvlak
Jeugdzorg use: sequences, choices, groups, references, simple content, facets, attributes and attribute groups.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_TOKEN = re.compile(r"\[([^\]]+)\](?:\{(\d+)(?:,(\d+))?\})?")
_LETTERS = string.ascii_letters + string.digits + "  -.'äèñçß€ǎ\U0001f600"


class Walker:
    """Random valid documents of the elements that some XSD files declare."""

    def __init__(self, files: Iterable[Path], rng: random.Random) -> None:
        self._rng = rng
        self._found: dict[tuple[str, str], etree._Element] = {}
        for file in files:
            root = etree.parse(str(file)).getroot()
            for part in root:
                if isinstance(part.tag, str) and part.get("name"):
                    kind = part.tag.removeprefix(XS).replace("complexType", "type").replace("simpleType", "type")
                    self._found[kind, f"{{{root.get('targetNamespace')}}}{part.get('name')}"] = part

    def document(self, tag: str) -> etree._Element:
        """A random document with this root; mostly, not always, valid."""
        root = etree.Element(tag, nsmap={"xs": XS.strip("{}"), "xsi": XSI.strip("{}")})
        self._fill(root, self._found["element", tag])
        return root

    def _name(self, part: etree._Element, attribute: str) -> str:
        prefix, _, local = part.get(attribute, "").rpartition(":")
        return f"{{{part.nsmap[prefix or None]}}}{local}"

    def _fill(self, element: etree._Element, declared: etree._Element) -> None:
        if declared.get("fixed"):
            element.text = declared.get("fixed")
            return
        nil = declared.get("nillable") == "true" and self._rng.random() < 0.06
        if nil:
            element.set(f"{XSI}nil", self._rng.choice(["true", "1"]))
        if declared.get("type"):
            self._type(element, self._name(declared, "type"), nil=nil)
        else:
            self._definition(element, declared[-1], nil=nil)

    def _type(self, element: etree._Element, name: str, *, nil: bool) -> None:
        if name.startswith(XS):
            element.text = None if nil else self._value([], name.removeprefix(XS))
        else:
            self._definition(element, self._found["type", name], nil=nil)

    def _definition(self, element: etree._Element, definition: etree._Element, *, nil: bool) -> None:
        if definition.tag == f"{XS}simpleType":
            element.text = None if nil else self._simple(definition, [])
            return
        content = definition.find(f"{XS}simpleContent")
        if content is not None:
            facets: list[etree._Element] = []
            base = self._simple_content(element, content[0], facets)
            element.text = None if nil else self._value(facets, base)
            return
        self._attributes(element, definition)
        if not nil:
            for part in definition:
                self._particle(element, part)

    def _simple_content(self, element: etree._Element, derived: etree._Element, facets: list[etree._Element]) -> str:
        self._attributes(element, derived)
        for part in derived:
            if part.tag == f"{XS}simpleType":
                self._facets(part, facets)
            elif part.tag not in (f"{XS}attribute", f"{XS}attributeGroup"):
                facets.append(part)
        return self._base(element, self._name(derived, "base"), facets)

    def _base(self, element: etree._Element, name: str, facets: list[etree._Element]) -> str:
        if name.startswith(XS):
            return name.removeprefix(XS)
        definition = self._found["type", name]
        if definition.tag == f"{XS}simpleType":
            return self._facets(definition, facets)
        return self._simple_content(element, definition.find(f"{XS}simpleContent")[0], facets)

    def _facets(self, simple: etree._Element, facets: list[etree._Element]) -> str:
        restriction = simple.find(f"{XS}restriction")
        facets.extend(restriction)
        name = self._name(restriction, "base")
        return name.removeprefix(XS) if name.startswith(XS) else self._facets(self._found["type", name], facets)

    def _simple(self, simple: etree._Element, facets: list[etree._Element]) -> str:
        return self._value(facets, self._facets(simple, facets))

    def _attributes(self, element: etree._Element, holder: etree._Element) -> None:
        for part in holder:
            if part.tag == f"{XS}attributeGroup":
                self._attributes(element, self._found["attributeGroup", self._name(part, "ref")])
            elif part.tag == f"{XS}attribute" and (part.get("use") == "required" or self._rng.random() < 0.03):
                self._attribute(element, part)

    def _attribute(self, element: etree._Element, part: etree._Element) -> None:
        name = self._name(part, "ref") if part.get("ref") else part.get("name", "")
        declared = self._found["attribute", name] if part.get("ref") else part
        fixed = part.get("fixed") or declared.get("fixed")
        if fixed:
            element.set(name, fixed)
        elif declared.get("type"):
            type_ = self._name(declared, "type")
            base = type_.removeprefix(XS)
            element.set(name, self._value([], base) if base != type_ else self._simple(self._found["type", type_], []))
        else:
            element.set(name, self._simple(declared[-1], []))

    def _particle(self, parent: etree._Element, part: etree._Element) -> None:
        least, most = int(part.get("minOccurs", 1)), part.get("maxOccurs", "1")
        extra = 0
        highest = least + 2 if most == "unbounded" else int(most)
        while least + extra < highest and self._rng.random() < (0.4 if least + extra == 0 else 0.3):
            extra += 1
        for _ in range(least + extra):
            self._occurrence(parent, part)

    def _occurrence(self, parent: etree._Element, part: etree._Element) -> None:
        kind = part.tag.removeprefix(XS)
        if kind in ("sequence", "group"):
            inside = self._found["group", self._name(part, "ref")] if kind == "group" else part
            for inner in inside:
                self._particle(parent, inner)
        elif kind == "choice":
            self._particle(parent, self._rng.choice(list(part)))
        elif kind == "any":
            etree.SubElement(parent, self._rng.choice(["vrij", "{urn:x}vrij"])).text = "iets"
        elif kind == "element":
            if part.get("ref"):
                tag = self._name(part, "ref")
                self._fill(etree.SubElement(parent, tag), self._found["element", tag])
            else:
                namespace = part.getroottree().getroot().get("targetNamespace")
                self._fill(etree.SubElement(parent, f"{{{namespace}}}{part.get('name')}"), part)

    def _value(self, facets: list[etree._Element], base: str) -> str:
        by: dict[str, list[str]] = {}
        for facet in facets:
            by.setdefault(facet.tag.removeprefix(XS), []).append(facet.get("value", ""))
        rng = self._rng
        if "enumeration" in by:  # the most derived set counts
            innermost = next(facet for facet in facets if facet.tag == f"{XS}enumeration").getparent()
            return rng.choice([facet.get("value", "") for facet in innermost.iter(f"{XS}enumeration")])
        if "pattern" in by:
            return "".join(self._token(*found) for found in _TOKEN.findall(by["pattern"][0]))
        if base == "boolean":
            return rng.choice(["true", "false", "1", "0"])
        if base == "base64Binary":
            return rng.choice(["", "QUJD", "QUI=", " Q U J D ", "QUJDRA=="])
        if base == "decimal":
            return rng.choice(["20261122", "1", "+20261122", " 20261122 ", "20260000", "0020261122", "20261122.", "-5"])
        if base.endswith("Integer") or base == "integer":
            return str(rng.randint(1, int(by.get("maxInclusive", ["9"])[0])))
        if "length" in by:
            return "".join(rng.choice(_LETTERS) for _ in range(int(by["length"][0])))
        least, most = int(by.get("minLength", ["0"])[0]), min(int(n) for n in by.get("maxLength", ["60"]))
        size = rng.choice([least, most, rng.randint(least, most), rng.randint(least, min(most, least + 12))])
        return "".join(rng.choice(_LETTERS) for _ in range(size))

    def _token(self, characters: str, least: str, most: str) -> str:
        letters = re.sub(r"(.)-(.)", lambda m: "".join(map(chr, range(ord(m[1]), ord(m[2]) + 1))), characters)
        low = int(least or 1)
        return "".join(self._rng.choice(letters) for _ in range(self._rng.randint(low, int(most or low))))
