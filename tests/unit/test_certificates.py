"""Which certificates end soon, as the housekeeper asks it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from hub import certificates
from hub.config import Config, load
from hub.errors import ConfigError
from tests.support.certificates import TestRoot


@pytest.fixture
def root(tmp_path: Path) -> TestRoot:
    """Its certificates last a day."""
    return TestRoot(tmp_path)


def config(folder: Path, certificate: Path, warn_days: int = 60, more: str = "") -> Config:
    """A hub with one connection that shows this certificate."""
    example = (Path(__file__).parents[2] / "config" / "corv.example.toml").read_text()
    kept, _, _ = example.partition("[connections.corv.settings.tls]")
    file = folder / "hub.toml"
    trust = TestRoot(folder, "trust", lasts=dt.timedelta(days=100)).path
    file.write_text(
        f'{kept}\n[connections.corv.settings.tls]\nmode = "two-way"\ntrust_store = "{trust}"\ncertificate = "{certificate}"\n'
        f"[housekeeping]\ncertificate_warning_days = {warn_days}\n{more}"
    )
    return load(file, env={})


def test_a_use_is_named_once(tmp_path: Path, root: TestRoot) -> None:
    made = config(tmp_path, root.leaf("ours"))
    assert [one.key for one in certificates.files(made)] == [
        "connections.corv.settings.tls.trust_store",
        "connections.corv.settings.tls.certificate",
    ]
    assert certificates.ending(made).codes == {"connections.corv": "certificate_ends"}


def test_the_settings_say_how_soon_is_soon(tmp_path: Path) -> None:
    lasting = TestRoot(tmp_path, lasts=dt.timedelta(days=30)).leaf("ours")
    assert certificates.ending(config(tmp_path, lasting, warn_days=29)).codes == {}
    assert certificates.ending(config(tmp_path, lasting, warn_days=31)).codes == {"connections.corv": "certificate_ends"}


def test_one_that_ended_counts_for_more_than_one_that_ends(tmp_path: Path) -> None:
    ended = TestRoot(tmp_path, "old", lasts=dt.timedelta(minutes=-30)).leaf("ours")
    assert certificates.ending(config(tmp_path, ended)).codes == {"connections.corv": "certificate_ended"}


def test_one_that_lies_elsewhere_is_no_matter_of_time(tmp_path: Path) -> None:
    made = config(tmp_path, tmp_path / "absent.pem")
    assert certificates.ending(made) == ({}, {"connections.corv"})
    with pytest.raises(ConfigError, match="cannot be read as PEM"):
        certificates.term(tmp_path / "absent.pem")


def test_the_brokers_certificate_counts_too(tmp_path: Path, root: TestRoot) -> None:
    more = f'[broker]\nurl = "amqps://h:p@127.0.0.1:1/h"\nca_file = "{root.path}"\n'
    assert certificates.ending(config(tmp_path, root.leaf("ours"), more=more)).codes.keys() == {"connections.corv", "broker"}


def test_a_connection_that_is_off_is_left_out(tmp_path: Path, root: TestRoot) -> None:
    made = config(tmp_path, root.leaf("ours"))
    file = tmp_path / "hub.toml"
    file.write_text(file.read_text().replace("[connections.corv]\n", "[connections.corv]\nenabled = false\n"))
    assert certificates.ending(made).codes.keys() == {"connections.corv"}
    assert certificates.ending(load(file, env={})) == ({}, set())
