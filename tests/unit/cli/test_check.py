"""``hub check`` finds what is wrong and says where."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.cli.exits import ExitCode
from hub.crypto import KeyFile


def failed(report):
    return {one["name"]: one for one in report["checks"] if one["state"] == "fail"}


def test_a_new_hub_is_right_and_nothing_is_made(desk):
    report = desk.json("check")
    assert report["ok"]
    assert not failed(report)
    assert not (desk.folder / "var").exists()


def test_a_hub_in_use_is_right(desk):
    desk.send()
    out, err = desk.run("check")
    assert "encrypting and decrypting works" in out
    assert "0 fail" in err


@pytest.mark.parametrize(
    ("settings", "name", "key"),
    [
        ("[web]\nprot = 1", "configuration", "web.prot"),
        ("[connections.x]\npartner = 'nobody'", "connections", "connections.x"),
        ("[connections.corv]\npartner = 'corv'", "connections", "connections.corv.settings.url"),
        ("[routes.unheard]\n", "routes", "routes.unheard"),
        ("[web]\ntheme_file = '/nowhere.css'", "files", "web.theme_file"),
        ("[keys]\nfile = '/nowhere/keys.toml'\n[journal]\nurl = 'sqlite:///{folder}/there'", "keys", "keys.file"),
    ],
)
def test_a_wrong_setting_is_named_with_file_and_key(desk, settings, name, key):
    (desk.folder / "there").touch()
    desk.config_file.write_text(settings.format(folder=desk.folder))
    found = failed(desk.json("check", expect=ExitCode.CANNOT))[name]
    assert found["key"] == key
    assert found["file"]
    assert found["remedy"]


def test_the_nearest_known_key_is_told(desk):
    desk.config_file.write_text("[web]\nprot = 1")
    assert "web.port" in desk.run("check", expect=ExitCode.CANNOT)[0]


def test_a_key_file_that_others_can_read_is_wrong(desk):
    desk.send()
    file = desk.folder / "var" / "keys.toml"
    file.chmod(0o644)
    assert "chmod 600" in failed(desk.json("check", expect=ExitCode.CANNOT))["keys"]["text"]


def test_a_key_that_the_journal_needs_may_not_be_absent(desk):
    desk.send()
    file = desk.folder / "var" / "keys.toml"
    file.unlink()
    KeyFile.generate().create(file)
    assert "Restore" in failed(desk.json("check", expect=ExitCode.CANNOT))["keys"]["remedy"]


def test_a_partner_that_is_away_fails_only_when_asked(desk):
    assert desk.json("check")["ok"]
    assert "partner corv" in failed(desk.json("check", "--connect", expect=ExitCode.CANNOT))


def test_a_broker_that_is_away_fails(desk):
    desk.config_file.write_text('[broker]\nurl = "amqp://127.0.0.1:1/"')
    assert "broker" in failed(desk.json("check", expect=ExitCode.CANNOT))


def test_a_database_without_tables_says_how_to_make_them(desk):
    desk.send()
    desk.config_file.write_text(f'[hub]\ndata_dir = "{desk.folder}/var"\n[journal]\nurl = "sqlite:///{desk.folder}/empty"')
    (desk.folder / "empty").touch()
    assert "hub migrate" in failed(desk.json("check", expect=ExitCode.CANNOT))["database"]["text"]


@pytest.mark.parametrize(("days", "state"), [(-1, "fail"), (20, "warn"), (400, "ok")])
def test_a_certificate_is_judged_by_its_last_day(desk, days, state):
    file = desk.folder / "trust.pem"
    file.write_bytes(certificate(days))
    settings = desk.config_file.read_text().replace("http:", "https:")
    desk.config_file.write_text(settings + f'tls = {{ mode = "one-way", trust_store = "{file}" }}\n')
    report = desk.json("check", expect=ExitCode.CANNOT if state == "fail" else ExitCode.OK)
    (found,) = [one for one in report["checks"] if one["name"] == "certificates"]
    assert (found["state"], found["file"]) == (state, str(file))
    assert found["key"] == "connections.corv.settings.tls.trust_store"


def certificate(days):
    """A self-signed certificate that ends after so many days."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=9)).not_valid_after(now + dt.timedelta(days=days, hours=1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("environment", "more", "warned"),
    [
        ("test", "", False),
        ("acceptatie", "", True),
        ("acceptatie", '[routes.raadsverzoek.settings]\ntelefoon_raad = "088"\n', False),
    ],
)
def test_the_telephone_number_of_the_raad_is_asked_for(desk, environment: str, more: str, warned: bool):
    text = desk.config_file.read_text().replace("[hub]", f'[hub]\nenvironment = "{environment}"')
    desk.config_file.write_text(f"{text}\n{more}")
    found = [one for one in desk.json("check")["checks"] if one["key"] == "routes.raadsverzoek.settings.telefoon_raad"]
    assert [one["state"] for one in found] == ["warn"] * warned


def test_reference_lists_are_asked_for_and_looked_at(desk):
    def told(environment: str, lists: str = "") -> list[str]:
        text = original.replace("[hub]", f'[hub]\nenvironment = "{environment}"')
        desk.config_file.write_text(text.replace("url =", f"{lists}\nurl ="))
        key = "connections.corv.settings.reference_lists"
        return [one["text"] for one in desk.json("check")["checks"] if one["key"] == key]

    original = desk.config_file.read_text()
    assert told("test") == []
    assert told("acceptatie") == ["reference lists: is not set"]
    folder = desk.folder / "lijsten"
    folder.mkdir()
    named = f'reference_lists = "{folder}"'
    assert told("test", named) == ["reference lists: absent or unreadable there: instanties.csv, jeugdzorgrollen.csv"]
    rows = "IDINST,NMINST1,NMINST2,PRESNMINST,CORRNMINST\nRC0108,Haarlem,,Rtb Haarlem,Rechtbank Haarlem\n"
    (folder / "instanties.csv").write_text(rows)
    assert told("test", named) == ["reference lists: absent or unreadable there: jeugdzorgrollen.csv"]
