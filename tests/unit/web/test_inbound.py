"""The endpoints for partners and the server under them: caps, drips, methods, health."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import httpx
import pytest
import structlog

from hub.errors import ConfigError
from hub.journal import reading
from hub.journal.database import Statement
from hub.journal.units import tasks
from hub.web.bodies import Patience
from hub.web.server import WebServer, listen, url_of
from tests.support import berichten
from tests.support.live_site import LiveSite

PATH = "/partners/corv"
HEADERS = {"Content-Type": "text/xml; charset=utf-8"}


def test_a_message_of_a_partner_is_stored_and_confirmed(site: LiveSite):
    taken = site.accept()
    cross = berichten.antwoord("Bv01", taken.reference)
    body = berichten.delivered(berichten.write_bevestiging(cross, ()), cross)
    answer = site.browser().post(PATH, content=body, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    assert "Bv03" in answer.text
    assert site.view(taken.message_id).status == "completed"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_only_post_is_taken(site: LiveSite, method: str):
    assert site.browser().request(method, PATH).status_code == 405


@pytest.mark.parametrize("body", [b"", b"<", b"\x00" * 100, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"<a>" * 2000])
def test_what_is_no_message_gets_a_soap_fault(site: LiveSite, body: bytes):
    answer = site.browser().post(PATH, content=body, headers=HEADERS)
    assert answer.status_code == 500
    assert "<faultcode>" in answer.text


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_cap_is_refused_as_the_endpoint_prescribes(site: LiveSite, chunked: bool):
    body = (b"x" * 100_000 for _ in range(30)) if chunked else b"x" * 3_000_000
    before = len(reading.list_messages(site.hub.journal))
    answer = site.browser().post(PATH, content=body, headers=HEADERS)
    assert answer.status_code == 500
    assert "<faultcode>" in answer.text
    assert len(reading.list_messages(site.hub.journal)) == before


@pytest.mark.parametrize("chunked", [False, True])
def test_beyond_the_byte_budget_a_partner_is_asked_to_wait(site: LiveSite, chunked: bool):
    body = (b"x" * 100_000 for _ in range(15)) if chunked else b"x" * 1_500_000
    with site.hub.budget.take(159_000_000):
        answer = site.browser().post(PATH, content=body, headers=HEADERS)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_the_byte_budget_is_given_back(site: LiveSite):
    for _ in range(3):
        site.browser().post(PATH, content=b"x" * 1_500_000, headers=HEADERS)
    with site.hub.budget.take(160_000_000), site.hub.budget.take(1):
        pass


def test_a_sender_that_drips_is_sent_away(tmp_path: Path):
    with LiveSite(tmp_path, patience=Patience(base_seconds=0.3)) as fresh, _open(fresh) as sender:
        sender.sendall(b"POST /partners/corv HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<")
        assert b"<faultcode>" in _read(sender)


def test_a_sender_that_hangs_up_halfway_harms_nobody(site: LiveSite):
    with _open(site) as sender:
        sender.sendall(b"POST /partners/corv HTTP/1.1\r\nHost: x\r\nContent-Length: 1500000\r\n\r\n<")
    assert site.browser().get("/_healthz/livez/").status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTX/1.1\r\n\r\n",
        b"POST /partners/corv HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /partners/corv HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000,
    ],
)
def test_what_is_no_http_is_refused_and_the_server_lives(site: LiveSite, raw: bytes):
    with _open(site) as sender:
        sender.sendall(raw)
        answer = _read(sender)
    assert not answer or answer.startswith(b"HTTP/1.1 4")
    assert site.browser().get("/_healthz/livez/").status_code == 200


def test_health_names_every_part(site: LiveSite):
    browser = site.browser()
    assert browser.get("/_healthz/livez/").json() == {"status": "ok"}
    assert browser.get("/_healthz/readyz/").json() == {"status": "ok", "journal": "ok", "schemas": "ok"}
    assert set(browser.get("/_healthz/").json()) == {"status", "journal", "schemas", "broker", "roles", "progress"}


def test_a_hub_whose_journal_is_away_is_alive_but_not_ready(tmp_path: Path):
    with LiveSite(tmp_path) as fresh:
        fresh.hub.journal.run(lambda tx: tx.run(Statement("DROP TABLE connections")))
        assert fresh.browser().get("/_healthz/livez/").status_code == 200
        answer = fresh.browser().get("/_healthz/readyz/")
        assert answer.status_code == 503
        assert answer.json()["journal"] != "ok"


def test_metrics_are_for_this_machine_only(site: LiveSite):
    assert "hub_window_tickets" in site.browser().get("/metrics").text
    elsewhere = {"X-Forwarded-For": "203.0.113.7"}
    assert site.browser().get("/metrics", headers=elsewhere).status_code == 401


def test_a_port_that_is_taken_is_a_wrong_setting(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        fresh = LiveSite(tmp_path)
        web = fresh.hub.config.web.model_copy(update={"port": taken.getsockname()[1]})
        with pytest.raises(ConfigError):
            listen(web)
        fresh.hub.close()


def test_a_server_that_comes_after_one_that_failed_listens_on_the_same_port(tmp_path: Path):
    fresh = LiveSite(tmp_path)
    with listen(fresh.hub.config.web) as listener:
        for _ in range(2):
            server = WebServer(fresh.hub, listener=listener)
            thread = threading.Thread(target=server.run)
            thread.start()
            assert server.ready.wait(60)
            assert server.url == url_of(listener)
            assert httpx.get(f"{server.url}/_healthz/livez/", timeout=60).status_code == 200
            server.stop()
            thread.join(60)
            assert not thread.is_alive()
    fresh.hub.close()


def test_a_server_that_is_stopped_before_it_runs_does_not_run(tmp_path: Path):
    fresh = LiveSite(tmp_path)
    fresh.server.stop()
    thread = threading.Thread(target=fresh.server.run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    fresh.hub.close()


def test_requests_at_the_same_time_all_get_their_answer(site: LiveSite):
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(httpx.get(f"{site.url}/_healthz/readyz/", timeout=30).status_code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 20


def _open(site: LiveSite) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])), timeout=20)


def _read(sender: socket.socket) -> bytes:
    data = b""
    try:
        while piece := sender.recv(65_536):
            data += piece
    except ConnectionResetError:
        pass
    return data


@pytest.mark.parametrize("framing", ["Content-Length: 1500000", "Transfer-Encoding: chunked"])
def test_the_body_of_a_stranger_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, framing: str):
    monkeypatch.setenv("HUB_TEST_SECRET", "een geheim")
    request = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n".encode()
    fresh = LiveSite(tmp_path, inbound='shared_secret = "env:HUB_TEST_SECRET"')
    with fresh as site, site.hub.budget.take(160_000_000), _open(site) as sender:  # nothing is left for a large body
        sender.sendall(request)
        assert _read(sender).startswith(b"HTTP/1.1 403")


def test_a_length_beside_chunks_does_not_pass_the_byte_budget(site: LiveSite):
    with site.hub.budget.take(159_000_000), _open(site) as sender:
        sender.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        sender.sendall(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
        for _ in range(14):
            sender.sendall(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
        sender.sendall(b"0\r\n\r\n")
        assert _read(sender).startswith(b"HTTP/1.1 503")


OURS, OTHER = "00000099000000002000", "00000099000000003000"


@pytest.mark.parametrize(
    ("proxies", "header", "forwarded", "status"),
    [
        (["127.0.0.1"], OURS, "", 200),
        (["127.0.0.1"], OURS, "203.0.113.7", 200),
        ([], OURS, "", 403),
        (["127.0.0.1"], OTHER, "", 403),
        (["127.0.0.1"], None, "", 403),
        (["203.0.113.7"], OURS, "203.0.113.7", 403),  # anybody can say to come from the proxy
    ],
)
def test_only_our_own_proxy_may_tell_whose_certificate_it_was(
    tmp_path: Path, proxies: list[str], header: str | None, forwarded: str, status: int
):
    more = f"proxy_addresses = {proxies}" if proxies else ""
    with LiveSite(tmp_path, web=more, inbound='certificate_oins = ["00000099000000002000"]') as site:
        taken = site.accept()
        cross = berichten.antwoord("Bv01", taken.reference)
        body = berichten.delivered(berichten.write_bevestiging(cross, ()), cross)
        headers = HEADERS | ({"x-client-oin": header} if header else {})
        headers |= {"X-Forwarded-For": forwarded} if forwarded else {}
        assert site.browser().post(PATH, content=body, headers=headers).status_code == status


def test_what_stands_still_is_told_by_health_and_metrics(site: LiveSite):
    browser = site.browser()
    assert browser.get("/_healthz/").json()["progress"] == "ok"
    site.hub.journal.run(tasks.keep, "degraded", {"corv": "no_progress"})
    try:
        answer = browser.get("/_healthz/")
        assert (answer.status_code, answer.json()["progress"]) == (503, "failing")
        assert browser.get("/_healthz/readyz/").status_code == 200, "this process can take requests"
        assert 'hub_degraded{code="no_progress",part="corv"} 1.0' in browser.get("/metrics").text
    finally:
        site.hub.journal.run(tasks.keep, "degraded", {})
    assert browser.get("/_healthz/").json()["progress"] == "ok"
    assert "no_progress" not in browser.get("/metrics").text


@pytest.mark.parametrize("path", [f"{PATH}/", f"/{PATH}", "/partners//corv", "/Partners/CORV", f"{PATH}/extra"])
def test_a_delivery_to_a_wrong_path_is_a_fault_that_is_logged(site: LiveSite, path: str):
    with structlog.testing.capture_logs() as lines:
        answer = site.browser().post(f"{site.url}{path}", content=b"<a/>", headers=HEADERS)
    assert answer.status_code == 500
    assert "<faultcode>" in answer.text
    assert [(line["event"], line["connection"]) for line in lines if line["event"] == "message_refused"] == [
        ("message_refused", "corv")
    ]


@pytest.mark.parametrize("path", ["/berichten/", "/_healthz/livez//", "/aanmelden/", "/v1"])
def test_nothing_leads_elsewhere_for_a_slash(site: LiveSite, path: str):
    answer = site.browser().get(path, headers={"Host": "elders.example"})
    assert answer.status_code in (404, 405)
    assert "elders.example" not in str(answer.headers)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/_healthz/livez", "/_healthz/readyz", "/_healthz/livez/", "/_healthz/readyz/", "/_healthz"])
def test_health_answers_in_both_spellings_and_to_head(site: LiveSite, method: str, path: str):
    answer = site.browser().request(method, path)
    assert answer.status_code == (answer.status_code if path == "/_healthz" else 200)
    assert answer.status_code in (200, 503)
    assert (answer.content == b"") == (method == "HEAD")
