"""Two small routes for tests of the engine: one ordered by key, one of which only the newest state counts.

A document is JSON ``{"key": "a", "text": "...", "seq": 1}``; the message is a tiny XML element with the stamp in it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr

from hub.contracts.route import CASE_NUMBER, Built, Identity, Policy, Series, Slot
from hub.errors import DecodeFailure, Finding, HubError, SchemaViolation
from hub.schemas.parsing import parse

_STAMP = 17


class PlainRoute:
    """Messages with the same ``key`` leave in order; no answer is expected.

    Args:
        name: The route's name.
        connection: The partner connection it leaves by.
        max_attempts: Attempts before a message is parked.
        deliver_within: Until it is parked.
        policy: More of what the engine is to do with its messages.
    """

    title = "Plain messages of tests"
    type: ClassVar[str] = "plain"
    newest_state_only: ClassVar[bool] = False

    def __init__(
        self,
        name: str = "plain",
        connection: str = "plain",
        *,
        max_attempts: int = 5,
        deliver_within: dt.timedelta = dt.timedelta(hours=1),
        **policy: Any,
    ) -> None:
        self.name = name
        self.connection = connection
        self.sending_system = f"tests/{name}"
        self.policy = Policy(
            newest_state_only=self.newest_state_only,
            deliver_within=deliver_within,
            max_attempts=max_attempts,
            keep_content=dt.timedelta(days=1),
            **policy,
        )

    def case_number_of(self, document: bytes) -> str | None:
        """Seldom given: most tests find their messages by id.

        Raises:
            DecodeFailure: Not a JSON object.
        """
        given = _read(document).get("number")
        return given if isinstance(given, str) else None

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """Case numbers per year, of which a document may give its own."""
        del document
        return {CASE_NUMBER: Series(f"T-{moment.year}", f"T-{moment.year}-{{:06d}}", "case")}

    def scope_of(self, document: bytes) -> str | None:
        """The field ``scope``.

        Raises:
            DecodeFailure: Not a JSON object.
        """
        given = _read(document).get("scope")
        return given if isinstance(given, str) else None

    def build(self, document: bytes, identity: Identity) -> Built:
        """Make the element.

        Raises:
            DecodeFailure: Not a JSON object.
            SchemaViolation: ``key``, ``text`` or ``seq`` is absent, of another type or cannot be written.
        """
        given = _read(document)
        if findings := [finding for key, kind in _FIELDS.items() for finding in _check(given, key, kind)]:
            raise SchemaViolation(f"{len(findings)} field(s) are wrong", findings)
        head = f'<{self.type} reference={quoteattr(identity.reference)} seq="{given["seq"]}" stamp="'.encode()
        tail = f'" key={quoteattr(given["key"])}>{escape(given["text"])}</{self.type}>'.encode()
        return Built(
            type=self.type,
            body=head + identity.digits.encode("ascii") + tail,
            slots=(Slot(len(head), _STAMP),),
            ordering_key=given["key"],
            unique=(("case", identity.case_number),),
            title=f"Plain message {given['seq']}",
        )

    def verify(self, built: Built) -> None:
        """There is no schema: it must be XML of the right name.

        Raises:
            HubError: It is not.
        """
        try:
            name = parse(built.body).tag
        except DecodeFailure as error:
            raise HubError(f"the body cannot be read: {error.text}") from error
        if name != self.type:
            raise HubError("the body has another name than its type")


class StateRoute(PlainRoute):
    """As ``PlainRoute``, but a newer state makes the older ones that still wait pointless."""

    title = "States of tests"
    type: ClassVar[str] = "state"
    newest_state_only: ClassVar[bool] = True

    def __init__(self, name: str = "state", connection: str = "state", **facts: Any) -> None:
        super().__init__(name, connection, **facts)


def plain_document(key: str = "a", seq: int = 1, text: str = "tekst", **more: str) -> bytes:
    """A document for both routes; ``more`` is ``number``, ``scope``."""
    return json.dumps({"key": key, "text": text, "seq": seq, **more}).encode()


_FIELDS: dict[str, type] = {"key": str, "text": str, "seq": int}


def _check(given: dict[str, Any], key: str, kind: type) -> list[Finding]:
    value = given.get(key)
    if type(value) is not kind:
        return [Finding("PLAIN01", f"{key} must be a {kind.__name__}", field=f"/{key}")]
    if isinstance(value, str) and (not value or not value.isprintable()):
        return [Finding("PLAIN02", f"{key} must be printable text", field=f"/{key}")]
    return []


def _read(document: bytes) -> dict[str, Any]:
    try:
        given = json.loads(document)
    except (ValueError, RecursionError):
        raise DecodeFailure("the document is not JSON") from None
    if not isinstance(given, dict):
        raise DecodeFailure("the document is not a JSON object")
    return given
