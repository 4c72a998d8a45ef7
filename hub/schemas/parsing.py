"""The one entry point for XML from outside: bounded in bytes, elements, depth, attributes and declarations, and deaf to DTDs.

Everything that the hub did not build itself in the same process goes through ``parse``. It does not judge what a document says:
that is ``hub.schemas.registry``.

What is measured and why it is done this way: lxml with all its safety switches still accepts a DOCTYPE and cuts text at an
entity, so a DOCTYPE is refused before libxml2 sees it; libxml2 refuses text nodes over 10 MB without ``huge_tree``, and with it
forgets its own limits, so that switch is only used for large documents, which are fed in pieces and counted.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal, cast

from lxml import etree

from hub.errors import DecodeFailure, Finding, Stage

#: Bytes fed to libxml2 at a time; also the size up to which a document is parsed at once and counted afterwards.
PIECE = 64 * 1024

#: From this size on libxml2's own limit of 10 MB a text node is lifted; our counters remain.
HUGE_FROM = 8_000_000

_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'<>]*)["']""")
#: What may stand before a DOCTYPE or the root element. Possessive, so linear on hostile input too.
_PROLOG = re.compile(rb"(?>\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a document may hold. 1 MB is 1,000,000 bytes.

    ``equals_signs`` bounds attributes and namespace declarations of the whole document before it is parsed: each needs one.
    ``elements`` and ``children`` also bound the time a schema may take: libxml2 counts siblings for the path of every error, so
    that 90,000 wrong siblings (2 MB) cost minutes. With these limits it stays below a second; raise them only for
    documents of which the sender is trusted.

    ``declarations`` bounds the time that work on a part of a document may take: lxml repeats what every ancestor declares for
    each part that is judged, canonicalised or written.
    """

    max_bytes: int = 35_000_000
    elements: int = 20_000
    children: int = 1_000  # per element
    depth: int = 100
    attributes: int = 100  # per element
    declarations: int = 100  # of namespaces, per element
    equals_signs: int = 300_000


DEFAULT = Limits()


class UnreadableXml(DecodeFailure):
    """The bytes are no XML that the hub reads. The text names rule and line, never content.

    Attributes:
        rule: libxml2's name of the error, or ours: ``ENCODING``, ``DOCTYPE``, ``TOO_LARGE``, ``TOO_MANY_ELEMENTS``,
            ``TOO_DEEP``, ``TOO_MANY_ATTRIBUTES``, ``TOO_MANY_DECLARATIONS``.
        line: Where, counted from 1, or None when it is about the whole document.
    """

    def __init__(self, rule: str, text: str, *, line: int | None = None, code: str | None = None) -> None:
        place = f" (line {line})" if line else ""
        super().__init__(f"{text}{place} [{rule}]", code=code, stage=Stage.RECEIVING)
        self.rule = rule
        self.line = line
        self.finding = Finding(rule=rule, message=text, line=line)


def parse(data: bytes, *, limits: Limits = DEFAULT) -> etree._Element:
    """Parse untrusted XML and return its root element.

    UTF-8 only (RFC 3629; a UTF-8 byte order mark is fine). No DOCTYPE, so no entities but the five of XML itself. Comments and
    processing instructions are dropped, CDATA becomes text: none of them carries meaning in our standards. Any thread.

    Raises:
        UnreadableXml: A ``DecodeFailure`` with code ``undecodable``, or ``too_large`` when a limit is passed.
    """
    if len(data) > limits.max_bytes:
        raise _too_large("TOO_LARGE", f"The document is larger than {limits.max_bytes} bytes")
    _refuse_other_encodings(data)
    _refuse_doctype(data)
    if data.count(b"=") > limits.equals_signs:
        raise _too_large("TOO_MANY_ATTRIBUTES", "The document holds too many attributes")
    small = len(data) <= PIECE and data.count(b"xmlns") <= limits.declarations
    return _parse_at_once(data, limits) if small else _parse_in_pieces(data, limits)


def parse_own(data: bytes) -> etree._Element:
    """Parse what this process itself built a moment ago and return its root element; nothing hostile can be in it. Any thread.

    Raises:
        UnreadableXml: It is not well-formed after all.
    """
    if len(data) > PIECE:
        return parse(data, limits=Limits(max_bytes=len(data)))  # in pieces, so that no copy of an attachment is left over
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(error) from None


def line_of(element: etree._Element) -> int | None:
    """The line of an element's start tag in the bytes it was parsed from, or None for one that was built."""
    return cast("int | None", element.sourceline)


def c14n_digest(element: etree._Element) -> bytes:
    """SHA-256 over the exclusive C14N of ``element`` without comments (W3C xml-exc-c14n); 32 bytes.

    Equal digests are identical messages. ``element`` may be inside a larger document: only it and what it holds counts.

    Raises:
        UnreadableXml: The element has no canonical form (a relative namespace URI).
    """
    sink = _HashSink()
    try:
        tree: Any = etree.ElementTree(element)  # the stubs do not know exclusive C14N
        tree.write_c14n(sink, exclusive=True, with_comments=False)
    except etree.C14NError:
        raise UnreadableXml("NO_CANONICAL_FORM", "The element has no canonical form", line=line_of(element)) from None
    return sink.digest()


class _HashSink:
    """A file to lxml, a hash to us, so that no canonical copy of a large document is ever in memory."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.digest = self._hash.digest

    def write(self, piece: bytes) -> int:
        self._hash.update(piece)
        return len(piece)

    def close(self) -> None:
        """lxml asks for it."""


def _too_large(rule: str, text: str, line: int | None = None) -> UnreadableXml:
    return UnreadableXml(rule, text, line=line, code="too_large")


def _too_many_elements(limits: Limits, line: int | None = None) -> UnreadableXml:
    return _too_large("TOO_MANY_ELEMENTS", f"The document has over {limits.elements} elements", line)


def _too_many_children(limits: Limits, line: int | None) -> UnreadableXml:
    return _too_large("TOO_MANY_ELEMENTS", f"An element holds over {limits.children} elements", line)


def _too_deep(limits: Limits, line: int | None = None) -> UnreadableXml:
    return _too_large("TOO_DEEP", f"The document is nested over {limits.depth} deep", line)


def _too_many_attributes(limits: Limits, line: int | None = None) -> UnreadableXml:
    return _too_large("TOO_MANY_ATTRIBUTES", f"An element has over {limits.attributes} attributes", line)


def _too_many_declarations(limits: Limits, line: int | None = None) -> UnreadableXml:
    return _too_large("TOO_MANY_DECLARATIONS", f"An element declares over {limits.declarations} namespaces", line)


def _refuse_other_encodings(data: bytes) -> None:
    """UTF-16 and UTF-32 show themselves by a mark or a zero byte in the first four; the rest by what they declare."""
    head = data[:4]
    if b"\0" in head or head[:2] in (b"\xfe\xff", b"\xff\xfe"):
        raise UnreadableXml("ENCODING", "The document is not in UTF-8", line=1)
    declared = _DECLARED.match(data, len(_BOM) if data.startswith(_BOM) else 0)
    if declared and declared[1].lower() != b"utf-8":
        raise UnreadableXml("ENCODING", "The document declares an encoding other than UTF-8", line=1)


def _refuse_doctype(data: bytes) -> None:
    """Refuse ``<!`` before the root element. Exact, because by now the bytes can only be read as UTF-8."""
    prolog = _PROLOG.match(data, len(_BOM) if data.startswith(_BOM) else 0)
    end = prolog.end() if prolog else 0
    if data.startswith(b"<!DOCTYPE", end):
        raise _doctype(data.count(b"\n", 0, end) + 1)


def _doctype(line: int | None) -> UnreadableXml:
    return UnreadableXml("DOCTYPE", "The document holds a DOCTYPE, which is never accepted", line=line)


def _new_parser(events: tuple[Literal["start", "end", "start-ns"], ...], *, huge: bool) -> etree.XMLPullParser:
    # The encoding is forced: whatever the document declares, libxml2 reads UTF-8 and refuses bytes that are not.
    return etree.XMLPullParser(
        events=events,
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=huge,
        remove_comments=True,
        remove_pis=True,
    )


def _parse_at_once(data: bytes, limits: Limits) -> etree._Element:
    """Small documents: their size bounds the harm, so they are counted after parsing, which costs no event per element."""
    parser = _new_parser((), huge=False)
    try:
        parser.feed(data)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise _unreadable(error) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype(None)
    _count_after(data, root, limits)
    return root


def _count_after(data: bytes, root: etree._Element, limits: Limits) -> None:
    """Hold a parsed document against the limits; bytes that rule an excess out save looking at the elements."""
    if data.count(b"<") > limits.elements and sum(1 for _ in root.iter()) > limits.elements:
        raise _too_many_elements(limits)
    if data.count(b"<") > limits.children:
        for element in root.iter():
            if len(element) > limits.children:
                raise _too_many_children(limits, line_of(element))
    if data.count(b"</") > limits.depth and _deeper_than(limits.depth)(root):
        raise _too_deep(limits)
    if data.count(b"=") > limits.attributes:
        for element in root.iter():
            if len(element.attrib) > limits.attributes:
                raise _too_many_attributes(limits, line_of(element))


@functools.lru_cache(maxsize=8)
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath(f"boolean({'/*' * (depth + 1)})")


def _parse_in_pieces(data: bytes, limits: Limits) -> etree._Element:
    """Large documents: counted while they are parsed, so that a flood stops after one piece too many."""
    parser = _new_parser(("start", "end", "start-ns"), huge=len(data) > HUGE_FROM)
    counter = _Counter(limits)
    view = memoryview(data)
    try:
        for start in range(0, len(data), PIECE):
            parser.feed(bytes(view[start : start + PIECE]))
            counter.count_all(parser)
        root = parser.close()
        counter.count_all(parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(error) from None
    return root


class _Counter:
    """Counts elements, depth, attributes and declarations from the events of one document."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._elements = 0
        self._depth = 0
        self._declared = 0  # namespaces since the last start of an element

    def count_all(self, parser: etree.XMLPullParser) -> None:
        """Take the events into account that the parser has ready."""
        for event, element in parser.read_events():
            if event == "start-ns":  # comes before the start of the element that declares it
                self._declared += 1
            else:
                self.count(event, cast(etree._Element, element))

    def count(self, event: str, element: etree._Element) -> None:
        """Take one event into account.

        Raises:
            UnreadableXml: A limit is passed.
        """
        if event == "end":
            self._depth -= 1
            if len(element) > self._limits.children:
                raise _too_many_children(self._limits, line_of(element))
            return
        self._elements += 1
        self._depth += 1
        if self._elements == 1 and element.getroottree().docinfo.internalDTD is not None:
            raise _doctype(None)
        if self._elements > self._limits.elements:
            raise _too_many_elements(self._limits, line_of(element))
        if self._depth > self._limits.depth:
            raise _too_deep(self._limits, line_of(element))
        if len(element.attrib) > self._limits.attributes:
            raise _too_many_attributes(self._limits, line_of(element))
        if self._declared > self._limits.declarations:
            raise _too_many_declarations(self._limits, line_of(element))
        self._declared = 0


#: Number of a libxml2 error -> its name.
_RULES: dict[int, str] = {number: name for name, number in vars(etree.ErrorTypes).items() if isinstance(number, int)}


def _unreadable(error: etree.XMLSyntaxError) -> UnreadableXml:
    """The error as rule and line: libxml2's own text may quote names and values, so it is not passed on."""
    number = cast(Any, error).code
    if number == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return _too_large("ERR_RESOURCE_LIMIT", "The document passes a limit of the XML parser", error.lineno)
    rule = _RULES.get(number or 0, "")
    if rule in ("", "ERR_INTERNAL_ERROR"):  # what libxml2 says of an entity that nothing declares
        rule = "ERR_NOT_WELL_FORMED"
    return UnreadableXml(rule, "The document is not well-formed XML", line=error.lineno or None)
