"""Every outgoing route keeps the contract of routes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.testing.route_suite import CHECKS, Case
from tests.support import raadsverzoeken as rv
from tests.support.routes import PlainRoute, StateRoute, plain_document

MARK = "Q7XJZ2"


def _broken_raadsverzoeken() -> list[bytes]:
    """Marked documents, each broken in one of the ways that tempt an error text to repeat what it saw."""
    breaks: list[Callable[[dict[str, Any]], object]] = [
        lambda made: made.update(urgentie=MARK),
        lambda made: made.update(onderwerp=MARK * 40),
        lambda made: made.update(kenmerk=f"{MARK} met spatie"),
        lambda made: made.update(rolInbrenger=MARK),
        lambda made: made.update({f"veld {MARK}": 1}),
        lambda made: made.update(kinderen=MARK),
        lambda made: made.update(kinderen=[MARK]),
        lambda made: made.update(kinderen=[]),
        lambda made: made["kinderen"][0].update(bsn=f"{MARK}047"),
        lambda made: made["kinderen"][0].update(bsn=999999047),
        lambda made: made["kinderen"][0].update(geslacht=MARK),
        lambda made: made["kinderen"][0].update(geboortedatum=MARK),
        lambda made: made["kinderen"][0].update(geslachtsnaam=f"{MARK}\x01"),
        lambda made: made["kinderen"][0].update({f"naam{MARK}": MARK}),
        lambda made: made["kinderen"][0]["adres"].update(postcode=MARK),
        lambda made: made["kinderen"][0]["adres"].update(huisnummer=MARK),
        lambda made: made["betrokkenen"][0].update(bsn=rv.BSNS[0][:-1] + "1", telefoon=f"bel {MARK}"),
        lambda made: made["betrokkenen"][0]["relaties"][0].update(rol=MARK),
        lambda made: made["betrokkenen"][0]["relaties"][0].update(redenNietGeinformeerd=MARK),
        lambda made: made["betrokkenen"][0]["relaties"][0].update(geinformeerd=MARK),
        lambda made: made["documenten"][0].update(bestandsnaam=f" {MARK}.pdf"),
        lambda made: made["documenten"][0].update(inhoud=MARK + "!"),
        lambda made: made["documenten"][0].update(mediatype=MARK),
        lambda made: made["documenten"].append(dict(made["documenten"][0])),
        lambda made: made["verzoeker"].update(rsin=MARK),
    ]
    documents = []
    for change in breaks:
        made = rv.marked_raadsverzoek(MARK)
        change(made)
        documents.append(json.dumps(made).encode())
    return documents


def raadsverzoek_case() -> Case:
    return Case(
        route=rv.route(),
        document=rv.encoded(rv.raadsverzoek()),
        refused=_broken_raadsverzoeken(),
        marked=rv.encoded(rv.marked_raadsverzoek(MARK)),
        marks=rv.marks(MARK),
    )


def plain_case(route: PlainRoute) -> Case:
    broken = [{"key": "a", "text": MARK}, {"key": 1, "text": MARK, "seq": 1}, {"key": "a", "text": f"{MARK}\x01", "seq": 2}]
    return Case(
        route=route,
        document=plain_document(),
        refused=[json.dumps(made).encode() for made in broken],
        marked=plain_document(text=f"<{MARK}> & co"),
        marks=(MARK.encode(),),
    )


CASES = {"raadsverzoek": raadsverzoek_case(), "plain": plain_case(PlainRoute()), "state": plain_case(StateRoute())}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", CASES)
def test_a_route_keeps_its_contract(name: str, check: Callable[[Case], None]) -> None:
    check(CASES[name])


@pytest.mark.official
def test_the_raadsverzoek_is_valid_by_the_official_schema(official_data: Path) -> None:
    schema = rv.official_schema_check(official_data)
    for document in (CASES["raadsverzoek"].document, CASES["raadsverzoek"].marked):
        body = CASES["raadsverzoek"].build(document).body
        assert schema.validate(etree.fromstring(body)), schema.error_log
