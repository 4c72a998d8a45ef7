"""The attachments of the demonstration are what they say they are, and its requests keep every rule."""

from __future__ import annotations

import datetime as dt
import json
import struct

import pytest

from hub.demo import sample_files as files
from hub.routes.raadsverzoek.demo import DEMONSTRATION
from tests.support import raadsverzoeken as rv

TODAY = dt.date(2026, 11, 23)


def test_a_pdf_points_at_its_objects():
    made = files.pdf("een (regel)", "twee")
    place = int(made.rsplit(b"startxref\n", 1)[1].split()[0])
    assert made[place:].startswith(b"xref\n0 6\n")
    rows = made[place:].splitlines()[2:8]
    assert [made[int(row[:10]) :][:7] for row in rows[1:]] == [b"%d 0 obj" % number for number in range(1, 6)]
    assert rb"(een \(regel\)) Tj" in made


def test_a_compound_file_leads_to_its_stream():
    made = files.compound_file("WordDocument", "hallo")
    assert made[:8] == bytes.fromhex("d0cf11e0a1b11ae1")
    directory = made[512 * (struct.unpack_from("<I", made, 48)[0] + 1) :]
    name, start, size = directory[128:192], *struct.unpack_from("<IQ", directory, 128 + 116)
    assert name.decode("utf-16-le").rstrip("\0") == "WordDocument"
    chain, sector = [], start
    while sector < 0xFFFFFFFA:
        chain.append(sector)
        sector = struct.unpack_from("<I", made, 512 + 4 * sector)[0]
    data = b"".join(made[512 * (sector + 1) : 512 * (sector + 2)] for sector in chain)
    assert len(data) == size == 4096
    assert data.startswith(b"hallo")


def test_a_jpeg_has_its_segments_in_order():
    made, markers, place = files.jpeg(), [], 2
    while made[place + 1] != 0xDA:
        markers.append(made[place + 1])
        place += 2 + struct.unpack_from(">H", made, place + 2)[0]
    assert markers == [0xE0, 0xDB, 0xC0, 0xC4, 0xC4]
    assert (made[:2], made[-2:]) == (b"\xff\xd8", b"\xff\xd9")


@pytest.mark.parametrize("case", DEMONSTRATION.cases, ids=lambda case: case.name)
@pytest.mark.parametrize("today", [TODAY, dt.date(2028, 2, 29), dt.date(2026, 1, 1)])
def test_a_request_keeps_every_rule_on_every_day(case, today):
    """Also without warnings: what users see first should be clean."""
    allowed = rv.settings().mediatypes
    mail = {"application/vnd.ms-outlook": {"extensions": [".msg"], "starts_with": "d0cf11e0a1b11ae1"}}
    settings = rv.settings(mediatypes={**{name: one.model_dump() for name, one in allowed.items()}, **mail})
    route = rv.Raadsverzoek(settings)
    assert route.check(case.document(today), today) == []


def test_the_first_case_has_what_a_real_request_has():
    document = json.loads(DEMONSTRATION.cases[0].document(TODAY))
    assert len(document["kinderen"]) == 1
    relations = [relation for person in document["betrokkenen"] for relation in person["relaties"]]
    assert sum(relation["rol"].startswith("ouder") for relation in relations) == 2
    (untold,) = [relation for relation in relations if relation.get("geinformeerd") is False]
    assert untold["rol"] == "voogd"
    assert len(untold["redenNietGeinformeerd"]) > 50
    kinds = ["application/pdf", "application/msword", "image/jpeg"]
    assert [one["mediatype"] for one in document["documenten"]] == kinds


def test_the_settings_of_the_demonstration_hold_no_person():
    assert not any(bsn in DEMONSTRATION.settings for bsn in rv.BSNS)
