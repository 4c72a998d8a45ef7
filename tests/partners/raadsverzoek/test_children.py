"""Which child a notification is about: certain, perhaps, or for a person to say."""

from __future__ import annotations

from typing import Any

import pytest

from hub.adapters.corv.notificatie import GemeldKind
from hub.routes.raadsverzoek.children import Found, names_of, which
from hub.routes.raadsverzoek.document import Verzoek
from hub.routes.raadsverzoek.reading import read
from tests.support import raadsverzoeken as rv

RNI = "12345678901234567"
NOBODY = Found()


def verzoek(*children: dict[str, Any], **changes: Any) -> Verzoek:
    made = read(rv.encoded(rv.raadsverzoek(kinderen=list(children), **changes)), 1 << 20)
    assert not made.findings
    return made.document


FAMILY = verzoek(
    rv.kind(1),
    rv.kind(2, bsn=None, rniNummer=RNI, geboortedatum=None, geboortedatumOnbekend=True),
    rv.ongeboren(3),
    rv.kind(4, bsn=None, geenNummerBekend=True, geboortedatum="2018-03"),
)


@pytest.mark.parametrize(
    ("told", "number"),
    [
        (GemeldKind(bsn="999999047"), 1),
        (GemeldKind(bsn="999999047", geslachtsnaam="Anders"), 1),
        (GemeldKind(extras={"welk element ook": RNI}), 2),
        (GemeldKind(unborn=True), 3),
        (GemeldKind(geslachtsnaam="VOORBEELD", voornamen="Bo"), 4),
        (GemeldKind(geslachtsnaam="Voorbeeld", voornamen="bo ", geboortedatum="20180317"), 4),
        (GemeldKind(geslachtsnaam="Voorbeeld", voornamen="Bo", geboortedatum="20180101", partial="M"), 4),
        (GemeldKind(bsn="111222333", geslachtsnaam="Voorbeeld", voornamen="Bo"), 4),
        (GemeldKind(extras={"clientvolgnummer": "2"}), 2),
        (GemeldKind(unborn=True, extras={"clientvolgnummer": "3"}), 3),
    ],
)
def test_a_child_is_known_by_its_number_or_as_the_only_one_of_its_name(told: GemeldKind, number: int) -> None:
    assert which(FAMILY, told) == Found(number)


@pytest.mark.parametrize(
    "told",
    [
        GemeldKind(),
        GemeldKind(geslachtsnaam="Voorbeeld"),
        GemeldKind(geslachtsnaam="Voorbeeld", voornamen="Anders"),
        GemeldKind(geslachtsnaam="Voorbeeld", voornamen="Bo", geboortedatum="20190317"),
        GemeldKind(bsn="111222333", geslachtsnaam="Voorbeeld", voornamen="Noor"),
        GemeldKind(bsn="111222333", extras={"clientvolgnummer": "1"}),
        GemeldKind(extras={"clientvolgnummer": "3"}),
        GemeldKind(extras={"clientvolgnummer": "9"}),
    ],
)
def test_a_born_child_that_is_nobody_may_be_the_unborn_one_and_a_person_says_so(told: GemeldKind) -> None:
    assert which(FAMILY, told) == Found(perhaps=3)
    assert which(FAMILY, told, heard=frozenset({3})) == NOBODY


def test_two_children_of_one_name_are_not_told_apart() -> None:
    twins = verzoek(
        rv.kind(1, bsn=None, geenNummerBekend=True, voornamen="Bo"), rv.kind(2, bsn=None, geenNummerBekend=True, voornamen="Bo")
    )
    assert which(twins, GemeldKind(geslachtsnaam="Voorbeeld", voornamen="Bo")) == NOBODY
    assert which(twins, GemeldKind(geslachtsnaam="Voorbeeld", voornamen="Bo", geboortedatum="20160309")) == Found(2)


def test_of_several_unborn_children_the_mother_or_the_date_tells_which() -> None:
    two = verzoek(
        rv.ongeboren(1, "b1"),
        rv.ongeboren(2, "b2", geboortedatum="2027-05-01"),
        betrokkenen=[
            rv.persoon("b1", rv.gezag(1), voornamen="Zoë", geslachtsnaam="Mœder"),
            rv.persoon("b2", rv.gezag(2), voornamen="Ada", geslachtsnaam="Proef"),
        ],
    )
    assert which(two, GemeldKind(unborn=True)) == NOBODY
    assert which(two, GemeldKind(unborn=True), mother="zoë  MŒDER") == Found(1)
    assert which(two, GemeldKind(unborn=True, geboortedatum="20270501")) == Found(2)
    assert which(two, GemeldKind(geslachtsnaam="X")) == NOBODY, "two may be it: nothing is suggested"
    assert names_of(two) == {1: "het ongeboren kind van Zoë Mœder", 2: "het ongeboren kind van Ada Proef"}


def test_a_child_without_a_name_is_called_by_its_number() -> None:
    nameless = verzoek(rv.kind(1, geslachtsnaam=None, voornamen=None), rv.ongeboren(2, "weg"))
    assert names_of(nameless) == {1: "kind 1", 2: "het ongeboren kind (kind 2)"}
