"""Turns what libxml2 says about a document into findings that hold names and rules but never a value.

libxml2's texts quote the offending value ("The value '2011 AB' is not accepted by ..."), which may be a BSN or a name. Nothing
of a text is passed on but what comes from the schema: the allowed pattern, set, length or elements, which libxml2 always puts
behind the value, and the names of elements and attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from hub.errors import Finding
from hub.schemas import families

#: At most so many findings a document; more help nobody.
MOST = 100

#: Prefixes as the standards write them, so that a path reads the same whatever prefixes the sender chose: what each family
#: describes, and those of envelopes and of XML itself.
PREFIXES: dict[str, str] = families.prefixes() | {
    "http://www.w3.org/2005/05/xmlmime": "xmime",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    "http://www.w3.org/2001/XMLSchema": "xs",
    "http://schemas.xmlsoap.org/soap/envelope/": "soap",
    "http://www.w3.org/2005/08/addressing": "wsa",
    "http://www.stufstandaarden.nl/koppelvlak/dai0100": "dai",
}

#: rule -> (what it means, where the schema's own part of the text begins, how that part is introduced).
_MEANINGS: dict[str, tuple[str, str, str]] = {
    "SCHEMAV_CVC_PATTERN_VALID": ("the value does not match the pattern", "by the pattern ", " "),
    "SCHEMAV_CVC_ENUMERATION_VALID": ("the value is not one of the allowed values", "is not an element of the set ", " "),
    "SCHEMAV_CVC_MAXLENGTH_VALID": ("the value is longer than allowed", "allowed maximum length of ", ": at most "),
    "SCHEMAV_CVC_MINLENGTH_VALID": ("the value is shorter than allowed", "allowed minimum length of ", ": at least "),
    "SCHEMAV_CVC_LENGTH_VALID": ("the value does not have the required length", "allowed length of ", ": exactly "),
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": ("the value is greater than allowed", "maximum value allowed ", ": at most "),
    "SCHEMAV_CVC_MININCLUSIVE_VALID": ("the value is smaller than allowed", "minimum value allowed ", ": at least "),
    "SCHEMAV_CVC_TOTALDIGITS_VALID": ("the number has more digits than allowed", "digits than are allowed ", ": at most "),
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": ("the number has more decimals than allowed", "digits than are allowed ", ": at most "),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": ("the value does not fit the type", "atomic type ", " "),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": ("the value does not fit any of the types", "union type ", " "),
    "SCHEMAV_ELEMENT_CONTENT": ("the content is not what the schema asks here", "Expected is ", "; expected is "),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": ("the element must be empty", "", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": ("the element may hold text only", "", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": ("the element may hold elements only, no text", "", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": ("the attribute is not allowed", "", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": ("the attribute is not allowed", "", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_4": ("a required attribute is missing", "The attribute ", ": "),
    "SCHEMAV_CVC_ATTRIBUTE_3": ("the attribute's value does not fit its type", "", ""),
    "SCHEMAV_CVC_ATTRIBUTE_4": ("the attribute does not have its fixed value", "fixed value constraint ", " "),
    "SCHEMAV_CVC_AU": ("the attribute does not have its fixed value", "fixed value constraint ", " "),
    "SCHEMAV_CVC_TYPE_3_1_1": ("the element carries an attribute that is not allowed here", "", ""),
    "SCHEMAV_CVC_TYPE_3_1_2": ("the element may not hold elements", "", ""),
    "SCHEMAV_CVC_ELT_1": ("the schema does not know this element", "", ""),
    "SCHEMAV_CVC_ELT_3_1": ("the element may not be nil", "", ""),
    "SCHEMAV_CVC_ELT_3_2_1": ("a nil element must be empty", "", ""),
    "SCHEMAV_CVC_ELT_3_2_2": ("an element with a fixed value may not be nil", "", ""),
    "SCHEMAV_CVC_ELT_4_1": ("xsi:type does not name a type", "", ""),
    "SCHEMAV_CVC_ELT_4_2": ("xsi:type names a type that the schema does not have", "", ""),
    "SCHEMAV_CVC_ELT_4_3": ("xsi:type names a type that may not stand here", "", ""),
    "SCHEMAV_CVC_ELT_5_2_2_1": ("the element may not hold elements, since its value is fixed", "", ""),
    "SCHEMAV_CVC_ELT_5_2_2_2_1": ("the element does not have its fixed value", "fixed value constraint ", " "),
    "SCHEMAV_CVC_ELT_5_2_2_2_2": ("the element does not have its fixed value", "fixed value constraint ", " "),
}

#: A text of libxml2 below this length has not been cut.
_WHOLE = 10_000

_STEP = re.compile(r"(?:([^:/\[\]]+):)?([^:/\[\]]+)(?:\[(\d+)\])?")
_ATTRIBUTE = re.compile(r"^Element '[^']*', attribute '([^']*)'")
_BRACED = re.compile(r"\{([a-z]+:[^{}]*)\}")
_MISSING = "Missing child element(s)."


def translate(log: Iterable[etree._LogEntry], root: etree._Element) -> tuple[Finding, ...]:
    """The findings in a schema's error log about ``root``, in document order, at most ``MOST``."""
    findings: list[Finding] = []
    for entry in log:
        if len(findings) == MOST:
            break
        element = locate(root, entry.path or "")
        path = path_of(element, root) if element is not None else ""
        finding = Finding(rule=entry.type_name, message=_message(entry, element), line=entry.line or None, path=path)
        if finding not in findings:
            findings.append(finding)
    return tuple(findings)


def path_of(element: etree._Element, root: etree._Element) -> str:
    """XPath of ``element`` from ``root``, with the prefixes of ``PREFIXES`` and an index where siblings share the name."""
    steps: list[str] = []
    current: etree._Element | None = element
    while current is not None:
        parent = current.getparent() if current is not root else None
        steps.append(_step(current, parent))
        current = parent
    return "/" + "/".join(reversed(steps))


def locate(root: etree._Element, path: str) -> etree._Element | None:
    """The element that libxml2 means by ``path``, whose steps use the sender's prefixes, or ``*`` without one."""
    steps = [step for step in path.split("/") if step]
    current = root
    for step in steps[1:]:
        match = _STEP.fullmatch(step)
        if match is None:
            return current  # an attribute or a text: the element that holds it
        prefix, name, index = match.groups()
        found = [child for child in current if name == "*" or (child.prefix, _local(child)) == (prefix, name)]
        place = int(index or 1) - 1
        if place >= len(found):
            return None
        current = found[place]
    return current


def short(text: str) -> str:
    """``{namespace}name`` as ``prefix:name`` for the namespaces we know; others lose their namespace."""
    return _BRACED.sub(lambda found: f"{PREFIXES[found[1]]}:" if found[1] in PREFIXES else "", text)


def _message(entry: etree._LogEntry, element: etree._Element | None) -> str:
    rule, text = entry.type_name, entry.message or ""
    meaning, marker, introduction = _MEANINGS.get(rule, (f"rule {rule} is broken", "", ""))
    if rule == "SCHEMAV_ELEMENT_CONTENT":
        meaning = "an element is missing" if _MISSING in text else "this element is not expected here"
    attribute = _ATTRIBUTE.match(text)
    place = name_of(element) if element is not None else "the document"
    if attribute:
        place = f"{place}, attribute {short(attribute[1])}"
    whole = len(text) < _WHOLE  # libxml2 cuts long texts, and then the value comes last
    tail = _tail(rule, text.rpartition(marker)[2]) if marker and whole and marker in text else ""
    return f"{place}: {meaning}{introduction + tail if tail else ''}"


def _tail(rule: str, tail: str) -> str:
    """The schema's own part of a text, tidied."""
    if rule == "SCHEMAV_ELEMENT_CONTENT" and not tail.endswith(" )."):
        return ""  # no list follows: the marker came from a name in the document
    if rule == "SCHEMAV_CVC_COMPLEX_TYPE_4":  # The attribute 'x' is required but missing.
        tail = tail.partition(" is required")[0]
    return short(tail.strip().rstrip(".").strip("'\"() "))


def name_of(element: etree._Element) -> str:
    """``prefix:name`` of an element; ``*`` when its namespace is none of ours."""
    return f"{PREFIXES[namespace]}:{_local(element)}" if (namespace := _namespace(element)) in PREFIXES else "*"


def _step(element: etree._Element, parent: etree._Element | None) -> str:
    name = name_of(element)
    if parent is None:
        return name
    same = [child for child in parent if child.tag == element.tag] if name != "*" else list(parent)
    return name if len(same) == 1 else f"{name}[{same.index(element) + 1}]"


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _namespace(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{")
