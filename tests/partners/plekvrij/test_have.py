"""The EDXL-HAVE 1.0 document is valid by the official schema, whatever is offered, and tells nothing that is not known."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
from lxml import etree

from hub.errors import SchemaViolation
from hub.routes.plekvrij.document import Plekopgave
from hub.routes.plekvrij.kinds import KINDS, freshness
from hub.routes.plekvrij.pages.have import write_have
from hub.routes.plekvrij.pages.offers import OfferView
from hub.routes.plekvrij.reading import read
from tests.partners.plekvrij.offers import encoded, offer

NOW = dt.datetime(2026, 11, 22, 14, 0, tzinfo=dt.UTC)
HAVE = {"h": "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0"}


def generated(number: int) -> OfferView:
    """An offer of any kind and age, with what a name may hold."""
    chance = random.Random(number)
    at = NOW - dt.timedelta(minutes=chance.randrange(6_000))
    name = "".join(chance.choices("aé<&>\"']]>ß漢 .", k=chance.randrange(1, 40))).strip() or "x"
    intake = chance.choice([{"soort": "open"}, {"soort": "wachtlijst", "weken": 3}, {"soort": "opnamestop", "reden": name}])
    coming = [{"datum": (NOW + dt.timedelta(days=day)).date().isoformat(), "aantal": chance.randrange(9)} for day in range(4)]
    made = Plekopgave.model_validate(
        offer(
            aanbieder={"agb": f"{chance.randrange(10**8):08}", "naam": name},
            plaatstype=chance.choice(list(KINDS)),
            vrij=chance.randrange(9),
            verwachtVrij=coming[: chance.randrange(5)],
            status=intake,
            peilmoment=at.isoformat(),
        )
    )
    kind = KINDS[made.plaatstype]
    fresh = freshness(NOW, at, made.valid_until, kind.current)
    free = None if fresh.value == "onbekend" else made.vrij
    return OfferView(made, fresh, free, at, made.valid_until, at, "api_key:x", "id")


@pytest.mark.official
def test_it_is_valid_by_the_official_schema(official_data: Path) -> None:
    folder = official_data / "plekvrij" / "edxl-have-1.0" / "edxl-have" / "1.0"
    schema = etree.XMLSchema(etree.parse(str(folder / "edxl-have.xsd")))
    views = [generated(number) for number in range(600)]
    assert {view.fresh.value for view in views} == {"actueel", "ouder", "onbekend"}
    assert {view.offer.plaatstype for view in views} == set(KINDS)
    document = etree.fromstring(write_have(views, NOW))
    assert schema.validate(document), schema.error_log
    document[0].remove(document[0][-1])
    assert not schema.validate(document), "the schema judges nothing"


def test_what_is_unknown_has_no_number() -> None:
    views = [generated(number) for number in range(200)]
    hospitals = etree.fromstring(write_have(views, NOW))
    for view, hospital in zip(views, hospitals, strict=True):
        told = hospital.findtext(".//h:AvailableCount", namespaces=HAVE)
        assert told == (None if view.free is None else str(view.free))
        assert (hospital.find(".//h:CapacityStatus", HAVE) is None) == (view.free is None)


@pytest.mark.parametrize("name", ["a\x01b", "a\x00", "a\ufffeb", "a\uffffb", "a\tb", "a\x7f"])
def test_no_offer_can_spoil_the_documents_of_all(name: str) -> None:
    with pytest.raises(SchemaViolation) as error:
        read(encoded(bevestigdDoor=name), dt.datetime.now(dt.UTC))
    assert [one.field for one in error.value.findings] == ["/bevestigdDoor"]
