"""What is typed and the document it becomes: the same there and back."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from hub import configured
from hub.routes.raadsverzoek import document as corv
from hub.routes.raadsverzoek.pages.form import fields as f
from hub.routes.raadsverzoek.pages.form.state import HEAD_BYTES, Paper, State, from_document, to_document
from hub.web.console.forms import every
from tests.support import raadsverzoeken as rv


def papers_of(given: dict[str, Any]) -> list[Paper]:
    made = []
    for number, one in enumerate(given["documenten"]):
        data = base64.b64decode(one["inhoud"])
        digest = hashlib.sha256(data).hexdigest()
        made.append(Paper(f"file-{number}", len(data), digest, data[:HEAD_BYTES].hex(), one["mediatype"]))
    return made


def there_and_back(given: dict[str, Any]) -> dict[str, Any]:
    state = from_document(given, papers_of(given))
    stored = State.from_json(state.to_json())
    return to_document(stored, {f"file-{n}": one["inhoud"] for n, one in enumerate(given["documenten"])})


@pytest.mark.official
def test_the_complete_example_comes_back_equal(official_data: Path):
    given = json.loads((official_data / "corv/voorbeelden/SYNTH_raadsverzoek.json").read_bytes())
    assert there_and_back(given) == given


@pytest.mark.parametrize(
    "changes",
    [
        {"kinderen": [rv.kind(geheimAdres=True, geslacht="O", geboortedatum="2015")]},
        {"kinderen": [rv.kind(geenNummerBekend=True, bsn=None), rv.kind(2, gezagOnbekend=True, vreemdelingennummer="V1")]},
        {"kinderen": [rv.kind(), rv.ongeboren(2)]},
        {"betrokkenen": [rv.persoon("b1", rv.gezag(1, informed=False), {"rol": "melder"}), rv.instelling("b2")]},
        {
            "kinderen": [rv.kind(), rv.kind(2)],
            "betrokkenen": [rv.persoon("b1", rv.gezag(1, informed=False), rv.gezag(2, informed=True))],
        },
    ],
)
def test_a_document_comes_back_equal(changes: dict[str, Any]):
    given = rv.raadsverzoek(**changes)
    model = configured.document_of("raadsverzoek").model
    back = there_and_back(given)
    assert model.model_validate_json(json.dumps(back)) == model.model_validate_json(json.dumps(given))


def test_impossible_texts_are_kept_as_they_were_typed():
    state = State({"datumAanmelding-dag": "31", "datumAanmelding-maand": "13", "datumAanmelding-jaar": "2026"})
    state.children.append({"volgnummer": "1", "ongeboren": "ja", "adres-huisnummer": "12 bis"})
    document = to_document(State.from_json(state.to_json()))
    assert document["datumAanmelding"] == "2026-13-31"
    assert document["kinderen"][0]["adres"] == {"huisnummer": "12 bis"}


def test_a_day_without_a_month_is_no_date():
    found = to_document(State(children=[{"volgnummer": "1", "geboortedatum-dag": "5", "geboortedatum-jaar": "2015"}]))
    assert found["kinderen"][0]["geboortedatum"] == "2015-00-05"


def test_the_form_offers_exactly_what_the_document_knows():
    def choices(kind: Any) -> set[str]:
        literal = next(one for one in get_args(get_args(kind)[0]) if one is not type(None))
        return set(get_args(literal))

    assert {role for group in f.ROLES.values() for role in group} == choices(corv.Rol)
    assert set(f.GEZAG_ROLES) == corv.GEZAG_ROLES
    assert set(f.ROLES["Familie en opvoeders"]) == corv.FAMILY_ROLES
    assert {key for key, _ in f.SOORTEN} == choices(corv.Documentsoort)
    paper = {one.key: one for one in every(f.PAPER_GROUPS)}
    assert {key for key, _ in paper["vertrouwelijkheid"].options} == choices(corv.Vertrouwelijkheid)
    assert {key for key, _ in f.GESLACHT} == choices(corv.Geslacht)


def test_every_field_of_the_document_can_be_typed():
    def keys(model: Any) -> set[str]:
        return {one.alias or name for name, one in model.model_fields.items()}

    def asked(fields: Any) -> set[str]:
        return {one.key.split("-")[0] for one in fields}

    child = asked((*every(f.child_groups(False, ())), *every(f.child_groups(True, ())), f.GEZAG_UNKNOWN))
    assert keys(corv.Kind) - child == {"volgnummer", "adresBuitenland"}
    party = asked((*every(f.PERSON_GROUPS), *every(f.INSTITUTION_GROUPS)))
    assert keys(corv.Betrokkene) - party == {"id", "soort", "relaties"}
    assert keys(corv.Document) - asked(every(f.PAPER_GROUPS)) == {"mediatype", "inhoud", "documentkenmerk"}
    whole = asked((f.GEVAAR, *every(f.request_groups((), ()))))
    assert keys(corv.Verzoek) - whole == {"kinderen", "betrokkenen", "documenten"}


def test_a_removed_child_takes_its_roles_along_and_leaves_the_other_numbers():
    given = rv.raadsverzoek(
        kinderen=[rv.kind(), rv.kind(2), rv.kind(3)], betrokkenen=[rv.persoon("b1", rv.gezag(1), rv.gezag(2), rv.gezag(3))]
    )
    state = from_document(given, papers_of(given))
    state.remove_child("2")
    document = to_document(state)
    assert [one["volgnummer"] for one in document["kinderen"]] == [1, 3]
    assert [one["kind"] for one in document["betrokkenen"][0]["relaties"]] == [1, 3]


def test_a_removed_mother_is_no_mother_any_more():
    given = rv.raadsverzoek(kinderen=[rv.ongeboren()], betrokkenen=[rv.persoon("b1")])
    state = from_document(given, papers_of(given))
    state.remove_party("b1")
    assert "moeder" not in to_document(state)["kinderen"][0]
