"""Writing and reading the envelope, the shared header and a return."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from hub.errors import DecodeFailure, HubError
from hub.schemas import registry
from hub.schemas.parsing import parse
from hub.standards.istandaarden import MAX_BYTES, Envelop, Versies, read_envelope, read_header, read_retour, write_envelope
from hub.standards.stuf import Stuurgegevens, Systeem

UUID = "9c0f7b90-5c69-41e5-a837-0800200c9a66"
HEEN = Stuurgegevens("Di01", Systeem("0392", "ketenhub"), Systeem("SVB", "GGk"), UUID, "20261130120000", "PGB501")
RETOUR = replace(HEEN, berichtcode="Du01", cross_refnummer=UUID)
NS = "urn:x"


def test_what_is_written_is_valid_and_is_read_back() -> None:
    for about, name in ((HEEN, "ggk_Di01"), (RETOUR, "ggk_Du01")):
        envelop = Envelop(about, "<a>é</a>".encode(), Versies(4, 3, 2, 1))
        written = write_envelope(envelop)
        root = parse(written.body)
        assert registry.validate(root, schema=registry.find(name)) == ()
        assert written.body[written.moment : written.moment + 14] == b"20261130120000"
        assert read_envelope(root) == envelop


def test_a_file_of_another_kind_carries_its_name() -> None:
    envelop = Envelop(HEEN, b"a;b", bestandsnaam="lijst-2026.csv")
    root = parse(write_envelope(envelop).body)
    assert registry.validate(root) == ()
    assert read_envelope(root) == envelop


@pytest.mark.parametrize(
    "wrong",
    [
        Envelop(replace(HEEN, referentienummer=UUID.upper()), b"<a/>"),
        Envelop(replace(HEEN, referentienummer="9c0f7b90-5c69-11e5-a837-0800200c9a66"), b"<a/>"),
        Envelop(replace(HEEN, berichtcode="Fo01"), b"<a/>"),
        Envelop(replace(HEEN, cross_refnummer=UUID), b"<a/>"),
        Envelop(replace(RETOUR, cross_refnummer=""), b"<a/>"),
        Envelop(HEEN, b"\xef\xbb\xbf<a/>"),
        Envelop(HEEN, b""),
        Envelop(HEEN, b"x", bestandsnaam="a b.xml"),
    ],
)
def test_what_may_not_be_sent_is_not_written(wrong: Envelop) -> None:
    with pytest.raises(HubError):
        write_envelope(wrong)


def test_an_envelope_that_is_too_large_is_refused() -> None:
    with pytest.raises(DecodeFailure) as caught:
        write_envelope(Envelop(HEEN, b"x" * (MAX_BYTES * 3 // 4)))
    assert caught.value.code == "too_large"
    assert len(write_envelope(Envelop(HEEN, b"x" * (MAX_BYTES * 3 // 4 - 3_000))).body) <= MAX_BYTES


def test_a_byte_order_mark_is_taken_away_from_what_comes_in() -> None:
    body = write_envelope(Envelop(HEEN, b"<a/>")).body.replace(b"PGEvPg==", b"77u/PGEvPg==")
    assert read_envelope(parse(body)).bericht == b"<a/>"


def test_what_is_no_base64_is_refused_without_a_word_of_it() -> None:
    with pytest.raises(DecodeFailure) as caught:
        read_envelope(parse(write_envelope(Envelop(HEEN, b"<a/>")).body.replace(b"PGEvPg==", b"Geheim!")))
    assert "Geheim" not in str(caught.value)


def _bericht(more: str = "", client: str = "") -> bytes:
    return (
        f'<b:Bericht xmlns:b="{NS}"><b:Header><b:BerichtCode>502</b:BerichtCode><b:Afzender>0392</b:Afzender>'
        "<b:Ontvanger>SVB</b:Ontvanger><b:BerichtIdentificatie><b:Identificatie>12</b:Identificatie>"
        f"<b:Dagtekening>2026-11-30</b:Dagtekening></b:BerichtIdentificatie>{more}</b:Header>{client}</b:Bericht>"
    ).encode()


def test_a_header_is_read_by_local_names() -> None:
    header = read_header(parse(_bericht()))
    assert (header.code, header.key, header.dagtekening) == ("502", "0392/12", dt.date(2026, 11, 30))
    with pytest.raises(DecodeFailure):
        read_header(parse(b"<x/>"))


def test_a_return_keeps_the_header_and_tells_its_codes_with_their_places() -> None:
    codes = "<b:RetourCodes><b:RetourCode>{}</b:RetourCode></b:RetourCodes>"
    own = "<b:IdentificatieRetour>R1</b:IdentificatieRetour><b:DagtekeningRetour>2026-12-01</b:DagtekeningRetour>"
    retour = read_retour(parse(_bericht(own + codes.format("0200"), f"<b:Budget>{codes.format('9056')}</b:Budget>")))
    assert (retour.header.key, retour.identificatie, retour.dagtekening) == ("0392/12", "R1", dt.date(2026, 12, 1))
    assert retour.codes == (("Bericht/Header", "0200"), ("Bericht/Budget", "9056"))
    assert retour.bad == (("Bericht/Budget", "9056"),)
    with pytest.raises(DecodeFailure):
        read_retour(parse(_bericht()))
