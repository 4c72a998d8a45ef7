"""The fleet: every partner and exchange that the registry finds is whole, so that none is half finished.

What one of them lacks for a reason stands in ``WAIVERS``; a waiver that is no longer needed is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from hub import configured, registry
from hub.cli import COMMANDS
from hub.config import load
from hub.contracts.demonstration import Demonstration
from hub.contracts.duty import Duty
from hub.contracts.exchange import Document, Exchange, Words
from hub.contracts.partner import Partner
from hub.message import Repeat
from hub.transports.settings import PartnerSettings
from hub.web.console.places import GENERAL

ROOT = Path(__file__).parents[2]


#: (folder, what is missing) -> why.
WAIVERS: dict[tuple[str, str], str] = {}


@cache
def texts_running(suite: str) -> tuple[str, ...]:
    """The tests that run a conformance suite: of the hub as a whole, and in the folders of partners and exchanges."""
    files = [*(ROOT / "tests" / "contract").glob("test_*.py"), *(ROOT / "tests" / "partners").rglob("test_*.py")]
    texts = (path.read_text(encoding="utf-8") for path in sorted(files) if not path.stem.endswith("_bites"))
    return tuple(text for text in texts if re.search(rf"from hub\.testing(\.| import ){suite}\b", text))


def missing_of_partner(partner: Partner) -> Iterator[str]:
    name = partner.name
    if not (ROOT / "hub" / "adapters" / name / "__init__.py").exists():
        yield "a folder of its own name"
    if not issubclass(registry.load(partner.settings), PartnerSettings):
        yield "settings with a display name and TLS"
    if not partner.simulator:
        yield "a simulated partner"
    if not (partner.adapter or partner.endpoint or partner.source):
        yield "a way out or in"
    example = ROOT / "config" / f"{name}.example.toml"
    if not example.exists():
        yield "a config example"
    elif not configured.make_routes(load(example, env={})):
        yield "a config example with which its routes can be used"
    if partner.adapter and not any(f"hub.adapters.{name}." in text for text in texts_running("adapter_suite")):
        yield "the adapter contract"
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    if not any(f"connections.{name}" in page for page in pages):
        yield "a page that says how to connect"
    if not any(exchange.partner == name for exchange in registry.exchanges().values()):
        yield "an exchange"


def missing_of_exchange(exchange: Exchange) -> Iterator[str]:
    if not (ROOT / "hub" / "routes" / exchange.name / "__init__.py").exists():
        yield "a folder of its own name"
    if exchange.partner not in registry.partners():
        yield "its partner"
    for what in ("pages", "words", "demo"):
        if not getattr(exchange, what):
            yield what
    for route in exchange.routes:
        if not any(f'"{route.name}"' in text for text in texts_running("route_suite")):
            yield f"the route contract for {route.name}"


def all_missing() -> set[tuple[str, str]]:
    found = {(f"adapters/{one.name}", what) for one in registry.partners().values() for what in missing_of_partner(one)}
    return found | {(f"routes/{one.name}", what) for one in registry.exchanges().values() for what in missing_of_exchange(one)}


def test_every_partner_and_exchange_is_whole() -> None:
    assert all_missing() - set(WAIVERS) == set()


def test_no_waiver_is_left_that_is_not_needed() -> None:
    assert set(WAIVERS) - all_missing() == set()


@pytest.mark.parametrize("partner", registry.partners().values(), ids=lambda one: one.name)
def test_every_name_in_a_partners_manifest_leads_somewhere(partner: Partner) -> None:
    for name in (partner.settings, partner.adapter, partner.endpoint, partner.source, partner.checks, partner.simulator):
        assert not name or callable(registry.load(name)), name
    if partner.adapter:
        assert registry.load(partner.adapter).__annotations__["return"] not in ("None", None)
        assert isinstance(partner.repeat, Repeat)


@pytest.mark.parametrize("exchange", registry.exchanges().values(), ids=lambda one: one.name)
def test_every_name_in_an_exchanges_manifest_leads_somewhere(exchange: Exchange) -> None:
    names = (exchange.pages, exchange.counts, exchange.tasks, exchange.api, exchange.checks, exchange.effects)
    names += (exchange.subject_report,)
    for name in names:
        assert not name or callable(registry.load(name)), name
    assert not exchange.tables or registry.load(exchange.tables).name == exchange.name
    for route in exchange.routes:
        assert callable(registry.load(route.make))
        assert isinstance(configured.document_of(route.name), Document)
    assert not exchange.words or isinstance(registry.load(exchange.words), Words)
    assert not exchange.demo or isinstance(registry.load(exchange.demo), Demonstration)
    for command in exchange.commands:
        registry.load(command.target)
    for duty in registry.load(exchange.duties) if exchange.duties else ():
        assert isinstance(duty, Duty)
        assert duty.name.startswith(f"{exchange.name}.")


@pytest.mark.parametrize("exchange", registry.exchanges().values(), ids=lambda one: one.name)
def test_rights_roles_and_places_of_an_exchange_belong_together(exchange: Exchange) -> None:
    assert all(right.startswith(f"{exchange.name}.") for right in exchange.rights), "a right carries its exchange's name"
    assert {role for roles in exchange.rights.values() for role in roles} <= {*exchange.roles, "operator", "privacy_officer"}
    assert {place.right for place in exchange.places} <= set(exchange.rights)
    assert not exchange.search or exchange.places


def test_no_two_places_words_or_commands_are_the_same() -> None:
    exchanges = list(registry.exchanges().values())
    for names in (
        [place.path for one in exchanges for place in one.places] + [place.path for place in GENERAL],
        [command.name for one in exchanges for command in one.commands] + list(COMMANDS),
        [one.title for one in exchanges],
        [name for one in exchanges if one.words for name in registry.load(one.words).events],
        [name for one in exchanges if one.words for name in registry.load(one.words).types],
    ):
        assert len(names) == len(set(names))
