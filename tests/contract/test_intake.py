"""What the intake promises beyond one message of one caller, on both databases: numbers, connections, scopes, preparing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

import pytest

from hub.contracts.route import REFERENCE, Built, Identity, Series
from hub.errors import HubError, NoRoute
from hub.intake import acceptance
from hub.intake.intake import AlreadyUsed
from hub.intake.preparing import OutOfScope
from hub.journal import reading
from hub.journal.database import Tx
from hub.journal.units import accepting
from hub.journal.units.restoring import SKIPPED, hold
from hub.message import Caller
from tests.contract.intake_rig import ANNA, BERT, IntakeRig
from tests.support.routes import PlainRoute, plain_document

YEAR = dt.datetime.now(dt.UTC).year


def numbered(number: int) -> bytes:
    return plain_document(number=f"T-{YEAR}-{number:06d}")


def last_digits(text: str) -> int:
    return int(text.rsplit("-", 1)[1])


def test_a_number_that_somebody_used_is_skipped(intake_rig: IntakeRig) -> None:
    """Somebody gives case numbers of their own that the hub would have given next."""
    intake = intake_rig.intake()
    first = intake.accept("plain", plain_document(), ANNA)
    for ahead in (1, 2, 3):
        intake.accept("plain", numbered(last_digits(first.kenmerk) + ahead), BERT)
    taken = intake.accept("plain", plain_document(), ANNA)
    assert last_digits(taken.kenmerk) > last_digits(first.kenmerk) + 3
    assert not taken.again


def test_a_long_block_of_used_numbers_is_skipped_at_once(intake_rig: IntakeRig) -> None:
    """Twenty people do not have to try twenty times."""
    intake = intake_rig.intake()
    for number in range(1, 332):
        intake.accept("plain", numbered(number), BERT)
    found = [last_digits(intake_rig.intake().accept("plain", plain_document(), ANNA).kenmerk) for _ in range(3)]
    assert min(found) >= 332
    assert len(set(found)) == 3


def test_a_number_that_a_caller_gave_and_is_in_use_is_a_clash(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    first = intake.accept("plain", numbered(7), ANNA)
    with pytest.raises(AlreadyUsed) as refused:
        intake.accept("plain", numbered(7), BERT)
    assert (refused.value.kind, refused.value.message_id) == ("case", first.message_id)


def test_numbers_that_others_use_all_the_time_are_not_tried_for_ever(
    intake_rig: IntakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = intake_rig.intake()
    used = intake.accept("plain", numbered(900_000), BERT)
    monkeypatch.setattr("hub.intake.numbers.NumberBlocks.draw", lambda *_: f"T-{YEAR}-900000")
    tries: list[str] = []
    monkeypatch.setattr("hub.intake.numbers.NumberBlocks.forget", lambda *_: tries.append("forget"))
    with pytest.raises(AlreadyUsed) as refused:
        intake.accept("plain", plain_document(), ANNA)
    assert refused.value.message_id == used.message_id
    assert 1 <= len(tries) < acceptance._DRAWS


class Invoices(PlainRoute):
    """Its partner takes at most twelve characters, and wants a file number too."""

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        return {
            **super().series(document, moment),
            REFERENCE: Series("invoices", "F{:011d}"),
            "file": Series(f"files-{moment.year}", "{:03d}"),
        }

    def build(self, document: bytes, identity: Identity) -> Built:
        return dataclasses.replace(super().build(document, identity), attributes=dict(identity.numbers))


def test_a_route_names_and_writes_its_own_numbers(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake(Invoices())
    one, other = (intake.accept("plain", plain_document(), ANNA) for _ in range(2))
    assert (one.reference, other.reference) == ("F00000000001", "F00000000002")
    assert (one.kenmerk, other.kenmerk) == (f"T-{YEAR}-000001", f"T-{YEAR}-000002")
    assert b'reference="F00000000002"' in intake_rig.content(other.message_id)


def test_after_a_restore_all_number_series_skip_ahead(intake_rig: IntakeRig) -> None:
    before = intake_rig.intake(Invoices()).accept("plain", plain_document(), ANNA)
    intake_rig.journal.run(hold, "user:anna")
    after = intake_rig.intake(Invoices()).accept("plain", plain_document(), ANNA)
    assert int(after.reference[1:]) - int(before.reference[1:]) > SKIPPED
    assert last_digits(after.kenmerk) - last_digits(before.kenmerk) > SKIPPED


class Municipalities(PlainRoute):
    """Sends to the municipality whose name is the key."""

    def build(self, document: bytes, identity: Identity) -> Built:
        built = super().build(document, identity)
        return dataclasses.replace(built, connection=built.ordering_key)


def test_a_route_chooses_among_the_connections_of_its_partner(intake_rig: IntakeRig) -> None:
    partners = {"haarlem": "vir", "zandvoort": "vir", "corv": "corv"}
    intake = intake_rig.intake(Municipalities(connection="haarlem"), partners=partners, unsafe=frozenset({"zandvoort"}))
    for name in ("haarlem", "zandvoort"):
        assert intake_rig.view(intake.accept("plain", plain_document(name), ANNA).message_id).connection == name
    with pytest.raises(NoRoute, match="bloemendaal"):
        intake.accept("plain", plain_document("bloemendaal"), ANNA)
    with pytest.raises(HubError, match="another partner") as refused:
        intake.accept("plain", plain_document("corv"), ANNA)
    assert refused.value.code == "unexpected"


def test_a_limited_caller_offers_for_its_own_organisation_only(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    limited = Caller("api_key", "1", scope=frozenset({"agb:12345678", "agb:12345679"}))
    assert intake.accept("plain", plain_document(scope="agb:12345678"), limited)
    for scope in ({"scope": "agb:99999999"}, {}):
        with pytest.raises(OutOfScope) as refused:
            intake.accept("plain", plain_document(**scope), limited)
        assert refused.value.code == "out_of_scope"
    assert intake.accept("plain", plain_document(scope="agb:99999999"), ANNA)


def test_a_prepared_message_is_nothing_until_it_is_accepted_with_something_else(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    first = intake.accept("plain", plain_document(), ANNA)
    message = intake.prepare("plain", plain_document(text="vervolg"), BERT, cause=first.message_id)
    assert len(reading.list_messages(intake_rig.journal)) == 1
    intake_rig.journal.run(accepting.accept, [message])
    assert (intake_rig.view(message.id).cause, intake_rig.view(message.id).caller) == (first.message_id, "user:bert")
    assert b"vervolg" in intake_rig.content(message.id)


def test_a_message_can_be_prepared_inside_a_transaction(intake_rig: IntakeRig) -> None:
    """The journal's own thread must not wait for itself, and a number of a transaction that failed may come back."""
    intake = intake_rig.intake()

    def unit(tx: Tx, fail: bool) -> str:
        message = intake.prepare("plain", plain_document(), ANNA, tx=tx)
        accepting.accept(tx, [message])
        if fail:
            raise LookupError
        return message.kenmerk

    with pytest.raises(LookupError):
        intake_rig.journal.run(unit, True)
    assert intake_rig.journal.run(unit, False) == f"T-{YEAR}-000001"
    assert intake.accept("plain", plain_document(), ANNA).kenmerk == f"T-{YEAR}-000002"
