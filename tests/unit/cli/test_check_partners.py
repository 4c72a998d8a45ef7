"""``hub check`` with partners of other kinds than one that is called and calls back."""

from __future__ import annotations

import pytest

from hub import registry
from hub.cli.exits import ExitCode
from hub.contracts.adapter import PartnerHealth
from hub.contracts.partner import Partner
from hub.errors import ConfigError
from hub.message import Repeat
from hub.transports.settings import PartnerSettings
from tests.support.desk import Desk

_HERE = "tests.unit.cli.test_check_partners"


class OneWaySettings(PartnerSettings):
    """No setting says how this partner may call us: it does not."""

    url: str = "https://partner.example/"


class OneWayAdapter:
    """Enough of an adapter to be looked at."""

    partner, repeat, can_ping = "oneway", Repeat.RECOGNISED, True

    def __init__(self, settings: OneWaySettings, connection: str) -> None:
        del settings, connection

    def open(self) -> None: ...

    def close(self) -> None: ...

    def ping(self) -> PartnerHealth:
        return PartnerHealth(True, "there")


SENT_TO = Partner(
    name="oneway",
    title="A partner that never calls us",
    repeat=Repeat.RECOGNISED,
    settings=f"{_HERE}:OneWaySettings",
    adapter=f"{_HERE}:OneWayAdapter",
)
ASKED = Partner(name="oneway", title="A partner that is asked", repeat=Repeat.RECOGNISED, settings=f"{_HERE}:OneWaySettings")


@pytest.fixture
def productie(desk: Desk) -> Desk:
    hub = f"[hub]\nenvironment = 'productie'\noin = '00000001003214345000'\ndata_dir = '{desk.folder / 'var'}'\n"
    desk.config_file.write_text(f"{hub}[connections.there]\npartner = 'oneway'\n")
    return desk


def lines_about(desk: Desk, name: str, *words: str, expect: int = ExitCode.OK) -> list[tuple[str, str]]:
    return [(one["state"], one["text"]) for one in desk.json("check", *words, expect=expect)["checks"] if one["name"] == name]


def test_a_partner_without_endpoint_is_right_in_productie(productie: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "partners", lambda: {"oneway": SENT_TO})
    assert lines_about(productie, "connections") == [("ok", "there to A partner that never calls us")]
    assert lines_about(productie, "partner there", "--connect") == [("ok", "there")]


def test_a_partner_that_nothing_is_sent_to_is_not_called(productie: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "partners", lambda: {"oneway": ASKED})
    assert lines_about(productie, "connections") == [("ok", "there to A partner that is asked")]
    assert lines_about(productie, "partner there", "--connect") == [("ok", "nothing is sent to it, so it is not called")]


def test_productie_does_not_start_while_anybody_may_deliver(desk: Desk) -> None:
    written = desk.config_file.read_text(encoding="utf-8").replace(
        "[hub]", "[hub]\nenvironment = 'productie'\noin = '00000001003214345000'", 1
    )
    desk.config_file.write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError, match="takes what anybody delivers"), desk.hub() as hub:
        hub.receptions  # noqa: B018
    desk.run("check", expect=ExitCode.CANNOT)
    desk.config_file.write_text(f'{written}\n[connections.corv.settings.inbound]\nopen_to = "anyone"\n', encoding="utf-8")
    with desk.hub() as hub:
        assert hub.receptions
