from __future__ import annotations

import pytest
from pydantic import ValidationError

from hub.adapters.corv.settings import CorvSettings
from hub.transports.digikoppeling.outcomes import Reaction

GOOD = {
    "url": "http://127.0.0.1:1/",
    "own": {"organisatie": "00000099000000001000", "applicatie": "jeugd-applicatie"},
    "partner": {"organisatie": "00000099000000002000", "applicatie": "RvdK-applicatie"},
}


def test_little_is_needed() -> None:
    settings = CorvSettings.model_validate(GOOD)
    assert settings.display_name == "CORV"
    assert settings.inbound.path == "/partners/corv"
    assert settings.action("urn:n", "vtoDi01") == "urn:dkintern:urn:osb:services:corv:1.0:urn:n/vtoDi01"


def test_reactions_and_actions_can_be_replaced_one_by_one() -> None:
    settings = CorvSettings.model_validate(
        {**GOOD, "reactions": {"StUF058": "park"}, "ebms_service": "urn:s", "ebms_actions": {"vtoDi01": "sturenVTO"}}
    )
    assert settings.reaction_table()["StUF058"] is Reaction.PARK
    assert settings.reaction_table()["StUF016"] is Reaction.CLASH
    assert settings.action("urn:n", "vtoDi01") == "urn:dkintern:urn:s:sturenVTO"


@pytest.mark.parametrize("applicatie", ["ab", "a" * 51, "met spatie", "één", "a@b", "a:b", "abc\n"])
def test_names_that_cannot_stand_in_a_domain_are_refused_at_start(applicatie: str) -> None:
    with pytest.raises(ValidationError):
        CorvSettings.model_validate({**GOOD, "own": {"organisatie": "1", "applicatie": applicatie}})


def test_sender_and_receiver_must_differ_in_applicatie() -> None:
    with pytest.raises(ValidationError, match="must differ"):
        CorvSettings.model_validate({**GOOD, "partner": GOOD["own"]})


def test_unknown_keys_are_errors() -> None:
    with pytest.raises(ValidationError):
        CorvSettings.model_validate({**GOOD, "inbound": {"pad": "/x"}})


@pytest.mark.parametrize(
    "asked", [{"certificate_oins": ["00000001003214345000"]}, {"shared_secret": "env:S"}, {"open_to": "anyone"}]
)
def test_productie_takes_deliveries_from_anyone_only_when_told_so(asked: dict[str, object]) -> None:
    context = {"environment": "productie", "env": {"S": "geheim"}}
    with pytest.raises(ValidationError, match="takes what anybody delivers"):
        CorvSettings.model_validate(GOOD, context=context)
    with pytest.raises(ValidationError, match="takes what anybody delivers"):
        CorvSettings.model_validate({**GOOD, "inbound": {"path": "/partners/corv"}}, context=context)
    CorvSettings.model_validate({**GOOD, "inbound": asked}, context=context)
    CorvSettings.model_validate(GOOD, context={**context, "environment": "test"})
