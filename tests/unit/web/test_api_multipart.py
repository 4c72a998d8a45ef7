"""The API with files as parts: the same request as with base64, and what does not fit together."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.journal import reading
from hub.journal.contents import open_content
from hub.web.accounts import create_api_key
from hub.web.multipart import read_parts
from tests.support import raadsverzoeken as rv
from tests.support.live_site import LiveSite, verzoek

PATH = "/v1/raadsverzoeken"
KINDS = ("Verzoek tot onderzoek RvdK", "Gezinsgeschiedenis")
File = tuple[str | None, bytes] | tuple[str | None, bytes, str]


@pytest.fixture
def client(site: LiveSite) -> httpx.Client:
    return secretary(site)


def secretary(site: LiveSite) -> httpx.Client:
    found = site.browser()
    found.headers["Authorization"] = f"Bearer {create_api_key(site.hub.journal, 'tests', ['secretary'])}"
    return found


def with_base64(text: str = "synthetisch") -> dict[str, Any]:
    return verzoek(documenten=[rv.document(kind, text=text) for kind in KINDS])


def parts_of(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, File]]:
    """The same with ``bestand``, and the files."""
    files: dict[str, File] = {}
    items = []
    for number, item in enumerate(document["documenten"]):
        files[f"scan{number}"] = (item["bestandsnaam"], base64.b64decode(item["inhoud"]), item["mediatype"])
        items.append({k: v for k, v in item.items() if k not in ("bestandsnaam", "inhoud")} | {"bestand": f"scan{number}"})
    return document | {"documenten": items}, files


def post(client: httpx.Client, document: dict[str, Any], files: dict[str, File], **headers: str) -> httpx.Response:
    return raw(client, [("verzoek", ("v.json", json.dumps(document).encode(), "application/json")), *files.items()], **headers)


def raw(client: httpx.Client, parts: list[tuple[str, File]], **headers: str) -> httpx.Response:
    return client.post(PATH, files=parts, headers=headers)


def stored(site: LiveSite, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text[:500]
    message_id = reading.parse_id(answer.json()["id"])
    assert message_id is not None
    document = open_content(site.hub.journal, site.hub.keyring, message_id, "document")
    assert document is not None
    found: dict[str, Any] = json.loads(document)
    return found


def findings(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(one["reason"].endswith(".") for one in answer.json()["invalidParams"])
    return [(one["name"], one["code"]) for one in answer.json()["invalidParams"]]


def test_with_files_it_is_the_same_document_as_with_base64(site: LiveSite, client: httpx.Client):
    whole = with_base64()
    joined = stored(site, post(client, *parts_of(whole)))
    assert joined == stored(site, client.post(PATH, json=whole)) == whole


def test_the_document_may_be_a_field_and_come_last(site: LiveSite, client: httpx.Client):
    document, files = parts_of(with_base64())
    answer = raw(client, [*files.items(), ("verzoek", (None, json.dumps(document).encode()))])
    assert stored(site, answer) == with_base64()


def test_a_given_bestandsnaam_counts_more_than_that_of_the_part(site: LiveSite, client: httpx.Client):
    document, files = parts_of(with_base64())
    document["documenten"][0]["bestandsnaam"] = "eigen.pdf"
    assert [one["bestandsnaam"] for one in stored(site, post(client, document, files))["documenten"]] == [
        "eigen.pdf", with_base64()["documenten"][1]["bestandsnaam"],
    ]  # fmt: skip


def test_the_same_key_gets_the_same_answer_in_whatever_order_the_files_come(client: httpx.Client):
    document, files = parts_of(with_base64())
    first = post(client, document, files, **{"Idempotency-Key": "delen-1"})
    second = post(client, document, dict(reversed(files.items())), **{"Idempotency-Key": "delen-1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"


def test_the_same_key_with_another_file_is_a_conflict(client: httpx.Client):
    post(client, *parts_of(with_base64()), **{"Idempotency-Key": "delen-2"})
    assert post(client, *parts_of(with_base64("anders")), **{"Idempotency-Key": "delen-2"}).status_code == 409


def test_a_file_that_did_not_come_is_a_finding(client: httpx.Client):
    document, files = parts_of(with_base64())
    del files["scan1"]
    assert findings(post(client, document, files)) == [("/documenten/1/bestand", "BESTAND.onbekend")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bestand": None}, "ontbreekt"), ({"bestand": ""}, "ontbreekt"), ({"bestand": ["scan0"]}, "onbekend"),
        ({"bestand": "scan1"}, "tweemaal"), ({"inhoud": "JVBERi0="}, "dubbel"), ({"bestand": "verzoek"}, "onbekend"),
    ],
)  # fmt: skip
def test_an_unfit_bestand_is_a_finding(client: httpx.Client, change: dict[str, Any], code: str):
    document, files = parts_of(with_base64())
    document["documenten"].reverse()
    document["documenten"][1] |= change
    assert ("/documenten/1/bestand", f"BESTAND.{code}") in findings(post(client, document, files))


def test_a_file_that_no_document_names_is_a_finding(client: httpx.Client):
    document, files = parts_of(with_base64())
    files["over"] = ("over.pdf", b"%PDF-1.4")
    assert findings(post(client, document, files)) == [("over", "BESTAND.ongebruikt")]


def test_the_rules_are_those_of_the_json_form(client: httpx.Client):
    wrong = with_base64() | {"kinderen": [rv.kind(bsn="123456789")]}
    joined, plain = post(client, *parts_of(wrong)), client.post(PATH, json=wrong)
    assert findings(joined)[0][0] == "/kinderen/0/bsn"
    assert joined.json() == plain.json()


@pytest.mark.parametrize("document", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 5000])
def test_a_document_that_is_no_json_object_is_a_400(client: httpx.Client, document: bytes):
    answer = raw(client, [("verzoek", ("v.json", document, "application/json"))])
    assert (answer.status_code, answer.json()["detail"]) == (400, "De aanvraag is niet te lezen als JSON-object.")


def test_half_a_character_is_refused_and_no_fault(client: httpx.Client):
    answer = raw(client, [("verzoek", ("v.json", b'{"onderwerp": "\\ud800"}', "application/json"))])
    assert answer.status_code == 400


def test_another_kind_of_document_is_a_415(client: httpx.Client):
    assert raw(client, [("verzoek", ("v.xml", b"<x/>", "text/xml"))]).status_code == 415


@pytest.mark.parametrize("parts", [
    [("scan0", ("a.pdf", b"%PDF"))],
    [("verzoek", ("v.json", b"{}")), ("verzoek", ("v.json", b"{}"))],
    [("verzoek", (None, b"{}")), ("scan0", ("a.pdf", b"1")), ("scan0", ("b.pdf", b"2"))],
    [("verzoek", (None, b"{}")), ("scan0", (None, b"geen bestand"))],
    [("verzoek", (None, b"{}")), *[(f"f{number}", ("a.pdf", b"1")) for number in range(100)]],
])  # fmt: skip
def test_parts_that_cannot_be_told_apart_are_a_400(client: httpx.Client, parts: list[tuple[str, File]]):
    answer = raw(client, parts)
    assert answer.status_code == 400
    assert "invalidParams" not in answer.json()


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary="])
@pytest.mark.parametrize("body", [b"", b"{}", b"--x\r\nContent-Disposition: form-data; name=verzoek\r\n\r\n{}"])
def test_what_is_no_whole_multipart_body_is_a_400(client: httpx.Client, kind: str, body: bytes):
    assert client.post(PATH, content=body, headers={"Content-Type": kind}).status_code == 400


def test_a_file_name_that_is_no_utf_8_is_unreadable():
    body = b'--x\r\nContent-Disposition: form-data; name="a"; filename="\xff"\r\n\r\n1\r\n--x--\r\n'
    with pytest.raises(ValueError, match="utf-8"):
        read_parts(body, "multipart/form-data; boundary=x", 5)


def test_the_cap_holds_for_what_comes_and_for_what_it_becomes(tmp_path: Path):
    with LiveSite(tmp_path, most=1_500_000) as fresh:
        client = secretary(fresh)
        for size in (800_000, 600_000):  # two files each: above the cap at once, and only when they are base64
            answer = post(client, *parts_of(with_base64("x" * size)))
            assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_large_files_touch_no_disk_and_leave_the_budget_free(
    site: LiveSite, client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def spooled(*args: object, **more: object) -> None:
        raise AssertionError("a temporary file was made")

    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    for maker in ("_TemporaryFileWrapper", "TemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, maker, spooled)
    answer = post(client, *parts_of(with_base64("x" * 3_000_000)))
    assert answer.status_code == 201, answer.text[:500]
    assert not list(spool.iterdir())
    assert site.hub.budget._used == 0


def test_the_description_names_both_forms(client: httpx.Client):
    content = client.get("/v1/openapi.json").json()["paths"]["/raadsverzoeken"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    assert content["multipart/form-data"]["schema"]["required"] == ["verzoek"]


def test_a_sender_who_encodes_is_understood_and_what_it_wrote_is_not_logged(caplog: pytest.LogCaptureFixture):
    head = b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\nContent-Transfer-Encoding: '
    assert read_parts(head + b"base64\r\n\r\nJVBERg==\r\n--x--\r\n", "multipart/form-data; boundary=x", 5)[0].data == b"%PDF"
    assert read_parts(head + b"Jansen\r\n\r\n%PDF\r\n--x--\r\n", "multipart/form-data; boundary=x", 5)[0].data == b"%PDF"
    with pytest.raises(ValueError, match="no multipart body"):
        read_parts(head + b"base64\r\n\r\n=\xff\r\n--x--\r\n", "multipart/form-data; boundary=x", 5)
    assert caplog.text == ""
