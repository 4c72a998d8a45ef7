"""Events reach subscribers signed and in order; a dead one costs the others nothing, is paused, and gets what it missed."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub.delivery.roles import Roles
from hub.intake.intake import Intake
from hub.journal.database import Statement, Tx
from hub.message import Caller
from hub.routes.plekvrij import effects
from hub.routes.plekvrij.pages import subscribers
from hub.simulators.plekvrij.providers import Providers
from hub.simulators.plekvrij.subscriber import SubscriberSimulator
from hub.web.accounts import create_user
from tests.partners.plekvrij.offers import at, encoded, located
from tests.partners.plekvrij.site import key_of, plekvrij_site, provider, publish
from tests.support.live_site import PASSWORD, LiveSite, hidden
from tests.support.processes import wait_until

PATH = "/v1/plekabonnementen"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    """A site that delivers."""
    with plekvrij_site(tmp_path) as made, ExitStack() as ending:
        roles = Roles()
        ending.callback(roles.stop)
        made.hub.broker.declare(made.hub.sending_connections())
        roles.start("worker", partial(made.hub.worker, "plekvrij"))
        roles.start("dispatcher", made.hub.dispatcher)
        yield made


@pytest.fixture
def subscriber() -> Iterator[SubscriberSimulator]:
    made = SubscriberSimulator()
    made.start()
    yield made
    made.stop()


def subscribe(site: LiveSite, url: str, **more: str) -> dict[str, Any]:
    body = {"naam": "Regio", "adres": url, **more}
    answer = site.browser().post(PATH, json=body, headers=key_of(site, "operator"))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def provider_key(site: LiveSite) -> dict[str, str]:
    return key_of(site, "care_provider", agb="99000001")


def free_of(subscriber: SubscriberSimulator) -> list[int]:
    return [message.details["free"] for message in subscriber.log.messages()]


def test_every_change_reaches_a_subscriber_signed_and_in_order(site: LiveSite, subscriber: SubscriberSimulator) -> None:
    subscriber.secret = subscribe(site, subscriber.url)["geheim"]
    key = provider_key(site)
    for number in range(8):
        assert publish(site, encoded(vrij=number), key).status_code == 201
    publish(site, encoded(vrij=7, peilmoment=at(hours=1)), key)  # late: nobody is told
    publish(site, encoded(vrij=8), key)  # who is told this one, in order, was not told the late one before it
    wait_until(lambda: 8 in free_of(subscriber), "the subscriber")
    assert free_of(subscriber) == list(range(9))
    assert subscriber.log.violations == []


def test_a_subscriber_gets_what_it_asked_for(site: LiveSite, subscriber: SubscriberSimulator) -> None:
    subscribe(site, subscriber.url, gemeente="HEEMSTEDE")
    key = provider_key(site)
    publish(site, encoded(vrij=1), key)
    publish(site, encoded(vrij=2, **located("x", gemeente="Heemstede")), key)
    wait_until(lambda: free_of(subscriber) == [2], "the subscriber")


def test_a_renewed_secret_is_taken_beside_the_old_one(site: LiveSite, subscriber: SubscriberSimulator) -> None:
    made = subscribe(site, subscriber.url)
    operator = key_of(site, "operator")
    new = site.browser().post(f"{PATH}/{made['id']}/geheimen", headers=operator).json()["geheim"]
    assert new != made["geheim"]
    assert all(one["geheim"] is None for one in site.browser().get(PATH, headers=operator).json()["resultaten"])
    for secret, count in ((made["geheim"], 1), (new, 2)):
        subscriber.secret = secret
        publish(site, encoded(vrij=count), provider_key(site))
        wait_until(lambda count=count: len(free_of(subscriber)) == count, "the subscriber")
    assert subscriber.log.violations == []


def test_a_dead_subscriber_costs_the_others_nothing_and_gets_what_it_missed(
    site: LiveSite, subscriber: SubscriberSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "FAILURES_ALLOWED", 2)
    dead = SubscriberSimulator(faults=("http_500",))
    dead.start()
    made = subscribe(site, dead.url)
    subscribe(site, subscriber.url)
    key, operator = provider_key(site), key_of(site, "operator")
    publish(site, encoded(vrij=1), key)
    wait_until(lambda: free_of(subscriber) == [1], "the subscriber")

    def paused() -> bool:
        site.hub.journal.run(_now_due)
        rows = site.browser().get(PATH, headers=operator).json()["resultaten"]
        return any(one["gepauzeerdOp"] for one in rows if one["id"] == made["id"])

    wait_until(paused, "the subscriber")
    publish(site, encoded(vrij=2, **located("tweede")), key)
    publish(site, encoded(vrij=3, **located("tweede")), key)
    wait_until(lambda: free_of(subscriber) == [1, 2, 3], "the subscriber")
    dead.faults.replace([])
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).isoformat()
    answer = site.browser().post(f"{PATH}/{made['id']}/hervattingen", json={"sinds": since}, headers=operator)
    assert answer.json() == {"aantal": 2, "volgende": None}

    def caught_up() -> bool:
        site.hub.journal.run(_now_due)
        return free_of(dead) == [1, 3]

    wait_until(caught_up, "the subscriber")
    dead.stop()


class Killed(BaseException):
    """The hub ends between the end of the pause and the replay."""


def _killed(*_: object) -> None:
    raise Killed


def test_an_operator_resumes_on_the_page_that_the_task_leads_to(
    site: LiveSite, subscriber: SubscriberSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "FAILURES_ALLOWED", 1)
    monkeypatch.setattr(subscribers, "MAX_REPLAY", 2)
    create_user(site.hub.journal, "beheer", ["operator"], PASSWORD)
    made, operator = subscribe(site, subscriber.url), site.signed_in("beheer")
    subscriber.faults.replace(["http_500"])
    key = provider_key(site)
    publish(site, encoded(vrij=1), key)
    wait_until(lambda: "ging op pauze" in operator.get("/taken").text, "the subscriber")
    assert 'class="hub-row" href="/abonnees"' in operator.get("/taken").text
    subscriber.faults.replace([])
    for number in (2, 3):
        publish(site, encoded(vrij=number, **located(f"plek-{number}")), key)
    page = operator.get("/abonnees")
    assert "Op pauze: nam te vaak niets aan" in page.text
    form = {**hidden(page), "abonnee": made["id"], "sinds": "uur"}
    an_hour_ago, (view,) = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1), subscribers.every(site.hub)
    with monkeypatch.context() as patched:
        patched.setattr(Intake, "accept_many", _killed)
        with pytest.raises(Killed):
            subscribers.resume(site.hub, view, an_hour_ago, Caller("user", "beheer"))
    assert "ging op pauze" in operator.get("/taken").text, "what was missed has not been sent: the task is still there"
    answer = operator.post("/abonnees", data=form)
    page = operator.get(answer.headers["location"])
    assert "2 berichten gaan nu weg. Er is nog meer" in page.text
    assert "ging op pauze" in operator.get("/taken").text, "nor has all of it"
    going_on = re.search(r'value="([^"]*)" selected', page.text)
    assert going_on is not None
    answer = operator.post("/abonnees", data={**form, "sinds": html.unescape(going_on[1])})
    assert answer.headers["location"] == "/abonnees?nagestuurd=1"
    assert "ging op pauze" not in operator.get("/taken").text

    def caught_up() -> bool:
        site.hub.journal.run(_now_due)
        return sorted(set(free_of(subscriber))) == [1, 2, 3]

    wait_until(caught_up, "the subscriber")
    assert operator.post("/abonnees", data={**form, "sinds": "altijd"}).status_code == 404
    assert provider(site).get("/abonnees").status_code == 403


def _now_due(tx: Tx) -> None:
    """Nobody waits for the schedule in a test."""
    tx.run(Statement("UPDATE work SET next_at = hub_now() WHERE status = 'waiting' AND reason = 'retry'"))
    tx.notify("plekvrij")


@pytest.mark.parametrize("url", ["ftp://voorbeeld.example/", "https://", "https://a:b@voorbeeld.example/", "geen adres"])
def test_a_wrong_address_is_refused(site: LiveSite, url: str) -> None:
    answer = site.browser().post(PATH, json={"naam": "x", "adres": url}, headers=key_of(site, "operator"))
    assert (answer.status_code, answer.json()["invalidParams"][0]["name"]) == (400, "/adres")


def test_only_the_operator_subscribes_and_a_removed_one_is_told_nothing(
    site: LiveSite, subscriber: SubscriberSimulator
) -> None:
    body = {"naam": "x", "adres": subscriber.url}
    assert site.browser().post(PATH, json=body, headers=provider_key(site)).status_code == 403
    made = subscribe(site, subscriber.url)
    operator = key_of(site, "operator")
    assert site.browser().delete(f"{PATH}/{made['id']}", headers=operator).status_code == 204
    assert site.browser().delete(f"{PATH}/{made['id']}", headers=operator).status_code == 404
    publish(site, encoded(), provider_key(site))
    assert site.browser().get(PATH, headers=operator).json() == {"resultaten": []}
    assert free_of(subscriber) == []


@pytest.mark.parametrize(
    ("behaviour", "statuses", "shown"),
    [("honest", {201}, 3), ("late", {201}, 3), ("contradictory", {400}, 0), ("foreign", {403}, 0), ("csv", {200}, 3)],
)
def test_simulated_providers_publish_well_and_badly(site: LiveSite, behaviour: str, statuses: set[int], shown: int) -> None:
    key = key_of(site, "care_provider", agb="99000001")["Authorization"].removeprefix("Bearer ")
    providers = Providers(site.url, key, ["99000001"], behaviour=behaviour)
    providers.publish_once()
    providers.publish_once()
    providers.stop()
    assert set(providers.statuses) == statuses
    answer = site.browser().get("/v1/plekken", headers=key_of(site, "referring_professional")).json()
    assert answer["totaal"] == shown
    assert all(one["stand"] == "actueel" for one in answer["resultaten"])
