"""The reference of settings says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from hub import config
from hub.config.reference import reference

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "hub.example.toml"


def test_the_reference_is_up_to_date():
    assert EXAMPLE.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_the_reference_loads_and_changes_nothing():
    assert config.load(EXAMPLE, {}).model_dump() == config.load(env={}).model_dump()


def test_every_setting_in_the_reference_is_its_default(tmp_path):
    opened = tmp_path / "hub.toml"
    opened.write_text(re.sub(r"^#(?! )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    loaded = config.load(opened, {})
    defaults = config.load(env={}).model_dump()
    assert loaded.connections["name"] == config.Connection(partner="partner")
    assert loaded.routes["name"] == config.RouteSettings()
    assert loaded.folders["name"] == config.FolderSettings(path="/srv/documents", route="route")
    assert loaded.model_dump() | {"connections": {}, "routes": {}, "folders": {}} == defaults


def test_every_variable_in_the_reference_is_a_setting():
    variables = re.findall(r"^# (HUB_\w+__\w+)$\n#(?! )\w+ = (.*)$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(variables) > 30
    env = {name: value.strip('"') for name, value in variables if "__ROUTES__" not in name}
    assert config.load(env=env).web == config.load(env={}).web
