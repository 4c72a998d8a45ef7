"""What the standards demand of a message outside their schemas, as far as a message alone can show it."""

from __future__ import annotations

from lxml import etree

from hub.errors import Finding
from hub.schemas import findings
from hub.schemas.parsing import line_of
from hub.schemas.registry import MessageType


def check_rules(element: etree._Element, type_: MessageType) -> tuple[Finding, ...]:
    """Judge ``element``, a message of this type, by the rules beside its schema; an empty tuple means it obeys them."""
    return () if type_.empty_elements else empty_elements(element)


def empty_elements(element: etree._Element) -> tuple[Finding, ...]:
    """A finding ``EMPTY_ELEMENT`` for every element that holds neither elements nor anything but white space."""
    found = []
    for one in element.iter("*"):
        if len(one) == 0 and not (one.text or "").strip():
            message = f"{findings.name_of(one)}: the element is empty; leave it out (the receiver refuses it with 902)"
            found.append(Finding("EMPTY_ELEMENT", message, line_of(one), findings.path_of(one, element)))
            if len(found) == findings.MOST:
                break
    return tuple(found)
