"""``hub keys`` makes, lists and rotates keys without ever showing one."""

from __future__ import annotations

import json
import stat

import pytest

from hub.cli import main
from hub.cli.exits import ExitCode
from hub.crypto import KeyFile, Keyring


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "var" / "keys.toml"
    monkeypatch.setenv("HUB_KEYS__FILE", str(path))
    return path


def test_init_makes_the_file_of_the_settings_and_says_how_to_keep_it(path, capsys):
    assert main(["keys", "init"]) == ExitCode.OK
    shown = capsys.readouterr()
    assert shown.out == f"{path}\n"
    assert "offline" in shown.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring.load(path)


def test_init_never_overwrites(path, capsys):
    main(["keys", "init"])
    before = path.read_bytes()
    assert main(["keys", "init"]) == ExitCode.CANNOT
    assert path.read_bytes() == before
    assert "never overwritten" in capsys.readouterr().err


def test_rotating_adds_a_key_and_uses_it(path, capsys):
    main(["keys", "init"])
    old = KeyFile.load(path)
    capsys.readouterr()
    assert main(["keys", "rotate"]) == ExitCode.OK
    new = capsys.readouterr().out.strip()
    assert KeyFile.load(path).active_master == new != old.active_master
    assert set(KeyFile.load(path).masters) == {old.active_master, new}


def test_a_rotation_over_several_machines_goes_in_two_steps(path, capsys):
    main(["keys", "init"])
    old = KeyFile.load(path)
    capsys.readouterr()
    assert main(["keys", "add", "--hash"]) == ExitCode.OK
    new = capsys.readouterr().out.strip()
    assert KeyFile.load(path).active_hash == old.active_hash
    assert main(["keys", "activate", new]) == ExitCode.OK
    assert KeyFile.load(path).active_hash == new


def test_activating_an_unknown_key_changes_nothing(path, capsys):
    main(["keys", "init"])
    before = path.read_bytes()
    assert main(["keys", "activate", "m-0"]) == ExitCode.CANNOT
    assert path.read_bytes() == before
    assert "hub keys list" in capsys.readouterr().err


def test_the_list_holds_ids_only(path, capsys):
    main(["keys", "init"])
    keys = path.read_text().split('"')
    capsys.readouterr()
    assert main(["keys", "list"]) == ExitCode.OK
    text = capsys.readouterr().out
    assert main(["keys", "list", "--json"]) == ExitCode.OK
    as_json = capsys.readouterr().out
    assert not any(key in text + as_json for key in keys if key.endswith("="))
    assert [(row["kind"], row["active"]) for row in json.loads(as_json)] == [("master", True), ("hash", True)]
