"""The conformance suite of routes: what ``hub.contracts.route`` promises, checked on any route.

A route under test is described by a ``Case``; every function in ``CHECKS`` takes one and fails with an ``AssertionError`` that
says which promise is broken. ``test_routes.py`` runs them on the real routes, ``test_route_suite_bites.py`` on broken ones.
"""

from __future__ import annotations

import builtins
import dataclasses
import datetime as dt
import json
import os
import socket
import subprocess
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from lxml import etree

from hub.contracts.route import AMSTERDAM, CASE_NUMBER, REFERENCE, Built, Identity, Policy, Release, Route
from hub.errors import DecodeFailure, Finding, HubError, SchemaViolation
from hub.message import Caller

_MOMENT = dt.datetime(2026, 11, 22, 14, 30, 5, 123_000, AMSTERDAM)
IDENTITY = Identity(
    "0b0f5a52-0000-4000-8000-000000000123",
    "CJG-2026-000123",
    _MOMENT,
    decided_by=Caller("user", "anna"),
    decided_at=_MOMENT,
)
#: Another acceptance of the same document, later that day.
LATER = dataclasses.replace(
    IDENTITY, reference="0b0f5a52-0000-4000-8000-000000000124", moment=dt.datetime(2026, 11, 22, 23, 59, 59, 999_000, AMSTERDAM)
)
_UNREADABLE = (b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe{}", b"{" * 100_000, b'{"a": \x00}')


@dataclasses.dataclass(frozen=True)
class Case:
    """A route under test.

    Attributes:
        route: The route.
        document: A valid document.
        refused: Documents that break rules; each carries the marks, as far as its fault leaves room.
        marked: A valid document that carries the marks.
        marks: Byte strings that stand for personal data: they may be in the body and nowhere else.
        judge: What is wrong with a body in the eyes of its schema; an empty list is valid.
        is_xml: The body is XML, which may have no empty elements.
        type_of: Name of the message type of a body: its root's, where the standard has no other names.
    """

    route: Route
    document: bytes
    refused: Sequence[bytes]
    marked: bytes
    marks: Sequence[bytes]
    judge: Callable[[bytes], Sequence[Any]] = lambda _body: ()
    is_xml: bool = True
    type_of: Callable[[bytes], str] = lambda body: etree.QName(etree.fromstring(body)).localname

    def build(self, document: bytes | None = None, identity: Identity = IDENTITY) -> Built:
        """The message of a document, with a number for each series that the route names."""
        document = self.document if document is None else document
        return self.route.build(document, numbered(self.route, document, identity))


def numbered(route: Route, document: bytes, identity: Identity) -> Identity:
    """An identity with the numbers that a document needs, as the intake would give it."""
    try:
        series = route.series(document, identity.moment)
    except DecodeFailure:
        return identity  # ``build`` refuses it too
    numbers = {name: one.write(123) for name, one in series.items()}
    reference = numbers.get(REFERENCE, identity.reference)
    case_number = numbers.get(CASE_NUMBER, identity.case_number)
    return dataclasses.replace(identity, numbers=numbers, reference=reference, case_number=case_number)


def facts_are_complete_and_agree(case: Case) -> None:
    """Names are there, times are positive, and what is said about answers agrees."""
    route, policy = case.route, case.route.policy
    assert isinstance(policy, Policy), "policy is no Policy"
    assert route.name, "name is empty"
    assert route.title, "title is empty"
    assert route.connection, "connection is empty"
    assert route.sending_system, "sending_system is empty"
    assert isinstance(policy.release, Release), "release is no Release"
    assert policy.max_attempts > 0, "max_attempts is not positive"
    assert policy.deliver_within > dt.timedelta(0), "deliver_within is not positive"
    assert policy.keep_content > dt.timedelta(0), "keep_content is not positive"
    assert policy.answer_within is None or policy.answer_within > dt.timedelta(0), "answer_within is not positive"
    assert policy.expects_answer or policy.release is Release.SENT, "no answer comes, so nothing would ever be released"


def series_follow_from_the_document(case: Case) -> None:
    """The same series for the same document and moment, named, each number written in its own way, without content."""
    for document in (case.document, case.marked):
        series = case.route.series(document, IDENTITY.moment)
        assert series == case.route.series(document, IDENTITY.moment), "the series change though nothing changed"
        for name, one in series.items():
            assert name, "a number without a name"
            assert one.name, "a series without a name"
            assert one.write(1) != one.write(2), "two numbers of a series are written alike"
            assert len(one.write(1)) <= 40, "a number is longer than references may be"
            _assert_unmarked(repr(one), case.marks, "a series")


def the_scope_follows_from_the_document(case: Case) -> None:
    """A scope is a kind and a value, and the same each time."""
    for document in (case.document, case.marked):
        scope = case.route.scope_of(document)
        assert scope == case.route.scope_of(document), "the scope changes though nothing changed"
        assert scope is None or (":" in scope and scope.strip() == scope), "a scope is written kind:value"


def the_same_input_gives_the_same_output(case: Case) -> None:
    """Building is a function of document and identity; neither the clock nor chance has a part in it."""
    assert case.build() == case.build(), "two builds of the same input differ"


def several_threads_may_build_at_once(case: Case) -> None:
    """Routes hold no state that builds share."""
    expected = case.build()
    with ThreadPoolExecutor(4) as pool:
        for built in pool.map(lambda _: case.build(), range(8)):
            assert built == expected, "a build in a thread differs"


def building_touches_nothing(case: Case) -> None:
    """No file, no network, no process."""
    case.route.verify(case.build())  # what is loaded once may be loaded first
    with _nothing_may_be_opened():
        case.route.verify(case.build())
        case.route.case_number_of(case.document)
        case.route.scope_of(case.document)
        for document in case.refused:
            _refusal(case, document)


def slots_hold_the_moment_and_nothing_else_does(case: Case) -> None:
    """Writing a later moment over the slots gives what building at that moment would have given."""
    first = case.build()
    end = 0
    for slot in sorted(first.slots, key=lambda slot: slot.offset):
        assert slot.offset >= end, "slots overlap"
        end = slot.offset + slot.length
        assert end <= len(first.body), "a slot lies outside the body"
        held = first.body[slot.offset : end]
        assert held == IDENTITY.digits[: slot.length].encode("ascii"), "a slot does not hold the digits of the moment"
    written = bytearray(first.body)
    for slot in first.slots:
        written[slot.offset : slot.offset + slot.length] = LATER.digits[: slot.length].encode("ascii")
    later = case.build(identity=dataclasses.replace(LATER, reference=IDENTITY.reference))
    assert bytes(written) == later.body, "the moment is also somewhere else, or a slot is missing"


def the_body_is_valid(case: Case) -> None:
    """Of its type, valid, and XML without empty elements."""
    for document in (case.document, case.marked):
        built = case.build(document)
        assert case.type_of(built.body) == built.type, "the type is not that of the body"
        assert not list(case.judge(built.body)), "the body is not valid"
        if not case.is_xml:
            continue
        root = etree.fromstring(built.body.decode().encode())
        empty = [element for element in root.iter(etree.Element) if not len(element) and not (element.text or "").strip()]
        assert not empty, "the body has an empty element"


def what_is_built_is_verified(case: Case) -> None:
    """A good message passes, in several threads at once; one that is not even XML is our own bug, told without content."""
    for document in (case.document, case.marked):
        built = case.build(document)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(case.route.verify, [built] * 8))
        spoiled = dataclasses.replace(built, body=built.body[:-2])
        error = _told_by(lambda: case.route.verify(spoiled))  # noqa: B023  # called at once
        assert error is not None, "a message that is no XML passes"
        assert error.code == "unexpected", "a message that we made wrongly is told as somebody else's fault"
        _assert_unmarked("".join(traceback.format_exception(error)), case.marks, "the error")


def keys_do_not_depend_on_the_acceptance(case: Case) -> None:
    """Ordering key and unique pairs stay the same when a document is offered again."""
    first, later = case.build(), case.build(identity=LATER)
    assert first.ordering_key == later.ordering_key, "the ordering key changes with the acceptance"
    assert first.unique == later.unique, "the unique pairs change with the acceptance"
    assert first.subjects == later.subjects, "the subjects change with the acceptance"
    assert first.others == later.others, "the other persons change with the acceptance"
    assert first.ordering_key != "", "an empty ordering key would put everything in one row"
    assert first.ordering_key is not None or not case.route.policy.newest_state_only, "a newest state needs a key"
    series = case.route.series(case.document, IDENTITY.moment).get(CASE_NUMBER)
    if series is not None and series.kind:
        number = case.route.case_number_of(case.document) or series.write(123)
        assert dict(first.unique).get(series.kind) == number, "the case number is not unique, or another than was given"


def unreadable_documents_are_told_as_such(case: Case) -> None:
    """Whatever is offered, the answer is a ``DecodeFailure`` and not an accident."""
    for document in _UNREADABLE:
        for act in (case.route.case_number_of, case.build):
            try:
                act(document)
            except DecodeFailure:
                continue
            except Exception as error:
                raise AssertionError(f"{act.__name__} fell over an unreadable document: {type(error).__name__}") from error
            raise AssertionError(f"{act.__name__} took an unreadable document")


def refusals_point_at_their_places(case: Case) -> None:
    """Each finding has a rule, a message and a JSON Pointer to a field, there or missing, of the document."""
    assert case.refused, "the case has no documents to refuse"
    for document in case.refused:
        findings = _refusal(case, document).findings
        assert any(finding.severity == "error" for finding in findings), "a refusal without an error"
        for finding in findings:
            assert finding.rule, "a finding without a rule"
            assert finding.message, "a finding without a message"
            assert points_into(finding.field, json.loads(document)), f"{finding.field!r} points outside the document"


def refusals_hold_no_content(case: Case) -> None:
    """Errors, their chains and their findings name rule and place, never a value; not even when the document is cut off."""
    for document in (*case.refused, case.marked[:-1], case.marked.replace(b'"', b"'", 3)):
        try:
            case.build(document)
        except HubError as error:
            told = "".join(traceback.format_exception(error)) + repr(error)
            told += "".join(map(repr, getattr(error, "findings", ())))
            _assert_unmarked(told, case.marks, "a refusal")


def what_goes_with_the_body_holds_no_content(case: Case) -> None:
    """Title, keys, attributes and warnings are kept in the clear; the body and the subjects are not."""
    built = case.build(case.marked)
    assert any(mark in built.body for mark in case.marks), "the marked document carries no marks, so this check sees nothing"
    told = [built.type, built.title, built.ordering_key, built.unique, built.found_by, built.warnings, dict(built.attributes)]
    _assert_unmarked(repr(told), case.marks, "what goes with the body")


CHECKS: tuple[Callable[[Case], None], ...] = (
    facts_are_complete_and_agree,
    series_follow_from_the_document,
    the_scope_follows_from_the_document,
    the_same_input_gives_the_same_output,
    several_threads_may_build_at_once,
    building_touches_nothing,
    slots_hold_the_moment_and_nothing_else_does,
    the_body_is_valid,
    what_is_built_is_verified,
    keys_do_not_depend_on_the_acceptance,
    unreadable_documents_are_told_as_such,
    refusals_point_at_their_places,
    refusals_hold_no_content,
    what_goes_with_the_body_holds_no_content,
)


def points_into(pointer: str, document: Any) -> bool:
    """Whether a JSON Pointer leads to a value, or to a missing field of an object that is there."""
    if not pointer:
        return True
    if not pointer.startswith("/"):
        return False
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]
    for place, step in enumerate(steps):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            # A field that should have been there: all that may be missing (or null) is the end of the way, through objects.
            return isinstance(document, dict | None) and not any(rest.isdigit() for rest in steps[place:])
    return True


def _told_by(act: Callable[[], object]) -> HubError | None:
    try:
        act()
    except HubError as error:
        return error
    return None


def _refusal(case: Case, document: bytes) -> SchemaViolation:
    try:
        case.build(document)
    except SchemaViolation as error:
        return error
    raise AssertionError("a document that breaks rules was taken")


def _assert_unmarked(told: str, marks: Sequence[bytes], what: str) -> None:
    for number, mark in enumerate(marks):
        assert mark.decode() not in told, f"{what} holds content (mark {number})"


@contextmanager
def _nothing_may_be_opened() -> Iterator[None]:
    def refuse(*_arguments: object, **_named: object) -> Any:
        raise AssertionError("a route opened something")

    with (
        patch.object(builtins, "open", refuse),
        patch.object(os, "open", refuse),
        patch.object(socket, "socket", refuse),
        patch.object(socket, "create_connection", refuse),
        patch.object(subprocess, "Popen", refuse),
    ):
        yield


__all__ = ["CHECKS", "IDENTITY", "LATER", "Case", "Finding", "points_into"]
