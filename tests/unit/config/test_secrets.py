"""Secrets are references, and stay out of everything that is printed."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from hub import config
from hub.config import Secret, SecretUrl
from hub.errors import ConfigError

HIDDEN = "zeer-geheim"


def test_a_secret_comes_from_the_first_line_of_a_file(tmp_path: Path):
    file = tmp_path / "password"
    file.write_text(f"{HIDDEN}\nrest\n")
    secret = Secret.parse(f"file:{file}")
    assert secret.reveal() == HIDDEN
    assert HIDDEN not in f"{secret!r} {secret}"


def test_a_secret_comes_from_the_environment():
    secret = Secret.parse("env:X", {"X": HIDDEN})
    assert (secret.reveal(), repr(secret)) == (HIDDEN, "Secret('env:X')")


@pytest.mark.parametrize("text", [HIDDEN, "", "file:/absent/file", "env:ABSENT", f"postgresql://u:{HIDDEN}@h/x"])
def test_what_is_no_good_reference_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError) as caught:
        Secret.parse(text, {})
    assert HIDDEN not in str(caught.value)


def test_an_empty_secret_is_refused(tmp_path):
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ValueError, match="empty"):
        Secret.parse(f"file:{tmp_path / 'empty'}")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://hub:{HIDDEN}@db/hub", "postgresql://hub:***@db/hub"),
        (f"postgresql://hub:{HIDDEN}@with@signs@db/hub", "postgresql://hub:***@db/hub"),
        (f"postgresql://hub:{HIDDEN}/with/slashes@db/hub", "postgresql://hub:***@db/hub"),
        (f"postgresql://db/hub?user=hub&password={HIDDEN}&x=1", "postgresql://db/hub?user=hub&password=***&x=1"),
        (f"amqp://:{HIDDEN}@mq", "amqp://:***@mq"),
        ("sqlite:///var/hub.sqlite3", "sqlite:///var/hub.sqlite3"),
        ("postgresql://hub@db:5432/hub", "postgresql://hub@db:5432/hub"),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    parsed = SecretUrl.parse(url, {})
    assert parsed.reveal() == url
    assert str(parsed) == shown


def test_a_url_may_be_a_reference(tmp_path):
    file = tmp_path / "url"
    file.write_text(f"postgresql+psycopg://hub:{HIDDEN}@db/hub\n")
    loaded = config.load(env={"HUB_JOURNAL__URL": f"file:{file}"})
    assert loaded.journal.url.reveal().endswith("@db/hub")
    assert loaded.journal.url.scheme == "postgresql"


def test_a_whole_configuration_prints_without_secrets(tmp_path):
    file = tmp_path / "hub.toml"
    file.write_text(
        f"[journal]\nurl = 'postgresql://hub:{HIDDEN}@db/hub'\n[broker]\nurl = 'env:MQ'\n"
        f"[connections.corv]\npartner = 'corv'\n[connections.corv.settings]\npassword = '{HIDDEN}'\n"
    )
    loaded = config.load(file, {"MQ": f"amqp://hub:{HIDDEN}@mq"})
    assert HIDDEN not in f"{loaded!r} {loaded} {loaded.journal!r} {loaded.connections!r}"
    assert HIDDEN not in loaded.journal.model_dump_json()


def test_a_written_out_secret_is_an_error_that_does_not_repeat_it():
    class Adapter(config.Settings):
        password: Secret

    with pytest.raises(ConfigError, match="file:PATH") as caught:
        config.section(Adapter, {"password": HIDDEN}, file="hub.toml", key="connections.x.settings")
    assert HIDDEN not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_secrets_travel_to_other_processes():
    secret = Secret.parse("env:X", {"X": HIDDEN})
    assert pickle.loads(pickle.dumps(secret)) == secret


def test_a_file_with_a_byte_order_mark_holds_the_secret_without_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xef\xbb\xbfgeheim\r\n")
    assert Secret.parse(f"file:{file}").reveal() == "geheim"
