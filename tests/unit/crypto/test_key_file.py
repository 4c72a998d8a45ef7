"""The key file is for its owner only, is never overwritten, and changes all or nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hub.crypto import KeyFile, Keyring
from hub.errors import ConfigError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "folder" / "keys.toml"
    KeyFile.generate().create(path)
    return path


def test_a_new_key_file_can_be_read_by_its_owner_only(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyFile.load(path) == KeyFile.load(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o602, 0o644])
def test_a_key_file_that_others_can_reach_is_refused(path, mode):
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        Keyring.load(path)


def test_an_owner_may_make_it_read_only(path):
    path.chmod(0o400)
    assert Keyring.load(path).active.startswith("m-")


def test_a_key_file_is_never_overwritten(path):
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="never overwritten"):
        KeyFile.generate().create(path)
    assert path.read_bytes() == before


def test_an_absent_key_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="hub keys init"):
        KeyFile.load(tmp_path / "keys.toml")


def test_load_or_create_makes_it_once(tmp_path):
    path = tmp_path / "keys.toml"
    first = Keyring.load_or_create(path)
    assert Keyring.load_or_create(path).key_ids == first.key_ids


def test_a_rotation_keeps_every_key_and_the_mode(path):
    before = KeyFile.load(path)
    before.with_new_master(activate=True).with_new_hash(activate=False).save(path)
    after = KeyFile.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(before.masters) < set(after.masters)
    assert set(before.hashes) < set(after.hashes)
    assert after.active_master != before.active_master
    assert after.active_hash == before.active_hash
    assert after.with_active(before.active_master).active_master == before.active_master
    assert list(path.parent.iterdir()) == [path]


def test_two_changes_at_once_are_refused(path):
    path.with_name("keys.toml.new").touch()
    with pytest.raises(ConfigError, match="another change"):
        KeyFile.load(path).with_new_master(activate=True).save(path)
    assert len(KeyFile.load(path).masters) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('master = "m-', 'master = "x-'),
        ("[master]", "[masters]"),
        ("[hash]\n", "[hash]\nshort = 'AAAA'\n"),
        ("[hash]\n", "[hash]\nnumber = 3\n"),
        ("[hash]\n", "[hash]\nno = 'é'\n"),
        ("[active]", "[active"),
        ("[active]", "[inactive]"),
    ],
)
def test_a_broken_key_file_is_refused_without_showing_keys(path, old, new):
    keys = [line.split('"')[1] for line in path.read_text().splitlines() if line.endswith('="') or '= "' in line]
    path.write_text(path.read_text().replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        KeyFile.load(path)
    assert str(path) in str(caught.value)
    assert not any(key in str(caught.value) for key in keys if len(key) > 20)


@pytest.mark.parametrize("change", ["create", "save"])
def test_a_new_name_is_on_disk_before_a_key_is_used(tmp_path, monkeypatch, change):
    """Else a power cut takes the key away with which messages were sealed meanwhile."""
    path, steps = tmp_path / "keys.toml", []
    keys = KeyFile.generate()
    if change == "save":
        keys.create(path)
    real = os.fsync

    def fsync(handle):
        steps.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    getattr(keys, change)(path)
    assert steps[-1] == str(tmp_path)
    assert path.exists()
