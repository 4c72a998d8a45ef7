"""What a connection's settings cannot mean is refused at the start, by name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from hub.adapters.verwijsindex.settings import IndexSettings, SignalMapping


@pytest.mark.parametrize("key", ["connect_timeout_seconds", "read_timeout_seconds", "every_seconds"])
@pytest.mark.parametrize("amount", [0, -1, 86_400 * 365, float("inf"), float("nan")])
def test_an_absurd_amount_is_refused(key: str, amount: float) -> None:
    with pytest.raises(ValidationError, match=key):
        IndexSettings.model_validate({"url": "http://127.0.0.1/", key: amount})


def test_a_field_that_reporters_do_not_have_is_refused_with_those_they_have() -> None:
    with pytest.raises(ValidationError, match=r"no field telefoonnummer; there are id, naam, organisatie, telefoon, email"):
        SignalMapping.model_validate({"who": {"id": "nr", "telefoonnummer": "tel"}})
