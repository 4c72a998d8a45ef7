"""Routes that break their contract in one way each fail the suite, at the check that guards it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hub.contracts.route import Built, Identity, Release, Series, Slot
from hub.errors import Finding, HubError, SchemaViolation
from hub.testing import route_suite as suite
from hub.testing.route_suite import Case
from tests.support.routes import PlainRoute, StateRoute, plain_document

MARK = "Q7XJZ2"


class WaitsForNobody(PlainRoute):
    """Holds its key until an answer comes, and none comes."""

    def __init__(self) -> None:
        super().__init__(release=Release.ANSWERED)


class CountsItself(PlainRoute):
    """Names another series each time."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        del document, moment
        return {"file": Series(f"file-{next(self._numbers)}")}


class SamePattern(PlainRoute):
    """Writes all numbers of a series alike."""

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        del document, moment
        return {"file": Series("file", "F-2026")}


class TalkativeSeries(PlainRoute):
    """Counts per person."""

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        del moment
        return {"file": Series(json.loads(document)["text"])}


class OddScope(PlainRoute):
    """Does not say what its scope is a number of."""

    def scope_of(self, document: bytes) -> str | None:
        del document
        return "0392"


class LosesItsNumber(PlainRoute):
    """Has a case number of its own making."""

    def build(self, document: bytes, identity: Identity) -> Built:
        return dataclasses.replace(super().build(document, identity), unique=(("case", "T-1"),))


class Changed(PlainRoute):
    """Base of routes that change what is built."""

    def change(self, built: Built, _given: dict[str, Any], _identity: Identity) -> Built:
        return built

    def build(self, document: bytes, identity: Identity) -> Built:
        built = super().build(document, identity)
        return self.change(built, json.loads(document), identity)


class Counting(Changed):
    """Writes a number of its own in each message."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()

    def change(self, built: Built, _given: dict[str, Any], _identity: Identity) -> Built:
        return dataclasses.replace(built, body=built.body.replace(b"<plain ", b'<plain n="%d" ' % next(self._numbers), 1))


class ReadsFiles(Changed):
    """Looks something up in a file."""

    def change(self, built: Built, _given: dict[str, Any], _identity: Identity) -> Built:
        with tempfile.TemporaryFile() as file:
            file.read()
        return built


class WrongSlot(Changed):
    """Its slot is one byte off."""

    def change(self, built: Built, _given: dict[str, Any], _identity: Identity) -> Built:
        return dataclasses.replace(built, slots=(Slot(built.slots[0].offset + 1, 17),))


class HiddenStamp(Changed):
    """The stamp is in the message, but no slot says so."""

    def change(self, built: Built, _given: dict[str, Any], _identity: Identity) -> Built:
        return dataclasses.replace(built, slots=())


class EmptyElement(Changed):
    """Sends an element without content."""

    def change(self, built: Built, _given: dict[str, Any], _identity: Identity) -> Built:
        return dataclasses.replace(built, body=built.body.replace(b"</plain>", b"<leeg/></plain>"))


class OtherType(Changed):
    """Calls its message by another name."""

    def change(self, built: Built, _given: dict[str, Any], _identity: Identity) -> Built:
        return dataclasses.replace(built, type="other")


class KeyOfTheDay(Changed):
    """Orders by the reference, so that two messages of one key never wait for each other."""

    def change(self, built: Built, _given: dict[str, Any], identity: Identity) -> Built:
        return dataclasses.replace(built, ordering_key=identity.reference)


class StateWithoutKey(StateRoute):
    """Says that the newest state counts, but not of what."""

    def build(self, document: bytes, identity: Identity) -> Built:
        return dataclasses.replace(super().build(document, identity), ordering_key=None)


class TalkativeTitle(Changed):
    """Shows content in lists."""

    def change(self, built: Built, given: dict[str, Any], _identity: Identity) -> Built:
        return dataclasses.replace(built, title=f"Bericht over {given['text']}")


class FallsOver(PlainRoute):
    """Lets the parser's own exception out."""

    def case_number_of(self, document: bytes) -> str | None:
        return json.loads(document).get("number")


class TakesEverything(PlainRoute):
    """Checks nothing."""

    def build(self, document: bytes, identity: Identity) -> Built:
        json.loads(document)
        return super().build(plain_document(), identity)


class Refuses(PlainRoute):
    """Base of routes that refuse in their own way."""

    def finding(self, document: bytes) -> Finding:
        raise NotImplementedError

    def build(self, document: bytes, identity: Identity) -> Built:
        try:
            return super().build(document, identity)
        except SchemaViolation:
            raise SchemaViolation("wrong", [self.finding(document)]) from None


class PointsNowhere(Refuses):
    """Its pointer is a path of another kind."""

    def finding(self, document: bytes) -> Finding:
        return Finding("PLAIN01", "text is wrong", field="$.text")


class Quotes(Refuses):
    """Repeats what was offered."""

    def finding(self, document: bytes) -> Finding:
        return Finding("PLAIN01", f"{json.loads(document)['text']!r} is wrong", field="/text")


class Chains(PlainRoute):
    """Says nothing itself, but carries an exception along that does."""

    def build(self, document: bytes, identity: Identity) -> Built:
        try:
            return super().build(document, identity)
        except SchemaViolation as error:
            raise SchemaViolation("wrong", error.findings) from ValueError(document.decode())


class Trusting(PlainRoute):
    """Believes that what it built is good."""

    def verify(self, built: Built) -> None:
        del built


class BlamesTheAuthor(PlainRoute):
    """Tells its own bug as a fault of the document, in its own words."""

    def verify(self, built: Built) -> None:
        try:
            super().verify(built)
        except HubError as error:
            raise SchemaViolation(built.body.decode(), []) from error


def case_of(route: PlainRoute) -> Case:
    broken = [{"key": "a", "text": MARK}, {"key": 1, "text": MARK, "seq": 1}]
    return Case(
        route=route,
        document=plain_document(),
        refused=[json.dumps(made).encode() for made in broken],
        marked=plain_document(text=MARK),
        marks=(MARK.encode(),),
    )


BROKEN: list[tuple[Callable[[], PlainRoute], Callable[[Case], None]]] = [
    (WaitsForNobody, suite.facts_are_complete_and_agree),
    (lambda: PlainRoute(answer_within=dt.timedelta(0)), suite.facts_are_complete_and_agree),
    (CountsItself, suite.series_follow_from_the_document),
    (SamePattern, suite.series_follow_from_the_document),
    (TalkativeSeries, suite.series_follow_from_the_document),
    (OddScope, suite.the_scope_follows_from_the_document),
    (LosesItsNumber, suite.keys_do_not_depend_on_the_acceptance),
    (lambda: PlainRoute(deliver_within=dt.timedelta(0)), suite.facts_are_complete_and_agree),
    (Counting, suite.the_same_input_gives_the_same_output),
    (Counting, suite.several_threads_may_build_at_once),
    (ReadsFiles, suite.building_touches_nothing),
    (WrongSlot, suite.slots_hold_the_moment_and_nothing_else_does),
    (HiddenStamp, suite.slots_hold_the_moment_and_nothing_else_does),
    (EmptyElement, suite.the_body_is_valid),
    (OtherType, suite.the_body_is_valid),
    (Trusting, suite.what_is_built_is_verified),
    (BlamesTheAuthor, suite.what_is_built_is_verified),
    (KeyOfTheDay, suite.keys_do_not_depend_on_the_acceptance),
    (StateWithoutKey, suite.keys_do_not_depend_on_the_acceptance),
    (FallsOver, suite.unreadable_documents_are_told_as_such),
    (TakesEverything, suite.refusals_point_at_their_places),
    (PointsNowhere, suite.refusals_point_at_their_places),
    (Quotes, suite.refusals_hold_no_content),
    (Chains, suite.refusals_hold_no_content),
    (TalkativeTitle, suite.what_goes_with_the_body_holds_no_content),
]


@pytest.mark.parametrize(("make", "check"), BROKEN)
def test_a_broken_route_fails_the_check_that_guards_it(make: Callable[[], PlainRoute], check: Callable[[Case], None]) -> None:
    with pytest.raises(AssertionError):
        check(case_of(make()))


def test_a_body_that_its_schema_refuses_fails_the_suite() -> None:
    case = dataclasses.replace(case_of(PlainRoute()), judge=lambda _body: ["not valid"])
    with pytest.raises(AssertionError, match="not valid"):
        suite.the_body_is_valid(case)


def test_every_check_is_bitten_by_at_least_one_broken_route() -> None:
    assert {check for _, check in BROKEN} == set(suite.CHECKS)
