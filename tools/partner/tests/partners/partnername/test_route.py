"""The route keeps its contract."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hub.routes.partnername.route import TYPE, PartnerNameRoute
from hub.testing.route_suite import CHECKS, Case

MARK = "Q7XJZ2"


def case() -> Case:
    # fill in: a document, what is wrong in those that are refused, and one with MARK wherever personal data may stand
    return Case(
        route=PartnerNameRoute("partnername"),
        document=json.dumps({"tekst": "Voorbeeld"}).encode(),
        refused=[
            json.dumps(one).encode()
            for one in (
                {"tekst": MARK * 100},
                {"tekst": MARK, "bsn": MARK},
                {"tekst": MARK, MARK: 1},
                {"bsn": MARK},
            )
        ],
        marked=json.dumps({"tekst": MARK, "bsn": "999999047"}).encode(),
        marks=(MARK.encode(), b"999999047"),
        is_xml=False,
        type_of=lambda body: TYPE,
    )


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_route_keeps_its_contract(check: Callable[[Case], None]) -> None:
    assert PartnerNameRoute.name == "partnername"
    check(case())
