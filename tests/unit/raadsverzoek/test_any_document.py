"""Properties of any raadsverzoek: what is valid can be sent, and what is not is told at its place without accidents."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.errors import DecodeFailure, SchemaViolation
from hub.routes.raadsverzoek import wording
from hub.testing.route_suite import points_into
from tests.support import raadsverzoeken as rv
from tests.unit.raadsverzoek.strategies import damaged, raadsverzoeken

#: Enough to see every shape now and then; raise it after a change of rules or mapping.
EXAMPLES = int(os.environ.get("HUB_TEST_EXAMPLES", "25"))


@cache
def official_schema(official_data: Path) -> etree.XMLSchema:
    return rv.official_schema_check(official_data)


def empty_elements(tree: etree._Element) -> list[str]:
    return [str(item.tag) for item in tree.iter(etree.Element) if not len(item) and not (item.text or "").strip()]


def refused(document: bytes) -> DecodeFailure | SchemaViolation | None:
    """How a document is refused; None when it is taken. Any other exception is an accident and fails the test."""
    route = rv.route()
    try:
        route.verify(route.build(document, rv.IDENTITY))
    except (DecodeFailure, SchemaViolation) as error:
        return error
    return None


@pytest.mark.official
@settings(max_examples=EXAMPLES)
@given(made=raadsverzoeken(), bundled=st.booleans())
def test_a_valid_document_becomes_a_valid_message_without_empty_elements(
    official_data: Path, made: dict[str, Any], bundled: bool
) -> None:
    route = rv.route(betrokkene_per_kind=not bundled)
    built = route.build(rv.encoded(made), rv.IDENTITY)
    route.verify(built)
    tree = etree.fromstring(built.body)
    schema = official_schema(official_data)
    assert schema.validate(tree), schema.error_log
    assert not empty_elements(tree)
    for slot in built.slots:
        assert built.body[slot.offset : slot.offset + slot.length] == rv.IDENTITY.digits[: slot.length].encode("ascii")


@settings(max_examples=EXAMPLES)
@given(data=st.data(), made=raadsverzoeken())
def test_a_damaged_document_is_refused_at_a_place_that_exists_or_was_still_right(
    data: st.DataObject, made: dict[str, Any]
) -> None:
    document = data.draw(damaged(made))
    refusal = refused(json.dumps(document).encode())
    if isinstance(refusal, DecodeFailure):
        # Half a surrogate pair cannot be carried by UTF-8 at all; anything else has a place.
        assert "\\ud" in json.dumps(document)
    elif refusal is not None:
        assert refusal.findings
        for finding in refusal.findings:
            assert points_into(finding.field, document), finding.field
            assert wording.sentence(finding, document)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(document: bytes) -> None:
    assert refused(document) is not None
