"""Whatever comes in, nothing beyond the closed list of the law leaves: by property, down to what the index receives."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.contracts.route import Built
from hub.errors import DecodeFailure, SchemaViolation
from hub.testing.route_suite import IDENTITY
from tests.partners.verwijsindex.documents import beeindiging, encoded, melder, melding, routes, wijziging

ID = "5f0e3c52-0000-4000-8000-000000000001"
_WHO = {f"{who}/{name}" for who in ("melder", "coordinator") for name in ("id", "naam", "organisatie", "telefoon", "email")}
#: Every leaf that may leave.
ALLOWED = _WHO | {
    "meldingId",
    "jongere/bsn",
    "jongere/geslachtsnaam",
    "jongere/geboortedatum",
    "jongere/geslacht",
    "tijdstip",
    "verwijderdatum",
    "besluit/door",
    "besluit/op",
    "reden",
}
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.sampled_from(("999990019", "2014-05-03", "ja")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=4,
)
_KEYS = st.sampled_from(("reden", "toelichting", "risico", "bsn", "naam", "adres", "opmerking")) | st.text(max_size=12)
_NAMED = {"geslachtsnaam": "Testgeval", "geboortedatum": "2014-05-03", "geslacht": "man"}
DOCUMENTS = (
    ("melding", melding(meldingId=ID, coordinator=melder("cor"))),
    ("melding", melding(meldingId=ID, jongere=_NAMED)),
    ("melding_wijziging", wijziging(ID, melder=melder(), verwijderdatum="2027-01-01")),
    ("melding_beeindiging", beeindiging(ID)),
)


def places(document: Any) -> list[dict[str, Any]]:
    """Every object in a document."""
    return [document, *(inner for one in document.values() if isinstance(one, dict) for inner in places(one))]


def leaves(root: etree._Element, before: str = "") -> set[str]:
    """The paths of the leaves of a message; attributes, comments and text between elements are leaves of no path."""
    found = set()
    for child in root.iterchildren():
        assert isinstance(child.tag, str), "a comment or instruction leaves"
        assert not child.attrib, "an attribute leaves"
        path = f"{before}{etree.QName(child).localname}"
        found |= leaves(child, f"{path}/") if len(child) else {path}
    return found


def built(route: str, document: dict[str, Any]) -> Built | None:
    """The message, None when the document is refused."""
    chosen = routes()[route]
    try:
        made = chosen.build(encoded(document), IDENTITY)
    except (SchemaViolation, DecodeFailure):
        return None
    chosen.verify(made)  # whatever is built passes the schema of the closed list
    return made


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(DOCUMENTS), st.lists(st.tuples(st.integers(0, 9), _KEYS, _VALUES), min_size=1, max_size=4))
@example(DOCUMENTS[0], [(0, "toelichting", "vechtscheiding")])
@example(DOCUMENTS[0], [(1, "risicocode", 7)])
def test_nothing_beyond_the_closed_list_leaves(chosen: tuple[str, dict[str, Any]], changes: list[tuple[int, str, Any]]) -> None:
    route, document = chosen[0], copy.deepcopy(chosen[1])
    for place, key, value in changes:
        objects = places(document)
        target = objects[place % len(objects)]
        target[key] = value
    made = built(route, document)
    if made is None:
        return
    assert leaves(etree.fromstring(made.body)) <= ALLOWED


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(DOCUMENTS), st.integers(0, 9), st.text(min_size=1, max_size=12), st.text(max_size=30))
def test_a_field_that_is_not_on_the_list_is_refused_and_not_left_out(
    chosen: tuple[str, dict[str, Any]], place: int, key: str, value: str
) -> None:
    route, document = chosen[0], copy.deepcopy(chosen[1])
    objects = places(document)
    known = {name for one in objects for name in one} | {"coordinator", "bsn", "geslacht", "geslachtsnaam", "jongere"}
    known |= {"wettelijkVertegenwoordiger", "verwijderdatum", "melder"}
    if key in known:
        return
    objects[place % len(objects)][key] = value
    assert built(route, document) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_names_hold_no_stories(story: str) -> None:
    """A name or organisation holds no line break, markup or number that a story would need."""
    made = built("melding", melding(meldingId=ID, melder=melder(naam=story)))
    if made is not None:
        assert len(story) <= 120
        assert not any(one in story for one in "<>&\n\r\t:;0123456789")


def test_what_the_hub_must_know_and_the_index_may_not_stays_here() -> None:
    made = built("melding", melding(meldingId=ID))
    assert made is not None
    said = made.body.decode()
    assert not [word for word in ("0392", "2014-05-03", "nog-niet", "geinformeerd") if word in said]
