"""``hub users``: making, listing and closing accounts."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from hub.cli import main
from hub.cli.exits import ExitCode


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(f'[hub]\ndata_dir = "{tmp_path}"\n')
    monkeypatch.setenv("HUB_CONFIG", str(file))
    monkeypatch.setattr("sys.stdin", io.StringIO("een heel lang wachtwoord\n"))


def accounts(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["users", "list", "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_an_account_is_made_listed_and_closed(capsys: pytest.CaptureFixture[str]):
    assert main(["users", "add", "jan", "--role", "secretary", "--role", "operator", "--password-stdin"]) == 0
    assert capsys.readouterr().out == "jan\n"
    assert accounts(capsys) == [{"name": "jan", "roles": ["operator", "secretary"], "scope": [], "disabled": False}]
    assert main(["users", "disable", "jan"]) == 0
    assert accounts(capsys)[0]["disabled"] is True
    assert main(["users", "disable", "jan"]) == ExitCode.CANNOT


def test_a_role_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]):
    assert main(["users", "add", "jan", "--role", "boss", "--password-stdin"]) == ExitCode.CANNOT
    assert accounts(capsys) == []


def test_without_a_keyboard_the_password_has_to_be_given(capsys: pytest.CaptureFixture[str]):
    assert main(["users", "add", "jan"]) == ExitCode.CANNOT
    assert "--password-stdin" in capsys.readouterr().err
