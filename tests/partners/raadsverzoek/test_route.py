"""The route raadsverzoek: what it says about a message, and what it does with faults that are not the author's."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
import tracemalloc

import pytest

from hub.contracts.route import Release, Subject
from hub.errors import DecodeFailure, Finding, HubError, SchemaViolation
from hub.routes.raadsverzoek.route import Raadsverzoek
from tests.support import raadsverzoeken as rv


def test_the_facts_of_the_route_come_from_the_settings() -> None:
    route = rv.route(answer_within=dt.timedelta(hours=2), max_attempts=3)
    policy = route.policy
    assert (policy.answer_within, policy.max_attempts, policy.release) == (dt.timedelta(hours=2), 3, Release.ANSWERED)
    assert route.sending_system == "00000099000000001000/jeugd-applicatie"


def test_the_defaults_are_a_day_to_answer_and_five_days_to_deliver() -> None:
    policy = rv.route().policy
    assert (policy.answer_within, policy.deliver_within) == (dt.timedelta(hours=24), dt.timedelta(days=5))


def test_a_message_is_known_by_its_case_number_and_its_children() -> None:
    made = rv.raadsverzoek(kinderen=[rv.kind(1), rv.kind(2), rv.ongeboren(3)])
    made["betrokkenen"][0] |= {"relaties": [rv.gezag(1), rv.gezag(2), rv.gezag(3)], "bsn": "123456782"}
    built = rv.route().build(rv.encoded(made), rv.IDENTITY)
    assert built.type == "vtoDi01"
    assert built.ordering_key == "CJG-2026-000123"
    assert built.unique == (("kenmerk", "CJG-2026-000123"),)
    assert built.subjects == (Subject("999999047"), Subject("999990342"))
    assert built.others == (Subject("123456782"),)
    assert built.title == "Verzoek tot onderzoek, 3 kinderen"
    assert built.attributes == {
        "functie": "vtoDi01",
        "from_organisatie": "00000099000000001000",
        "from_applicatie": "jeugd-applicatie",
        "to_organisatie": "00000002003214436001_OTA",
        "to_applicatie": "RvdK-applicatie",
    }


@pytest.mark.parametrize(("given", "found"), [("CJG-1234", "CJG-1234"), ("  ", None), (None, None), (12, None)])
def test_the_case_number_is_found_without_building(given: object, found: str | None) -> None:
    assert rv.route().case_number_of(json.dumps({"kenmerk": given, "iets": [1, {}]}).encode()) == found


def test_broken_json_is_told_by_line_and_column_only() -> None:
    with pytest.raises(DecodeFailure) as caught:
        rv.route().build(b'{"kenmerk":\n "geheim" "fout"}', rv.IDENTITY)
    assert caught.value.text == "the document is not JSON (line 2 column 11)"


def test_a_document_over_its_limit_is_not_read() -> None:
    document = rv.encoded(rv.raadsverzoek())
    for act in (
        rv.route(max_document_bytes=100).case_number_of,
        lambda data: rv.route(max_document_bytes=100).check(data, rv.TODAY),
    ):
        with pytest.raises(DecodeFailure) as caught:
            act(document)
        assert caught.value.code == "too_large"


@pytest.mark.parametrize("flood", [b'{"kinderen": [' + b"1," * 50_001 + b"1]}", b'{"a":1' + b',"b":1' * 50_001 + b"}"])
def test_a_flood_of_values_is_refused_before_it_is_parsed(flood: bytes) -> None:
    for act in (rv.route().case_number_of, lambda data: rv.route().check(data, rv.TODAY)):
        with pytest.raises(DecodeFailure) as caught:
            act(flood)
        assert caught.value.code == "too_large"


def test_as_many_faults_as_a_document_can_hold_are_not_all_told() -> None:
    flood = b'{"kinderen": [' + b"1," * 20_000 + b"1]}"
    found = rv.route().check(flood, rv.TODAY)
    assert len(found) < 300
    assert ("RV03", "/kinderen") in {(item.rule, item.field) for item in found}


def test_a_message_that_breaks_its_schema_is_our_bug_and_not_the_authors() -> None:
    found = [Finding("SCHEMAV_ELEMENT_CONTENT", "kept out of the text", line=2, path="/vtoDi01")]
    route = Raadsverzoek(rv.settings(), schema_check=lambda _body: found)
    with pytest.raises(HubError) as caught:
        route.verify(route.build(rv.encoded(rv.raadsverzoek()), rv.IDENTITY))
    assert not isinstance(caught.value, SchemaViolation)
    assert caught.value.code == "unexpected"
    assert caught.value.text.endswith("SCHEMAV_ELEMENT_CONTENT at /vtoDi01")


def test_an_empty_element_would_be_our_bug_too(monkeypatch: pytest.MonkeyPatch) -> None:
    route = rv.route()
    built = route.build(rv.encoded(rv.raadsverzoek()), rv.IDENTITY)
    emptied = built.body.replace(b"<ZKN:taal>Nederlands</ZKN:taal>", b"<ZKN:taal></ZKN:taal>")
    assert emptied != built.body
    with pytest.raises(HubError, match="EMPTY_ELEMENT"):
        route.verify(dataclasses.replace(built, body=emptied))


def test_a_case_number_of_another_form_than_corv_takes_is_our_bug() -> None:
    identity = dataclasses.replace(rv.IDENTITY, case_number="te kort!")
    with pytest.raises(HubError) as caught:
        rv.route().build(rv.encoded(rv.raadsverzoek(kenmerk=None)), identity)
    assert caught.value.code == "unexpected"


def test_a_flood_of_parties_is_refused_before_they_are_compared() -> None:
    parties = [rv.persoon(f"b{number}") for number in range(5000)]
    with pytest.raises(SchemaViolation) as caught:
        rv.route().build(rv.encoded(rv.raadsverzoek(betrokkenen=parties)), rv.IDENTITY)
    assert [(item.rule, item.field) for item in caught.value.findings] == [("RV03", "/betrokkenen")]


def test_sender_and_receiver_must_not_carry_the_same_application() -> None:
    with pytest.raises(ValueError, match="must differ"):
        rv.settings(zender={"organisatie": "00000099000000001000", "applicatie": "RvdK-applicatie"})


@pytest.mark.slow
def test_a_request_with_21_mb_of_documents_is_built_with_two_copies_of_them() -> None:
    contents = [base64.b64encode(b"%PDF-" + bytes([place]) * 10_499_995).decode("ascii") for place in (65, 66)]
    items = [rv.document(inhoud=contents[0]), rv.document("Gezinsgeschiedenis", inhoud=contents[1])]
    document = rv.encoded(rv.raadsverzoek(documenten=items))
    route = rv.route()
    route.verify(route.build(rv.encoded(rv.raadsverzoek()), rv.IDENTITY))  # what is loaded once is not counted
    tracemalloc.start()
    try:
        assert route.case_number_of(document) == "CJG-2026-000123"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        built = route.build(document, rv.IDENTITY)
        route.verify(built)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert all(content.encode("ascii") in built.body for content in contents)
    # One copy read from the JSON and one in the message; judging the message reads one attachment at a time (libxml2's own
    # memory is not counted).
    assert peak < 2.6 * len(document)
