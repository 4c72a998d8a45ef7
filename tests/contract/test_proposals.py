"""Proposals: documents that wait for a person's decision, on both databases."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from hub.contracts.route import Built, Identity, Subject
from hub.errors import DecodeFailure, PermanentError, SchemaViolation
from hub.intake.intake import AlreadyUsed, Intake
from hub.intake.preparing import NeedsDecision, OutOfScope
from hub.intake.proposals import ProposalGone, ProposalId
from hub.journal import reading, tables
from hub.journal.database import Tx
from hub.journal.units import keeping, proposing
from hub.message import SYSTEM, Caller
from hub.privacy import subject
from tests.contract.intake_rig import ANNA, BERT, IntakeRig
from tests.support.routes import PlainRoute, plain_document

CLERK = Caller("api_key", "zaaksysteem")


class Decided(PlainRoute):
    """A person decides, and the partner wants to know who and when."""

    def __init__(self, **facts: object) -> None:
        super().__init__(needs_decision=True, **facts)  # type: ignore[arg-type]

    def build(self, document: bytes, identity: Identity) -> Built:
        built = super().build(document, identity)
        assert identity.decided_by is not None
        assert identity.decided_at is not None
        attributes = {"by": identity.decided_by.id, "at": identity.decided_at.isoformat()}
        return dataclasses.replace(built, attributes=attributes)


@pytest.fixture
def intake(intake_rig: IntakeRig) -> Intake:
    return intake_rig.intake(Decided())


def proposed(intake: Intake, document: bytes | None = None, **facts: object) -> ProposalId:
    return intake.propose("plain", document or plain_document(), CLERK, **facts).proposal_id  # type: ignore[arg-type]


def test_a_decision_makes_a_message_with_the_decider_and_the_moment_in_it(intake: Intake, intake_rig: IntakeRig) -> None:
    proposal = proposed(intake)
    assert reading.list_messages(intake_rig.journal) == []
    before = dt.datetime.now(dt.UTC)
    taken = intake.decide(proposal, ANNA)
    view = intake_rig.view(taken.message_id)
    assert (view.status, view.caller, taken.again) == ("waiting", "user:anna", False)
    with intake_rig.journal.reading() as connection:
        (attributes,) = connection.execute(select(tables.messages.c.attributes)).scalars()
    assert '"by":"anna"' in attributes
    assert abs(dt.datetime.fromisoformat(attributes.split('"at":"')[1].rstrip('"}')) - before) < dt.timedelta(minutes=1)
    assert view.timeline[0].detail == {
        "route": "plain", "type": "plain", "proposal": str(proposal), "proposed_by": "api_key:zaaksysteem",
    }  # fmt: skip
    assert intake.proposals.listed() == []
    assert reading.find(intake_rig.journal, str(proposal)) == [taken.message_id]


def test_no_door_but_a_decision_makes_a_message(intake: Intake, intake_rig: IntakeRig) -> None:
    doors: list[Callable[[], object]] = [
        lambda: intake.accept("plain", plain_document(), CLERK),
        lambda: intake.accept("plain", plain_document(), ANNA),
        lambda: intake.accept("plain", plain_document(text="x" * 100_000), ANNA),
        lambda: intake.accept("plain", plain_document(), SYSTEM, hold_seconds=60),
        lambda: intake.prepare("plain", plain_document(), SYSTEM),
        lambda: intake_rig.journal.run(lambda tx: intake.prepare("plain", plain_document(), SYSTEM, tx=tx)),
    ]
    for door in doors:
        with pytest.raises(NeedsDecision) as refused:
            door()
        assert refused.value.code == "needs_decision"
    for decider in (CLERK, SYSTEM, Caller("os_user", "root"), Caller("partner", "raad")):
        with pytest.raises(NeedsDecision):
            intake.decide(proposed(intake), decider)
    assert reading.list_messages(intake_rig.journal) == []


def test_a_proposal_is_checked_when_it_enters(intake: Intake) -> None:
    with pytest.raises(DecodeFailure):
        proposed(intake, b"no json")
    with pytest.raises(SchemaViolation):
        proposed(intake, b'{"key": 1}')
    limited = Caller("api_key", "1", scope=frozenset({"agb:1"}))
    with pytest.raises(OutOfScope):
        intake.propose("plain", plain_document(scope="agb:2"), limited)
    assert intake.proposals.listed() == []


def test_proposals_are_listed_and_assigned_without_their_content(intake: Intake) -> None:
    due = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
    first = proposed(intake, plain_document(seq=1, scope="agb:1"), decide_by=due, assignee="bert")
    second = proposed(intake, plain_document(seq=2))
    found = intake.proposals.listed("plain")
    assert [one.id for one in found] == [first, second]
    assert (found[0].title, found[0].owner, found[0].scope) == ("Plain message 1", "api_key:zaaksysteem", "agb:1")
    assert (found[0].decide_by, found[0].assignee) == (due, "bert")
    intake.proposals.assign(second, "bert")
    assert [one.id for one in intake.proposals.listed(assignee="bert")] == [first, second]
    assert intake.proposals.listed("another") == []


def test_the_journal_holds_ciphertext_only(intake: Intake, intake_rig: IntakeRig) -> None:
    proposal = proposed(intake, plain_document(text="geheim"))
    with intake_rig.journal.reading() as connection:
        (row,) = connection.execute(select(tables.proposals)).all()
    assert b"geheim" not in bytes(row.body)
    assert "geheim" not in repr(row)
    assert b"geheim" in intake.proposals.opened(proposal).document


def test_a_decider_may_change_the_document(intake: Intake, intake_rig: IntakeRig) -> None:
    taken = intake.decide(proposed(intake), ANNA, document=plain_document(text="verbeterd"))
    assert b"verbeterd" in intake_rig.content(taken.message_id)
    proposal = proposed(intake)
    with pytest.raises(SchemaViolation):
        intake.decide(proposal, ANNA, document=b'{"key": 1}')
    assert intake.decide(proposal, ANNA)


def test_a_change_is_kept_and_a_second_window_notices(intake: Intake, intake_rig: IntakeRig) -> None:
    proposal = proposed(intake)
    intake.proposals.change(proposal, 1, plain_document(text="eerst"), ANNA)
    with pytest.raises(ProposalGone):
        intake.proposals.change(proposal, 1, plain_document(text="later"), BERT)
    with pytest.raises(SchemaViolation):
        intake.proposals.change(proposal, 2, b'{"key": 1}', BERT)
    assert b"eerst" in intake_rig.content(intake.decide(proposal, ANNA).message_id)


def test_what_is_withdrawn_is_gone_and_cannot_be_decided(intake: Intake, intake_rig: IntakeRig) -> None:
    proposal = proposed(intake)
    intake.proposals.withdraw(proposal)
    for act in (
        lambda: intake.decide(proposal, ANNA),
        lambda: intake.proposals.withdraw(proposal),
        lambda: intake.proposals.assign(proposal, "bert"),
        lambda: intake.proposals.change(proposal, 1, plain_document(), ANNA),
    ):
        with pytest.raises(ProposalGone) as refused:
            act()
        assert refused.value.code == "proposal_gone"
    with intake_rig.journal.reading() as connection:
        assert not connection.execute(select(tables.proposal_persons)).all()


def test_deciding_again_gives_the_same_message_again(intake: Intake) -> None:
    """Also for somebody else, and after a crash of which the answer was lost."""
    proposal = proposed(intake)
    first = intake.decide(proposal, ANNA)
    for decider in (ANNA, BERT):
        again = intake.decide(proposal, decider)
        assert (again.message_id, again.reference, again.kenmerk, again.again) == (
            first.message_id, first.reference, first.kenmerk, True,
        )  # fmt: skip


def test_racing_deciders_make_one_message(intake: Intake, intake_rig: IntakeRig) -> None:
    proposal = proposed(intake)
    barrier = threading.Barrier(4)

    def decide(number: int) -> str:
        barrier.wait(20)
        return intake.decide(proposal, Caller("user", f"u{number}")).reference

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(decide, range(4)))) == 1
    assert len(reading.list_messages(intake_rig.journal)) == 1


def test_a_decision_that_fails_leaves_the_proposal(
    intake: Intake, intake_rig: IntakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message and the end of the proposal are one transaction."""
    proposal = proposed(intake)
    accept = proposing.accepting.accept

    def crash(tx: Tx, messages: object) -> None:
        accept(tx, messages)  # type: ignore[arg-type]
        raise LookupError

    with monkeypatch.context() as patched:
        patched.setattr(proposing.accepting, "accept", crash)
        with pytest.raises(LookupError):
            intake.decide(proposal, ANNA)
    assert reading.list_messages(intake_rig.journal) == []
    assert [one.id for one in intake.proposals.listed()] == [proposal]
    assert not intake.decide(proposal, ANNA).again


def test_a_clash_leaves_the_proposal(intake: Intake) -> None:
    document = plain_document(number="T-1")
    first = intake.decide(proposed(intake, document), ANNA)
    other = proposed(intake, document)
    with pytest.raises(AlreadyUsed) as refused:
        intake.decide(other, ANNA)
    assert (refused.value.kind, refused.value.message_id) == ("case", first.message_id)
    assert [one.id for one in intake.proposals.listed()] == [other]


def test_a_repeat_of_a_proposal_is_the_same_also_after_its_decision(intake: Intake, intake_rig: IntakeRig) -> None:
    first = proposed(intake, idempotency_key="k")
    assert intake.propose("plain", plain_document(), CLERK, idempotency_key="k") == (first, True, False)
    with pytest.raises(AlreadyUsed):
        intake.propose("plain", plain_document(seq=2), CLERK, idempotency_key="k")
    taken = intake.decide(first, ANNA)
    assert intake.propose("plain", plain_document(), CLERK, idempotency_key="k") == (taken.message_id, True, True)
    assert intake.propose("plain", plain_document(), BERT, idempotency_key="k").again is False
    assert len(reading.list_messages(intake_rig.journal)) == 1


def test_the_term_of_delivery_begins_at_the_decision(intake_rig: IntakeRig) -> None:
    """Else what nobody looked at in time is parked the moment somebody decides that it may go."""
    intake = intake_rig.intake(Decided(deliver_within=dt.timedelta(seconds=1)))
    proposal = proposed(intake)
    time.sleep(1.1)
    intake_rig.journal.run(keeping.park_past_deadline)
    taken = intake.decide(proposal, ANNA)
    intake_rig.journal.run(keeping.park_past_deadline)
    assert intake_rig.view(taken.message_id).status == "waiting"


def test_a_route_without_decisions_takes_proposals_too(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake(PlainRoute())
    assert intake.decide(proposed(intake), ANNA).message_id != intake.accept("plain", plain_document(), CLERK).message_id


def test_a_decider_with_a_scope_decides_within_it(intake: Intake) -> None:
    proposal = proposed(intake, plain_document(scope="gemeente:0392"))
    with pytest.raises(OutOfScope):
        intake.decide(proposal, Caller("user", "cor", scope=frozenset({"gemeente:0473"})))
    assert intake.decide(proposal, Caller("user", "dia", scope=frozenset({"gemeente:0392"})))


class About(Decided):
    """Its documents are about a child."""

    def build(self, document: bytes, identity: Identity) -> Built:
        return dataclasses.replace(super().build(document, identity), subjects=(Subject("999999047"),))


def test_a_person_finds_what_is_proposed_about_them_and_it_goes_with_its_cause(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake(About())
    first = intake.decide(proposed(intake), ANNA)
    proposal = proposed(intake, plain_document(seq=2), cause=first.message_id)
    report = subject.report(intake_rig.journal, intake_rig.keyring, "999999047", BERT)
    assert ([view.id for view in report.messages], report.proposals) == ([first.message_id], [proposal])
    again = subject.report(intake_rig.journal, intake_rig.keyring, "999999047", BERT)
    assert {look.object for look in again.looks} == {f"message:{first.message_id}", f"proposal:{proposal}"}
    assert intake_rig.journal.run(proposing.destroy_begun_from, [first.message_id]) == 1
    assert subject.report(intake_rig.journal, intake_rig.keyring, "999999047", BERT).proposals == []


def test_refusals_are_permanent() -> None:
    assert issubclass(NeedsDecision, PermanentError)
    assert issubclass(ProposalGone, PermanentError)
