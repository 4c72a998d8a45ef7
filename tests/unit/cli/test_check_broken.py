"""``hub check`` on broken hubs: each time it names the file, the key and what to do, and shows no secret."""

from __future__ import annotations

import re
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.cli.exits import ExitCode
from tests.support.certificates import TestRoot
from tests.unit.cli.test_check import certificate

#: Stands in every broken hub where a password would, and may not come out anywhere.
PASSWORD = "Zeer-Geheim-42"


@dataclass(frozen=True)
class Broken:
    """One way to break a hub.

    Attributes:
        breaks: Changes files in the folder; gets the settings and gives them back changed.
        check: The check that must fail.
        place: Key of the setting that is named; the file is the settings' unless ``file`` ends another's name.
        says: What text and remedy together must contain.
        env: Variables to set.
    """

    breaks: Callable[[Path, str], str]
    check: str
    place: str
    says: str
    file: str = "hub.toml"
    env: tuple[tuple[str, str], ...] = ()


def add(text: str) -> Callable[[Path, str], str]:
    """Put lines before everything else."""
    return lambda folder, settings: f"{text.format(folder=folder)}\n{settings}"


def swap(old: str, new: str) -> Callable[[Path, str], str]:
    """Write something else in the settings."""

    def breaks(folder: Path, settings: str) -> str:
        assert old in settings
        return settings.replace(old, new.format(folder=folder))

    return breaks


def tls(lines: str, make: Callable[[Path], None]) -> Callable[[Path, str], str]:
    """Give the connection TLS with files."""

    def breaks(folder: Path, settings: str) -> str:
        make(folder)
        return settings.replace("http://", "https://") + f"tls = {{ {lines.format(folder=folder)} }}\n"

    return breaks


def expired(folder: Path) -> None:
    (folder / "trust.pem").write_bytes(certificate(-3))


def no_certificate(folder: Path) -> None:
    (folder / "trust.pem").write_text("this is no certificate")


def two_that_differ(folder: Path) -> None:
    root = TestRoot(folder)
    root.leaf("ours")
    root.leaf("theirs")


def keys(change: Callable[[Path], object], settings: str = "") -> Callable[[Path, str], str]:
    """Change the key file of a hub that is in use."""

    def breaks(folder: Path, text: str) -> str:
        change(folder / "var" / "keys.toml")
        return f"{settings}\n{text}"

    return breaks


def other_revision(folder: Path, settings: str) -> str:
    with sqlite3.connect(folder / "var" / "hub.sqlite3") as journal:
        journal.execute("UPDATE alembic_version SET version_num = 'ffff'")
    journal.close()
    return settings


def no_database(folder: Path, settings: str) -> str:
    (folder / "var" / "hub.sqlite3").write_text("this is no database, however long it is" * 100)
    return settings


CORV = 'partner = "corv"\n'
BROKEN = {
    "unknown key": Broken(add("[web]\nprot = 8080"), "configuration", "web.prot", "web.port"),
    "misspelt section": Broken(add("[jurnal]\nurl = 'sqlite:///x'"), "configuration", "jurnal", "journal"),
    "no TOML": Broken(add("[web\n"), "configuration", "", "not valid TOML"),
    "wrong type": Broken(add('[web]\nport = "acht"'), "configuration", "web.port", "integer"),
    "port out of range": Broken(add("[web]\nport = 80800"), "configuration", "web.port", "65535"),
    "productie with the OIN of tests": Broken(swap("[hub]", '[hub]\nenvironment = "productie"'), "configuration", "hub", "OIN"),
    "journal of an unknown kind": Broken(
        add(f'[journal]\nurl = "mysql://hub:{PASSWORD}@localhost/hub"'), "configuration", "journal.url", "postgresql://"
    ),
    "broker of an unknown kind": Broken(
        add(f'[broker]\nurl = "http://hub:{PASSWORD}@localhost/"'), "configuration", "broker.url", "amqp://"
    ),
    "file of a secret is absent": Broken(
        add('[journal]\nurl = "file:{folder}/nowhere"'), "configuration", "journal.url", "nowhere cannot be read"
    ),
    "variable with an unknown key": Broken(
        lambda _, settings: settings, "configuration", "web.prot", "web.port", "HUB_WEB__PROT", (("HUB_WEB__PROT", "1"),)
    ),
    "variable that is no setting": Broken(
        lambda _, settings: settings, "configuration", "", "HUB_<TABLE>__<KEY>", "HUB_PORT", (("HUB_PORT", "1"),)
    ),
    "route over a connection that is absent": Broken(
        add('[routes.raadsverzoek]\nconnection = "crov"'), "configuration", "routes.raadsverzoek.connection", "corv"
    ),
    "route that does not exist": Broken(add("[routes.raadsverzoeken]"), "routes", "routes.raadsverzoeken", "raadsverzoek"),
    "partner that does not exist": Broken(swap(CORV, 'partner = "crov"\n'), "connections", "connections.corv", "corv"),
    "adapter's key misspelt": Broken(swap("url =", "ulr ="), "connections", "connections.corv.settings.ulr", "settings.url"),
    "one applicatie for sender and receiver": Broken(
        swap("RvdK-applicatie", "jeugd-applicatie"), "connections", "connections.corv.settings", "must differ"
    ),
    "certificate that cannot be read": Broken(
        tls('mode = "one-way", trust_store = "{folder}/trust.pem"', no_certificate),
        "certificates",
        "connections.corv.settings.tls.trust_store",
        "cannot be read as PEM",
        "trust.pem",
    ),
    "certificate that is absent": Broken(
        tls('mode = "one-way", trust_store = "{folder}/trust.pem"', lambda _: None),
        "certificates",
        "connections.corv.settings.tls.trust_store",
        "Put the right file there",
        "trust.pem",
    ),
    "certificate that expired": Broken(
        tls('mode = "one-way", trust_store = "{folder}/trust.pem"', expired),
        "certificates",
        "connections.corv.settings.tls.trust_store",
        "expired",
        "trust.pem",
    ),
    "key of another certificate": Broken(
        tls('mode = "two-way", certificate = "{folder}/ours.pem", key = "{folder}/theirs.pem"', two_that_differ),
        "connections",
        "tls.certificate",
        "belong together",
        "ours.pem",
    ),
    "key file that others can read": Broken(
        keys(lambda file: file.chmod(0o644)), "keys", "keys.file", "chmod 600", "keys.toml"
    ),
    "key file that is absent": Broken(keys(lambda file: file.unlink()), "keys", "keys.file", "hub keys init", "keys.toml"),
    "key file that is something else": Broken(
        keys(lambda file: file.write_text("geen sleutels")), "keys", "keys.file", "restore it", "keys.toml"
    ),
    "active key that is not there": Broken(
        keys(lambda _: None, '[keys]\nactive = "m-weg"'), "keys", "keys.active", "no master key"
    ),
    "database that is away": Broken(
        add(f'[journal]\nurl = "postgresql://hub:{PASSWORD}@127.0.0.1:1/hub"'), "database", "journal.url", "Start the database"
    ),
    "database of a newer hub": Broken(other_revision, "database", "journal.url", "run that version"),
    "database that is something else": Broken(no_database, "database", "journal.url", "not a journal"),
    "broker that is away": Broken(
        add(f'[broker]\nurl = "amqp://hub:{PASSWORD}@127.0.0.1:1/hub"'), "broker", "broker.url", "Start the broker"
    ),
    "broker's trust store is absent": Broken(
        add(f'[broker]\nurl = "amqps://hub:{PASSWORD}@127.0.0.1:1/hub"\nca_file = "{{folder}}/nowhere.pem"'),
        "certificates",
        "broker.ca_file",
        "cannot be read",
        "nowhere.pem",
    ),
    "seals in a folder that is absent": Broken(
        add('[housekeeping]\nseal_file = "{folder}/nowhere/seals.jsonl"'),
        "files",
        "housekeeping.seal_file",
        "nowhere",
        "nowhere",
    ),
    "stylesheet that is absent": Broken(
        add('[web]\ntheme_file = "{folder}/thema.css"'), "files", "web.theme_file", "Correct the path", "thema.css"
    ),
}


@pytest.fixture
def broken(request, desk, monkeypatch):
    """A hub that was right (see ``test_check``) and was then broken; one in use where its keys or journal break."""
    case: Broken = BROKEN[request.param]
    if case.check in ("keys", "database"):
        desk.send()
    desk.config_file.write_text(case.breaks(desk.folder, desk.config_file.read_text()))
    for variable, value in case.env:
        monkeypatch.setenv(variable, value)
    return case


every = pytest.mark.parametrize("broken", BROKEN, indirect=True)


def secrets_of(desk) -> list[str]:
    """What may not be shown."""
    file = desk.folder / "var" / "keys.toml"
    keys = re.findall(r'= "([A-Za-z0-9+/]{40,}=*)"', file.read_text()) if file.exists() else []
    return [PASSWORD, *keys]


@every
def test_a_broken_hub_is_told_with_file_key_and_remedy(broken, desk):
    report = desk.json("check", expect=ExitCode.CANNOT)
    assert not report["ok"]
    (found,) = [one for one in report["checks"] if one["name"] == broken.check and one["state"] == "fail"]
    assert found["file"].endswith(broken.file)
    assert found["key"] == broken.place
    assert found["remedy"]
    assert broken.says in f"{found['text']} {found['remedy']} {found['file']}"


@every
def test_a_person_reads_the_same_and_nothing_that_is_secret(broken, desk):
    out, err = desk.run("check", expect=ExitCode.CANNOT)
    shown = out + err
    assert "Traceback" not in shown
    assert "fault in the hub itself" not in shown
    assert not [secret for secret in secrets_of(desk) if secret in shown]
    lines = out.splitlines()
    (number,) = [number for number, line in enumerate(lines) if re.match(rf"fail +{broken.check} ", line)]
    assert broken.file in lines[number]
    assert broken.place in lines[number]
    assert lines[number + 1].startswith(" " * 20), "the remedy stands below"


def test_a_check_changes_nothing(desk):
    desk.send()
    before = {one: (stat.S_IMODE(one.stat().st_mode), one.read_bytes()) for one in desk.folder.rglob("*.toml")}
    desk.json("check")
    assert {one: (stat.S_IMODE(one.stat().st_mode), one.read_bytes()) for one in desk.folder.rglob("*.toml")} == before
