"""The shape of the document: its lists of values against the official schema, its dates, numbers and base64."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.routes.raadsverzoek.attachments import megabytes, read_base64
from hub.routes.raadsverzoek.dates import PartialDate, months_later
from hub.routes.raadsverzoek.document import FAMILY_ROLES, GEZAG_ROLES, Document, Relatie, Verzoek
from hub.routes.raadsverzoek.numbers import is_bsn, is_phone
from tests.support import raadsverzoeken as rv

XS = {"xs": "http://www.w3.org/2001/XMLSchema"}


def enumeration(official_data: Path, type_name: str) -> set[str]:
    """The values that the official schema allows for one of its simple types."""
    tree = etree.parse(official_data / "corv/xsd-jr/jz0100_zkn0310_ent_resolved2025.xsd")
    found = tree.iterfind(f".//*[@name='{type_name}']//xs:enumeration", XS)
    return {str(item.get("value")) for item in found}


def choices(model: Any, key: str) -> set[str]:
    """The values that the document's own schema allows."""
    options = model.model_json_schema()["properties"][key]["anyOf"]
    return set(next(option["enum"] for option in options if "enum" in option))


@pytest.mark.official
@pytest.mark.parametrize(
    ("model", "key", "type_name"),
    [
        (Relatie, "rol", "Omschrijving-blh-e"),
        (Document, "soort", "Omschrijving-dct-vto-e"),
        (Document, "vertrouwelijkheid", "VertrouwelijkAanduiding"),
    ],
)
def test_the_choices_are_those_of_the_official_schema(official_data: Path, model: Any, key: str, type_name: str) -> None:
    official = enumeration(official_data, type_name)
    assert official
    assert choices(model, key) == official


def test_every_role_is_with_gezag_in_the_family_or_around_it() -> None:
    assert len(choices(Relatie, "rol")) == 23
    assert choices(Relatie, "rol") > GEZAG_ROLES | FAMILY_ROLES
    assert not GEZAG_ROLES & FAMILY_ROLES


def test_the_document_describes_itself_to_callers() -> None:
    schema = Verzoek.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]["datumAanmelding"]["format"] == "date"
    assert schema["$defs"]["Document"]["properties"]["inhoud"]["contentEncoding"] == "base64"


def test_every_field_of_the_document_has_words_for_people() -> None:
    from hub.routes.raadsverzoek.wording import LABELS

    models = json.loads(json.dumps(Verzoek.model_json_schema()))
    keys = {key for part in [models, *models["$defs"].values()] for key in part["properties"]}
    without = {"kinderen", "betrokkenen", "documenten", "verzoeker", "adres", "adresBuitenland"}
    flags = {"ongeboren", "geenNummerBekend", "gezagOnbekend", "geheimAdres", "geinformeerd"}
    assert keys - without - flags <= set(LABELS)


@pytest.mark.parametrize("bsn", rv.BSNS)
def test_the_published_test_numbers_pass_the_elfproef(bsn: str) -> None:
    assert is_bsn(bsn)
    assert not is_bsn(bsn[:-1] + str((int(bsn[-1]) + 1) % 10))
    assert not is_bsn(bsn + "\n")


@pytest.mark.parametrize(
    ("phone", "right"),
    [
        ("0612345678", True),
        ("+31 6 12345678", True),
        ("061234567", False),
        ("1234567890123456", False),
        ("06-12345678a", False),
    ],
)
def test_a_telephone_number_has_ten_to_fifteen_digits(phone: str, right: bool) -> None:
    assert is_phone(phone) is right


@pytest.mark.parametrize("size", [0, 1, 2, 3, 786_431, 786_432, 786_433, 1_600_000])
def test_base64_of_any_size_is_measured_in_pieces(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    found = read_base64(base64.b64encode(content[:size]))
    assert (found.size, found.head) == (size, content[: min(size, len(found.head))])


NOT_BASE64 = [b"QQ", b"QQ=", b"QR==", b"QQ=Q", b"Q===", b"====", b"QQ==QQ==", b"Q Q=", b"QUJD\n", b"QUJD\r\nQUJD", b"_-8="]
PADDING_BETWEEN_PIECES = b"A" * ((1 << 20) - 4) + b"QQ==" + b"QUJD"


@pytest.mark.parametrize("text", [*NOT_BASE64, "é===".encode(), PADDING_BETWEEN_PIECES])
def test_what_libxml2_would_refuse_is_not_base64(text: bytes) -> None:
    with pytest.raises(ValueError):
        read_base64(text)


def test_a_partial_date_knows_the_days_it_can_be() -> None:
    assert (PartialDate.parse("2024").first(), PartialDate.parse("2024").last()) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert PartialDate.parse("2024-02").last() == dt.date(2024, 2, 29)
    assert str(PartialDate.parse("2024-02")) == "2024-02"


@pytest.mark.parametrize(
    "text", ["", "24", "2024-2", "2024-13", "2023-02-29", "2024-02-", "0000", "2024-02-01T00:00:00", "２０２４"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        PartialDate.parse(text)


def test_a_month_later_than_the_31st_is_the_last_day_of_that_month() -> None:
    assert months_later(dt.date(2026, 5, 31), 9) == dt.date(2027, 2, 28)
    assert months_later(dt.date(2024, 2, 29), 12 * 18) == dt.date(2042, 2, 28)


def test_megabytes_never_read_as_if_they_fit() -> None:
    assert [megabytes(size) for size in (21_000_000, 21_000_001, 2_500_000)] == ["21", "21,1", "2,5"]
