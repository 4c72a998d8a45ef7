"""The benchmark itself works: small counts, no judgement about speed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import pytest

from bench import search_cost
from bench.__main__ import PARTS, arguments, measure
from bench.calibration import machine
from bench.report import write
from bench.results import Line, lines
from bench.services import PartnerProcess, Servers
from hub.journal import reading
from hub.journal.opening import open_journal
from tests.support.services import PostgresServer, RabbitServer


@pytest.fixture
def running(rabbit_server: RabbitServer, postgres_server: PostgresServer) -> Iterator[Servers]:
    partner = PartnerProcess()
    yield Servers(rabbit_server, postgres_server, partner)
    partner.close()


def small(*parts: str) -> argparse.Namespace:
    wanted = [word for part in parts for word in ("--only", part)]
    counts = ["--rounds", "1", "--count", "40", "--steady-seconds", "0.3", "--finished", "200", "--waiting", "200"]
    return arguments([*wanted, *counts, "--messages", "60", "--flood", "30", "--rows", "130"])


@pytest.mark.slow
@pytest.mark.rabbit
@pytest.mark.postgres
def test_a_round_measures_hub_floor_and_celery_and_ends_in_a_page(running: Servers) -> None:
    found = measure(small("servers", "floor", "celery", "embedded"), running)
    (one,) = found["rounds"]
    for part in ("servers", "floor", "celery", "embedded"):
        assert one[part]["throughput"] > 0
        assert one[part]["cpu_total"] > 0
    assert one["servers"]["failed"] == one["embedded"]["failed"] == 0
    assert one["servers"]["commits"] > 0
    assert len(one["servers_steady"]["accepted"]) == len(one["servers_steady"]["delivered"]) == 30
    page = write(found)
    assert all(line.what in page for line in lines(found))
    assert machine()["kernel"] in page


@pytest.mark.slow
@pytest.mark.rabbit
@pytest.mark.postgres
def test_neighbours_effects_and_a_file_become_ratios(running: Servers) -> None:
    found = measure(small("neighbours", "effects", "file"), running)
    ((alone, four),) = ((one["alone"], one["four"]) for one in found["neighbours"]["rounds"])
    assert len(alone["delivered"]) == len(four["delivered"]) == 30
    measured = [line for line in lines(found) if line.verdict() != "-"]
    assert len(measured) == 3
    assert all(value > 0 for line in measured for series in line.values for value in series)
    page = write(found)
    assert all(line.measured() in page for line in measured)
    assert "its own effects / without any" in page


@pytest.mark.slow
@pytest.mark.postgres
def test_searches_are_compared_between_two_journals(new_database: Callable[..., str]) -> None:
    urls = new_database(), new_database()
    for url, finished in zip(urls, (10, 500), strict=True):
        search_cost.prepare(url)
        search_cost.load(url, finished=finished, waiting=100)
    journals = [open_journal(url) for url in urls]
    try:
        ratios = search_cost.searches(journals[0], journals[1])
        waiting = reading.list_messages(journals[1], reading.Filter(status="waiting", most=1000))
    finally:
        for journal in journals:
            journal.close()
    assert set(ratios) == {"search find", "search list", "search open", "search status", "search show"}
    assert len(waiting) == 100


def test_the_verdict_follows_the_medians() -> None:
    def verdict(*series: list[float], at_least: bool = False) -> str:
        gate, aim = (1.0, 2.0) if at_least else (3.0, 2.0)
        return Line("x", gate, aim, series, at_least=at_least).verdict()

    assert verdict([1.0, 1.5, 9.0]) == "aim"
    assert verdict([3.0]) == "gate"
    assert verdict([3.1]) == "miss"
    assert verdict([1.5], at_least=True) == "gate"
    assert verdict([0.9], at_least=True) == "miss"
    assert verdict([2.0], at_least=True) == "aim"
    assert verdict([1.0], [4.0]) == "miss", "p99 counts as p50 does"
    assert verdict([]) == "-"


def test_ratios_are_taken_within_a_round() -> None:
    def made(servers: float, celery: float) -> dict[str, object]:
        burst = {"throughput": servers, "cpu_total": 1.0}
        return {
            "servers": burst,
            "celery": {"throughput": celery},
            "servers_steady": {"delivered": [servers] * 99 + [9 * servers]},
            "celery_steady": {"delivered": [celery] * 100},
        }

    found = {line.what: line for line in lines({"rounds": [made(6, 2), made(30, 10), {"servers": {"throughput": 1.0}}]})}
    assert found["end to end / Celery as documented, interleaved"].values == ([3, 3],)
    assert next(line for what, line in found.items() if "Celery's own" in what).values == ([3, 3], [27, 27])
    assert found["throughput embedded / on servers"].verdict() == "-"


def test_every_part_can_be_asked_for_alone() -> None:
    assert [arguments(["--only", part]).parts for part in PARTS] == [(part,) for part in PARTS]
