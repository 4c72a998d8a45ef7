"""The administration's pages in a real browser, wide and narrow, with a budget in every state; and who may see them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.journal.database import Statement
from hub.message import Caller, MessageId
from hub.routes.pgb import cases
from hub.schemas.parsing import parse
from hub.simulators.svb import answers
from hub.simulators.svb.simulator import SERVICE
from hub.standards.stuf import read_stuurgegevens
from hub.transports.digikoppeling import addressing, envelope
from tests.console.conftest import chromium  # noqa: F401  # the browser
from tests.console.test_pages import WIDTHS, Sight
from tests.partners.pgb.test_formats import CELLS
from tests.partners.pgb.toekenningen import BSN, encoded, toekenning
from tests.support.live_site import PASSWORD, LiveSite

_SVB = """
[connections.svb]
partner = "svb"
[connections.svb.settings]
url = "http://127.0.0.1:9/nergens"
own = {organisatie = "0392", applicatie = "ketenhub"}
partner = {organisatie = "VWS", applicatie = "GGk"}
"""


_SENT_AT = Statement("UPDATE pgb_messages SET sent_at = :at WHERE message_id = :id")


def grant(site: LiveSite, **changes: Any) -> MessageId:
    taken = site.hub.intake.accept("toekenning", encoded(toekenning(**changes)), Caller("system", "mlcas"))
    return taken.message_id


def deliver(site: LiveSite, body: bytes) -> None:
    """Something that SVB brings."""
    root = parse(body)
    namespace, _, name = str(root.tag)[1:].partition("}")
    action = addressing.action(SERVICE, addressing.recommended_action(namespace, name))
    whole = b"".join(bytes(piece) for piece in envelope.splice(addressing.headers_for(read_stuurgegevens(root), action), body))
    answer = httpx.post(f"{site.url}/partners/svb", content=whole, headers=dict(envelope.HTTP_HEADERS), timeout=30)
    assert b"Bv03" in answer.content, answer.text


def answer(site: LiveSite, message_id: MessageId, *codes: str) -> None:
    view = site.view(message_id)
    (sent,) = [one for one in _sent(site) if one["message_id"] == message_id]
    told = {
        "returns": "PGB502", "code": "501", "afzender": "0392", "ontvanger": "VWS", "identificatie": sent["identificatie"],
        "dagtekening": "2026-11-22", "budget": view.kenmerk, "zender": ["0392", "ketenhub"],
        "ontvanger_systeem": ["VWS", "GGk"], "reference": view.reference,
    }  # fmt: skip
    deliver(site, answers.retour(told, codes))


def _sent(site: LiveSite) -> list[Any]:
    from sqlalchemy import select

    from hub.routes.pgb.tables import messages

    with site.hub.journal.reading() as connection:
        return list(connection.execute(select(messages)).mappings())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A desk with a budget in every state."""
    with LiveSite(tmp_path_factory.mktemp("pgb"), environment="acceptatie", inbound=_SVB) as site:
        site.user("m.bakker", "administration")
        site.user("nieuw")
        answer(site, grant(site, budgetnummer="PGB-1001"), "0200")
        answer(site, grant(site, budgetnummer="PGB-1002"), "0200")
        answer(site, grant(site, budgetnummer="PGB-1002", mutatie="2", bedrag="15000"), "S329")
        answer(site, grant(site, budgetnummer="PGB-1003"), "X123")
        grant(site, budgetnummer="PGB-1004")
        order = {"gemeente": "0392", "budget": "PGB-1001", "begin": "2027-01-01", "eind": "2027-12-31", "toegekend": "12000.50"}
        deliver(site, answers.afsluiting({**order, "besteed": "12500.00"}))
        yield site


@pytest.fixture(scope="module")
def empty_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    with LiveSite(tmp_path_factory.mktemp("pgb-empty"), environment="acceptatie", inbound=_SVB) as site:
        site.user("m.bakker", "administration")
        yield site


def path_of(site: LiveSite, number: str) -> str:
    (budget,) = cases.find(site.hub.journal, number)
    return f"/pgb/{budget.message_id}"


def sign_in(sight: Sight, site: LiveSite) -> None:
    sight.go(f"{site.url}/aanmelden")
    sight.page.get_by_label("Naam").fill("m.bakker")
    sight.page.get_by_label("Wachtwoord").fill(PASSWORD)
    sight.page.keyboard.press("Enter")
    sight.page.wait_for_url(f"{site.url}/pgb")


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_reads_well(chromium: Any, desk: LiveSite, width: int) -> None:  # noqa: F811
    sight = Sight(chromium, width)
    sign_in(sight, desk)
    pages = {
        "lijst": "/pgb",
        "aandacht": "/pgb?deel=aandacht",
        "klaar": "/pgb?deel=klaar",
        "retouren": "/pgb/retouren",
        "cijfers": "/pgb/cijfers",
        "bestand": "/pgb/bestand",
    }
    pages |= {number: path_of(desk, number) for number in ("PGB-1001", "PGB-1002", "PGB-1003", "PGB-1004")}
    for name, path in {**pages, "taken": "/taken"}.items():
        assert sight.go(desk.url + path) == 200, name
        sight.check(f"pgb-{name}", width)
    sight.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_empty_pages_say_what_will_appear(chromium: Any, empty_desk: LiveSite, width: int) -> None:  # noqa: F811
    sight = Sight(chromium, width)
    sign_in(sight, empty_desk)
    for name, path in {"lijst": "/pgb", "klaar": "/pgb?deel=klaar", "retouren": "/pgb/retouren"}.items():
        assert sight.go(empty_desk.url + path) == 200
        sight.check(f"pgb-leeg-{name}", width)
    sight.context.close()


def test_the_figures_of_a_month_are_a_picture_and_a_table(desk: LiveSite) -> None:
    page = desk.signed_in("m.bakker").get("/pgb/cijfers").text
    assert '<svg viewBox="0 0 640' in page
    for name, count in (("Bevestigd", 2), ("Afgewezen", 2), ("Wacht op SVB", 1), ("Retouren die afwijzen", 2)):
        assert f"<td>{name}</td><td>{count}</td>" in page
    assert "<td>Budgetten afgesloten</td><td>1</td>" in page
    assert "€ 12.500,00" in page
    earlier = desk.signed_in("m.bakker").get("/pgb/cijfers?maand=2020-02").text
    assert "Cijfers van februari 2020" in earlier
    assert "In februari 2020 is niets aangeboden" in earlier
    assert "<svg viewBox" not in earlier
    assert desk.signed_in("m.bakker").get("/pgb/cijfers?maand=2020-99").status_code == 200


def test_returns_that_did_not_come_are_listed(empty_desk: LiveSite) -> None:
    journal = empty_desk.hub.journal
    message_id = grant(empty_desk, budgetnummer="PGB-7001")
    assert "PGB-7001" not in empty_desk.signed_in("m.bakker").get("/pgb/retouren").text
    micros = int((dt.datetime.now(dt.UTC) - dt.timedelta(days=12)).timestamp() * 1_000_000)
    journal.run(lambda tx: tx.run(_SENT_AT, at=micros, id=message_id))
    page = empty_desk.signed_in("m.bakker").get("/pgb/retouren").text
    assert "Er is geen antwoord gekomen (1)" in page
    assert "PGB-7001" in page


def test_a_rejected_budget_shows_reason_what_to_do_and_the_difference(desk: LiveSite) -> None:
    page = desk.signed_in("m.bakker").get(path_of(desk, "PGB-1002")).text
    assert "De productcode is niet geldig" in page
    assert "€ 12.000,50" in page
    assert "€ 15.000,00" in page
    assert "Wat SVB weet en wat u wilt" in page
    assert "Wat SVB weet en wat u wilt" not in desk.signed_in("m.bakker").get(path_of(desk, "PGB-1001")).text
    unknown = desk.signed_in("m.bakker").get(path_of(desk, "PGB-1003")).text
    assert "staat niet in onze lijst (code X123)" in unknown


def test_the_list_counts_and_tells_tasks_without_anything_personal(desk: LiveSite) -> None:
    client = desk.signed_in("m.bakker")
    page = client.get("/pgb").text
    assert "Afgewezen, gestopt of niet verstuurd (2)" in page
    assert "Wacht op SVB (1)" in page
    assert "Bevestigd (1)" in page
    assert "Er is meer besteed dan toegekend" in page
    assert "schema van onszelf (PGB501)" in page, "stand-ins are marked"
    for path in ("/pgb", "/pgb/retouren", "/taken", path_of(desk, "PGB-1002")):
        text = client.get(path).text
        assert BSN not in text
        assert "Testgeval" not in text


def test_a_budget_is_found_by_its_number_and_never_by_a_bsn(desk: LiveSite) -> None:
    client = desk.signed_in("m.bakker")
    token = _token(client)
    found = client.post("/pgb/zoeken", data={"formulier": token, "zoek": "PGB-1002"})
    assert (found.status_code, found.headers["location"]) == (303, path_of(desk, "PGB-1002"))
    refused = client.post("/pgb/zoeken", data={"formulier": token, "zoek": BSN})
    assert refused.status_code == 400
    assert BSN not in refused.text
    assert "Er is geen budget" in client.post("/pgb/zoeken", data={"formulier": token, "zoek": "X-1"}).text


def test_a_file_is_offered_and_its_bad_row_is_told_with_row_and_column(empty_desk: LiveSite) -> None:
    client = empty_desk.signed_in("m.bakker")
    token = _token(client)

    def offer(content: bytes, name: str = "december.csv") -> httpx.Response:
        return client.post("/pgb/bestand", data={"formulier": token}, files={"bestand": (name, content, "text/csv")})

    headings = ";".join(CELLS)
    good, bad = ";".join(CELLS.values()), ";".join({**CELLS, "budgetnummer": "B-2", "bsn": "999900007"}.values())
    file = "\r\n".join((headings, good, bad, "")).encode("utf-8-sig")
    page = offer(file)
    assert page.status_code == 200
    assert re.search(r"<dt>aangenomen</dt><dd>1</dd>.*<dt>niet aangenomen</dt><dd>1</dd>", page.text)
    assert re.search(r"<td>3</td>\s*<td>bsn</td>\s*<td>Dit burgerservicenummer klopt niet", page.text)
    assert "999900007" not in page.text
    assert re.search(r"<dt>eerder aangenomen</dt><dd>1</dd>", offer(file).text), "the same file again sends nothing"
    assert len(cases.find(empty_desk.hub.journal, "B-1")) == 1
    assert offer(b"").status_code == 400
    assert "De kolom mutatie ontbreekt" in offer(file.replace(b"mutatie", b"nummer")).text
    assert offer("naam;Zoë".encode("latin-1")).status_code == 400
    token = "x"
    assert offer(file).status_code == 400


def test_every_link_leads_to_a_page_that_the_administration_may_see(desk: LiveSite) -> None:
    client = desk.signed_in("m.bakker")
    for page in ("/pgb", "/pgb/retouren", "/pgb/bestand", "/taken", path_of(desk, "PGB-1002")):
        for link in set(re.findall(r'href="(/[^"#]*)"', client.get(page).text)) - {"/afmelden"}:
            assert client.get(link).status_code in (200, 303), f"{page} -> {link}"


def test_who_has_no_right_sees_nothing(desk: LiveSite) -> None:
    client = desk.signed_in("nieuw")
    for path in ("/pgb", "/pgb/retouren", path_of(desk, "PGB-1002")):
        assert client.get(path).status_code == 403
    assert desk.browser().get("/pgb").status_code == 303


def test_lists_go_on_where_the_page_ended(desk: LiveSite) -> None:
    journal = desk.hub.journal
    first = cases.page(journal, "aandacht", limit=1)
    last = first[0]
    rest = cases.page(journal, "aandacht", limit=9, before=(round(last.at.timestamp() * 1_000_000), last.budget))
    assert [one.nummer for one in (*first, *rest)] == ["PGB-1003", "PGB-1002"]


def _token(client: httpx.Client) -> str:
    page = client.get("/pgb").text
    return page.partition('name="formulier" value="')[2].partition('"')[0]
