"""Three providers publish, as a demonstration; a simulated collector of events takes what the board shows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator

from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, DemoPartner, DemoPlace, Line
from hub.contracts.route import AMSTERDAM

_KEY = "demonstratie-" + "0" * 32


def _settings(place: DemoPlace, url: str) -> str:
    key = place.folder / "plekvrij.key"
    key.write_text(_KEY, encoding="utf-8")
    return (
        '[connections.plekvrij]\npartner = "plekvrij"\n[connections.plekvrij.settings]\ndisplay_name = "de ontvanger"\n'
        f'collector_url = "{url}"\nsigning_key = "file:{key}"\nallow_private = true\n'
    )


def _offer(provider: tuple[str, str], location: tuple[str, str, str], kind: str, free: int, phone: str) -> bytes:
    agb, name = provider
    id_, place_name, town = location
    document = {
        "aanbieder": {"agb": agb, "naam": name},
        "locatie": {"id": id_, "naam": place_name, "plaats": town, "gemeente": town},
        "plaatstype": kind,
        "leeftijdVan": 12,
        "leeftijdTot": 18,
        "capaciteitTotaal": 8,
        "vrij": free,
        "contact": {"naam": "Plaatsing", "telefoon": phone, "bereikbaar": "dag en nacht"},
        "peilmoment": dt.datetime.now(AMSTERDAM).isoformat(),
        "bron": "systeem",
        "bevestigdDoor": "Planning",
    }
    return json.dumps(document).encode()


def _linde(today: dt.date) -> bytes:
    del today
    return _offer(("99000001", "De Linde"), ("linde-1", "Huis De Linde", "Haarlem"), "crisis", 2, "023-5550101")


def _eik(today: dt.date) -> bytes:
    del today
    return _offer(("99000002", "Jeugdzorg De Eik"), ("eik-2", "Groep Zuid", "Heemstede"), "verblijf", 1, "023-5550102")


def _beuk(today: dt.date) -> bytes:
    del today
    return _offer(
        ("99000003", "Gezinshuizen De Beuk"), ("beuk-3", "Gezinshuis Beuk", "Zandvoort"), "gezinshuis", 0, "023-5550103"
    )


def _describe(document: bytes) -> Iterator[Line]:
    given = json.loads(document)
    place, free = given["locatie"]["naam"], given["vrij"]
    yield Line(f"{given['aanbieder']['naam']} geeft op: {place}, {free} vrij", f"published: {given['plaatstype']}, {free} free")
    yield Line("Het staat op het bord: /plekken", "on the board at /plekken", "good")


def _case(name: str, title: str, caption: str, document: object) -> DemoCase:
    return DemoCase(name=name, title=title, caption=caption, route="plekken", expected="completed", document=document)  # type: ignore[arg-type]


DEMONSTRATION = Demonstration(
    opening="Drie verzonnen aanbieders publiceren hun vrije plekken; het bord staat in de console onder /plekken.",
    partners=(DemoPartner(connection="plekvrij", arguments=lambda place: ("plekvrij",), settings=_settings),),
    cases=(
        _case("plekken-crisis", "De Linde meldt twee crisisplekken", "a provider publishes two crisis places", _linde),
        _case("plekken-verblijf", "De Eik meldt één plek in een woongroep", "a provider publishes one place", _eik),
        _case("plekken-vol", "De Beuk meldt dat het gezinshuis vol is", "a provider publishes that it is full", _beuk),
    ),
    comparison=DemoComparison(
        digest=lambda body: hashlib.sha256(body).hexdigest(),
        sentence="De ontvanger kreeg precies de gebeurtenis die is vastgelegd",
    ),
    describe=_describe,
)
