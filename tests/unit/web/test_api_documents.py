"""The router of any document: a resource of other words, rights and routes than the one that exists."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from hub import registry
from hub.contracts.resource import DocumentResource, FileParts, Operation
from hub.routes.raadsverzoek.api import RESOURCE
from hub.web.accounts import create_api_key
from hub.web.api.attached import NotJoined, join
from hub.web.api.documents import document_router
from hub.web.api.problems import handle_errors
from hub.web.auth import Right
from hub.web.bodies import Patience
from tests.support.live_site import LiveSite, verzoek

#: The same route under other words: no files, a list, and rights of others.
OPGAVEN = DocumentResource(
    path="/opgaven",
    tag="opgaven",
    routes=("raadsverzoek",),
    offering=Right.OPERATE,
    reading=(Right.SEE_ALL,),
    noun="de opgave",
    absent="Er is geen opgave met dit nummer.",
    offer=Operation("biedOpgaveAan", "Biedt een opgave aan", "Zie daar."),
    show=Operation("geefOpgave", "Geeft een opgave", "Zonder inhoud."),
    many=Operation("geefOpgaven", "Geeft opgaven, nieuwste eerst", "Met `voor` bladert u verder."),
    number="opgavenummer",
)


class Client:
    """A caller of an application with one resource."""

    def __init__(self, app: FastAPI, key: str) -> None:
        self.app = app
        self._headers = {"Authorization": f"Bearer {key}"}

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub", headers=self._headers) as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)


Clients = Callable[..., Client]


@pytest.fixture
def client(site: LiveSite) -> Clients:
    """Makes a client with one role for one resource, limited to these organisations."""

    def make(resource: DocumentResource, role: str, *scope: str) -> Client:
        app = FastAPI()
        app.include_router(document_router(site.hub, Patience(), resource))
        handle_errors(app)
        return Client(app, create_api_key(site.hub.journal, "tests", [role], scope=scope))

    return make


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> DocumentResource:
    """A resource of another exchange's route, for the same callers."""
    (exchange, entry), known = registry.routes()["raadsverzoek"], registry.routes()
    other = {**known, "elders": (exchange, replace(entry, name="elders"))}
    monkeypatch.setattr(registry, "routes", lambda: other)
    return replace(OPGAVEN, routes=("elders",))


def test_a_document_is_offered_and_followed_in_the_words_of_its_resource(client: Clients) -> None:
    caller = client(OPGAVEN, "operator")
    answer = caller.post("/opgaven", json=verzoek())
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/opgaven/{answer.json()['id']}"
    assert caller.get(f"/opgaven/{answer.json()['id']}").json()["status"] == "waiting"
    assert caller.get("/opgaven/x").json()["detail"] == "Er is geen opgave met dit nummer."
    assert caller.post("/opgaven", json={}).json()["detail"].startswith("De opgave bevat ")
    used = caller.post("/opgaven", json=verzoek() | {"kenmerk": answer.json()["kenmerk"]}).json()
    assert used["detail"] == f"Dit opgavenummer is al in gebruik bij bericht {answer.json()['id']}."


def test_a_resource_without_files_takes_json_only(client: Clients) -> None:
    answer = client(OPGAVEN, "operator").post("/opgaven", files={"verzoek": b"{}"})
    assert (answer.status_code, answer.json()["detail"]) == (415, "Stuur de opgave als application/json.")
    operation = client(OPGAVEN, "operator").app.openapi()["paths"]["/opgaven"]["post"]
    assert list(operation["requestBody"]["content"]) == ["application/json"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_right_of_the_resource_nobody_gets_in(client: Clients, method: str) -> None:
    assert client(OPGAVEN, "secretary").request(method, "/opgaven").status_code == 403
    assert client(RESOURCE, "privacy_officer").request("GET", "/raadsverzoeken/x").status_code == 403


def test_messages_of_another_exchange_are_not_shown(site: LiveSite, client: Clients, elsewhere: DocumentResource) -> None:
    taken = site.accept()
    caller = client(elsewhere, "operator")
    assert caller.get(f"/opgaven/{taken.message_id}").status_code == 404
    assert caller.get("/opgaven").json()["resultaten"] == []
    assert client(OPGAVEN, "operator").get(f"/opgaven/{taken.message_id}").status_code == 200


def test_a_key_for_one_organisation_sees_no_message_of_another(
    site: LiveSite, client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one whose number it knows; whether a message waits, is on its way or has arrived."""
    route = site.hub.routes["raadsverzoek"]
    accepted = {}
    for scope in ("gemeente:0392", "gemeente:0473"):
        monkeypatch.setattr(type(route), "scope_of", lambda self, document, scope=scope: scope)
        accepted[scope] = str(site.accept().message_id)
    limited = client(OPGAVEN, "operator", "gemeente:0392")
    assert limited.get(f"/opgaven/{accepted['gemeente:0392']}").status_code == 200
    assert limited.get(f"/opgaven/{accepted['gemeente:0473']}").status_code == 404
    for wanted in ({}, {"status": "waiting"}):
        (only,) = limited.get("/opgaven", params=wanted).json()["resultaten"]
        assert only["id"] == accepted["gemeente:0392"]
    for one in accepted.values():
        assert client(OPGAVEN, "operator").get(f"/opgaven/{one}").status_code == 200


def test_the_list_is_leafed_through_and_holds_its_own_routes_only(site: LiveSite, client: Clients) -> None:
    ids = [str(site.accept().message_id) for _ in range(3)]
    caller = client(OPGAVEN, "operator")
    first = caller.get("/opgaven", params={"aantal": 2}).json()
    assert [one["id"] for one in first["resultaten"]] == [ids[2], ids[1]]
    second = caller.get("/opgaven", params={"aantal": 1, "voor": first["volgende"]}).json()
    assert second["resultaten"][0]["id"] == ids[0]
    assert caller.get("/opgaven", params={"status": "parked", "voor": ids[0]}).status_code == 200
    assert caller.get("/opgaven", params={"aantal": 0}).status_code == 400
    assert caller.get("/opgaven", params={"voor": "x"}).status_code == 400


def test_a_resource_without_a_list_has_none(client: Clients) -> None:
    assert client(RESOURCE, "secretary").get("/raadsverzoeken").status_code == 405


FORM = FileParts(
    part="opgave",
    items="bijlagen",
    reference="deel",
    content="data",
    file_name="naam",
    schema="OpgaveMetBestanden",
    summary="Een opgave met bestanden.",
    document="De opgave.",
)


def multipart(document: dict[str, Any], **files: bytes) -> tuple[bytes, str]:
    parts = {"opgave": (None, json.dumps(document))} | {name: (f"{name}.pdf", data) for name, data in files.items()}
    request = httpx.Request("POST", "http://x", files=parts)  # type: ignore[arg-type]
    return request.read(), request.headers["content-type"]


def test_files_are_joined_under_the_keys_of_the_form() -> None:
    body, kind = multipart({"bijlagen": [{"deel": "een"}, {"deel": "twee", "naam": "eigen.pdf"}]}, een=b"1", twee=b"2")
    assert json.loads(join(body, kind, 1_000, FORM)) == {
        "bijlagen": [
            {"naam": "een.pdf", "data": base64.b64encode(b"1").decode()},
            {"naam": "eigen.pdf", "data": base64.b64encode(b"2").decode()},
        ]
    }


def test_what_does_not_fit_is_told_with_the_keys_of_the_form() -> None:
    body, kind = multipart({"bijlagen": [{}, {"deel": "een", "data": ""}, {"deel": "weg"}]}, een=b"1", twee=b"2")
    with pytest.raises(NotJoined) as caught:
        join(body, kind, 1_000, FORM)
    told = {one.name: one for one in caught.value.found}
    assert {name: one.code for name, one in told.items()} == {
        "/bijlagen/0/deel": "BESTAND.ontbreekt",
        "/bijlagen/1/deel": "BESTAND.dubbel",
        "/bijlagen/2/deel": "BESTAND.onbekend",
        "twee": "BESTAND.ongebruikt",
    }
    assert told["/bijlagen/0/deel"].reason.startswith("Noem bij dit document in het veld deel de naam")
    assert told["/bijlagen/1/deel"].reason == "Geef bij een document een deel of een data, niet allebei."
    body, kind = multipart({"bijlagen": [{"deel": "een"}, {"deel": "een"}]}, een=b"1")
    with pytest.raises(NotJoined, match="1 place"):
        join(body, kind, 1_000, FORM)
