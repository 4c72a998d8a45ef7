"""The API: what is accepted, what is refused and how it says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.message import Event
from hub.web.accounts import create_api_key, revoke_api_key
from tests.support import raadsverzoeken as rv
from tests.support.live_site import LiveSite, verzoek

PATH = "/v1/raadsverzoeken"


def api(site: LiveSite, *roles: str) -> httpx.Client:
    client = site.browser()
    client.headers["Authorization"] = f"Bearer {create_api_key(site.hub.journal, 'tests', roles)}"
    return client


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    assert found["title"]
    assert found["detail"]
    return found


def test_a_raadsverzoek_is_accepted_and_can_be_followed(site: LiveSite):
    client = api(site, "secretary")
    answer = client.post(PATH, json=verzoek())
    assert answer.status_code == 201, answer.text
    given = answer.json()
    assert set(given) == {"id", "referentienummer", "kenmerk", "status", "waarschuwingen"}
    assert answer.headers["location"] == f"{PATH}/{given['id']}"
    assert answer.headers["api-version"] == "1.0.0"
    shown = client.get(answer.headers["location"]).json()
    assert (shown["status"], shown["reden"], shown["kenmerk"]) == ("waiting", "due", given["kenmerk"])
    assert shown["verloop"][0]["gebeurtenis"] == "accepted"
    assert "999999047" not in json.dumps(shown)


def test_the_same_key_gets_the_same_answer(site: LiveSite):
    client, document = api(site, "secretary"), verzoek()
    answers = [client.post(PATH, json=document, headers={"Idempotency-Key": "zaak-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[1].headers["idempotency-replayed"] == "true"


def test_the_same_key_with_another_document_is_a_conflict(site: LiveSite):
    client = api(site, "secretary")
    client.post(PATH, json=verzoek(), headers={"Idempotency-Key": "zaak-2"})
    other = {**verzoek(), "kinderen": [rv.kind(geslachtsnaam="Anders")]}
    assert "Idempotency-Key" in problem_of(client.post(PATH, json=other, headers={"Idempotency-Key": "zaak-2"}))["detail"]


def test_a_case_number_that_is_in_use_is_told_as_every_rule_is(site: LiveSite):
    client = api(site, "secretary")
    used = client.post(PATH, json=verzoek()).json()
    found = problem_of(client.post(PATH, json=verzoek() | {"kenmerk": used["kenmerk"]}))
    assert found["status"] == 409
    assert used["id"] in found["detail"]
    (told,) = found["invalidParams"]
    assert (told["name"], told["code"]) == ("/kenmerk", "RV02")
    assert told["reason"].startswith(f"Zaaknummer {used['kenmerk']} is al eerder verstuurd. Kies een nieuw nummer")


def test_a_key_that_is_limited_to_another_organisation_is_refused(site: LiveSite):
    client = site.browser()
    key = create_api_key(site.hub.journal, "tests", ["secretary"], scope=["gemeente:0392"])
    client.headers["Authorization"] = f"Bearer {key}"
    assert problem_of(client.post(PATH, json=verzoek()))["status"] == 403


def test_a_child_in_a_request_that_runs_is_a_warning(site: LiveSite):
    client, child = api(site, "secretary"), rv.kind(bsn=rv.BSNS[4])
    first = client.post(PATH, json=verzoek(kinderen=[child])).json()
    assert first["waarschuwingen"] == []
    (told,) = client.post(PATH, json=verzoek(kinderen=[child])).json()["waarschuwingen"]
    assert (told["name"], told["code"]) == ("/kinderen/0", "RV28")
    assert f"staat in een eerder verzoek dat nog loopt ({first['kenmerk']})" in told["reason"]


def test_findings_name_the_field_and_speak_dutch(site: LiveSite):
    wrong = {**verzoek(), "kinderen": [rv.kind(bsn="123456789")]}
    found = problem_of(api(site, "secretary").post(PATH, json=wrong))
    assert found["status"] == 400
    assert [one["name"] for one in found["invalidParams"]] == ["/kinderen/0/bsn"]
    assert found["invalidParams"][0]["reason"].endswith(".")
    assert "123456789" not in json.dumps(found)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b"{", 400), (b"\xff\xfe", 400), (b'{"a":' * 5000, 400), (b"null", 400)],
)
def test_what_is_no_document_is_a_400(site: LiveSite, body: bytes, status: int):
    answer = api(site, "secretary").post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert problem_of(answer)["status"] == status


def test_another_kind_of_content_is_a_415(site: LiveSite):
    assert problem_of(api(site, "secretary").post(PATH, content=b"<x/>", headers={"Content-Type": "text/xml"}))["status"] == 415


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_an_unfit_idempotency_key_is_refused(site: LiveSite, key: str):
    answer = api(site, "secretary").post(PATH, json=verzoek(), headers={"Idempotency-Key": key})
    assert problem_of(answer)["status"] == 400


def test_without_a_key_nobody_gets_in(site: LiveSite):
    for headers in ({}, {"Authorization": "Bearer hub_000000000000_" + "A" * 43}, {"Authorization": "Basic eDp5"}):
        for answer in (
            site.browser().post(PATH, json={}, headers=headers),
            site.browser().get("/v1/berichten", headers=headers),
            site.browser().get(f"{PATH}/x", headers=headers),
        ):
            assert problem_of(answer)["status"] == 401
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_no_longer_counts(site: LiveSite):
    client = api(site, "operator")
    assert client.get("/v1/berichten").status_code == 200
    revoke_api_key(site.hub.journal, client.headers["Authorization"].split("_")[1])
    assert client.get("/v1/berichten").status_code == 401


def test_a_session_of_the_console_is_no_key(site: LiveSite):
    assert site.signed_in("operator").get("/v1/berichten").status_code == 401


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("secretary", "GET", "/v1/berichten", 403),
        ("privacy_officer", "GET", "/v1/berichten", 403),
        ("operator", "GET", "/v1/berichten", 200),
        ("operator", "POST", PATH, 403),
        ("privacy_officer", "POST", PATH, 403),
        ("secretary", "GET", f"{PATH}/x", 404),
        ("operator", "GET", f"{PATH}/x", 404),
        ("privacy_officer", "GET", f"{PATH}/x", 403),
        (None, "GET", "/v1/berichten", 403),
    ],
)
def test_each_role_may_do_its_own(site: LiveSite, role: str | None, method: str, path: str, status: int):
    client = api(site, role) if role else api(site)
    assert client.request(method, path).status_code == status


def test_an_operator_leafs_through_messages(site: LiveSite):
    ids = [str(site.accept().message_id) for _ in range(3)]
    client = api(site, "operator")
    first = client.get("/v1/berichten", params={"aantal": 2}).json()
    assert [one["id"] for one in first["resultaten"]] == [ids[2], ids[1]]
    second = client.get("/v1/berichten", params={"aantal": 1, "voor": first["volgende"]}).json()
    assert second["resultaten"][0]["id"] == ids[0]
    assert client.get(f"/v1/berichten/{ids[0]}").json()["verloop"]


def test_messages_are_chosen_by_their_state(site: LiveSite):
    taken = site.accept()
    site.move(taken.message_id, Event.PARKED, "parked", "timed_out")
    found = api(site, "operator").get("/v1/berichten", params={"status": "parked", "aantal": 1}).json()
    assert found["resultaten"][0]["id"] == str(taken.message_id)
    assert found["resultaten"][0]["zin"].startswith("Vraagt aandacht: de partner antwoordde niet op tijd")


@pytest.mark.parametrize("query", ["aantal=0", "aantal=x", "richting=op", "voor=x"])
def test_a_wrong_parameter_is_a_400_and_never_a_422(site: LiveSite, query: str):
    assert problem_of(api(site, "operator").get(f"/v1/berichten?{query}"))["status"] == 400


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nee", "/v1/berichten/", "/v1/berichten/x"])
def test_what_is_not_there_is_a_problem_too(site: LiveSite, path: str):
    answer = api(site, "operator").get(path, follow_redirects=True)
    assert problem_of(answer)["status"] == 404


def test_a_wrong_method_is_a_405(site: LiveSite):
    assert problem_of(api(site, "operator").delete("/v1/berichten"))["status"] == 405


def test_the_description_follows_the_api_design_rules(site: LiveSite):
    answer = site.browser().get("/v1/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    found = answer.json()
    assert found["info"]["version"] == "1.0.0"
    assert set(found["info"]["contact"]) == {"name", "email", "url"}
    assert found["servers"][0]["url"].startswith("https://")
    assert found["servers"][0]["url"].endswith("/v1")
    for path, operations in found["paths"].items():
        assert not path.endswith("/")
        for operation in operations.values():
            assert "422" not in operation["responses"]
            assert any(status >= "400" for status in operation["responses"])
            assert all("API-Version" in one["headers"] for one in operation["responses"].values())
            assert "400" in operation["responses"] or not operation.get("parameters")
    cors = found["paths"]["/openapi.json"]["get"]["responses"]["200"]["headers"]
    assert "access-control-allow-origin" in cors
    for model in found["components"]["schemas"].values():
        for key in model["properties"].values():
            assert "type" not in key or key.get("default", "") is not None
    body = found["paths"]["/raadsverzoeken"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert body.rpartition("/")[2] in found["components"]["schemas"]
    for path in ("/berichten", "/raadsverzoeken"):
        operation = next(iter(found["paths"][path].values()))
        assert "caller" not in {one["name"] for one in operation.get("parameters", [])}


def test_a_document_of_28_megabytes_is_accepted(tmp_path: Path):
    with LiveSite(tmp_path) as fresh:
        kinds = ("Verzoek tot onderzoek RvdK", "Gezinsgeschiedenis", "Diagnostisch onderzoek")
        pages = [rv.document(kind, text="x" * 6_950_000) for kind in kinds]
        answer = api(fresh, "secretary").post(PATH, json={**verzoek(), "documenten": pages})
        assert answer.status_code == 201, answer.text[:500]


def test_a_document_above_the_cap_is_refused_before_it_is_read(tmp_path: Path):
    with LiveSite(tmp_path, most=1_500_000) as fresh:
        client = api(fresh, "secretary")
        headers = {"Content-Type": "application/json"}
        assert problem_of(client.post(PATH, content=b"x" * 1_600_000, headers=headers))["status"] == 413
        chunks = (b"x" * 100_000 for _ in range(20))
        assert problem_of(client.post(PATH, content=chunks, headers=headers))["status"] == 413


def test_beyond_the_byte_budget_the_answer_is_503_with_a_moment(site: LiveSite):
    client = api(site, "secretary")
    with site.hub.budget.take(159_000_000):
        answer = client.post(PATH, content=b" " * 1_100_000, headers={"Content-Type": "application/json"})
        assert problem_of(answer)["status"] == 503
        assert int(answer.headers["retry-after"]) > 0
        assert client.post(PATH, json=verzoek()).status_code == 201, "small documents still pass"


@pytest.mark.parametrize("kenmerk", ["K" * 41, "K" * 4000, "KEN\0MERK", "KEN MERK", "KENM\x1bERK"])
def test_a_case_number_of_another_form_is_the_callers_to_mend(site: LiveSite, kenmerk: str):
    answer = problem_of(api(site, "secretary").post(PATH, json={**verzoek(), "kenmerk": kenmerk}))
    assert answer["status"] == 400
    assert {one["name"] for one in answer["invalidParams"]} == {"/kenmerk"}


@pytest.mark.parametrize("asked", ["status=%00", "status=sent%00", "uitwisseling=%00", "verbinding=a%00b", "voor=%00"])
def test_a_nul_to_choose_by_is_told_by_its_name(site: LiveSite, asked: str):
    answer = problem_of(api(site, "operator").get(f"/v1/berichten?{asked}"))
    assert answer["status"] == 400
    assert asked.partition("=")[0] in str(answer)


def test_a_document_may_begin_with_a_byte_order_mark(site: LiveSite):
    body = b"\xef\xbb\xbf" + json.dumps(verzoek()).encode()
    answer = api(site, "secretary").post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text


def test_a_bsn_as_a_number_of_the_callers_own_is_refused(site: LiveSite):
    client = api(site, "secretary")
    answer = problem_of(client.post(PATH, json=verzoek(), headers={"Idempotency-Key": "kind-999999047"}))
    assert (answer["status"], answer["invalidParams"][0]["name"]) == (400, "Idempotency-Key")
    named = problem_of(client.post(PATH, json={**verzoek(), "kenmerk": "CJG-999999047"}))
    assert (named["status"], named["invalidParams"][0]["name"]) == (400, "/kenmerk")
    assert "999999047" not in str(answer) + str(named)
