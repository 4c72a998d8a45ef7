from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from hub.schemas import parsing, registry
from hub.standards.stuf import (
    STUF,
    Fout,
    Stuurgegevens,
    Systeem,
    answer_to,
    new_reference,
    read_fout,
    read_stuurgegevens,
    stamp,
    write_bevestiging,
    write_fout,
    write_stuurgegevens,
)

ORIGINAL = Stuurgegevens("Di01", Systeem("oin & <1>", "app-1", "adm", "gebr"), Systeem("oin-2", "app-2"), "réf-1")


@pytest.mark.parametrize("code", ["Bv01", "Bv03", "Bv04"])
def test_confirmations_are_valid_and_can_be_read_back(code: str) -> None:
    answer = answer_to(code, ORIGINAL)
    element = parsing.parse(write_bevestiging(answer))
    assert registry.validate(element) == ()
    assert read_stuurgegevens(element) == answer
    assert (answer.zender, answer.ontvanger, answer.cross_refnummer) == (ORIGINAL.ontvanger, ORIGINAL.zender, "réf-1")


@pytest.mark.parametrize("code", ["Fo01", "Fo03"])
def test_faults_are_valid_even_with_texts_that_are_too_long(code: str) -> None:
    element = parsing.parse(write_fout(answer_to(code, ORIGINAL), Fout("StUF055", "client", "o&" * 500, "d<" * 1000)))
    assert registry.validate(element) == ()
    found = read_fout(element)
    assert (len(found.omschrijving), len(found.details)) == (200, 1000)


def test_a_bv01_may_carry_meldingen() -> None:
    element = parsing.parse(write_bevestiging(answer_to("Bv01", ORIGINAL), ("één & twee",)))
    assert registry.validate(element) == ()
    assert "één & twee" in "".join(element.itertext())


def test_what_is_absent_reads_as_empty() -> None:
    element = parsing.parse(b"<x/>")
    assert read_stuurgegevens(element).referentienummer == ""
    assert read_fout(element) == Fout("", "", "")


@pytest.mark.parametrize(
    ("moment", "digits"),
    [
        (dt.datetime(2026, 7, 1, 22, 30, 15, 123_999, tzinfo=dt.UTC), "20260702003015123"),
        (dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC), "20270101003000000"),
    ],
)
def test_a_stamp_is_seventeen_digits_of_amsterdam_time(moment: dt.datetime, digits: str) -> None:
    assert stamp(moment) == digits


def test_references_are_new_and_fit() -> None:
    assert len({new_reference() for _ in range(100)}) == 100
    assert len(new_reference()) <= 40


def test_the_scope_of_a_reference_leaves_out_the_user() -> None:
    assert Systeem("o", "a", "b", "user").key == Systeem("o", "a", "b").key != Systeem("o", "a").key


@pytest.mark.parametrize("prefix", ["StUF", "sector"])
def test_stuurgegevens_stand_in_the_namespace_of_stuf_or_of_the_message(prefix: str) -> None:
    message = replace(ORIGINAL, tijdstip="20260702003015123", functie="melding", cross_refnummer="their-1")
    written = write_stuurgegevens(message, name=f"{prefix}:stuurgegevens")
    document = f'<sector:melding xmlns:sector="urn:sector" xmlns:StUF="{STUF}">{written}</sector:melding>'
    assert read_stuurgegevens(parsing.parse(document.encode())) == message
    other = document.replace("<sector:melding", "<x:melding xmlns:x='urn:x'").replace("</sector:melding", "</x:melding")
    assert (read_stuurgegevens(parsing.parse(other.encode())) == message) == (prefix == "StUF")
