"""Settings come from a file and the environment, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from hub import config
from hub.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    file = folder / "hub.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_are_complete(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = config.load(env={})
    assert loaded.journal.url.reveal() == "sqlite:///var/hub.sqlite3"
    assert loaded.broker.url.reveal() == "memory://"
    assert loaded.keys.file == Path("var/keys.toml")
    assert loaded.web.host == "127.0.0.1"


def test_the_data_folder_moves_everything_in_it(tmp_path):
    loaded = config.load(write(tmp_path, '[hub]\ndata_dir = "/srv/hub"'), {})
    assert loaded.journal.url.reveal() == "sqlite:////srv/hub/hub.sqlite3"
    assert loaded.keys.file == Path("/srv/hub/keys.toml")
    assert loaded.housekeeping.seal_file == Path("/srv/hub/seals.jsonl")


def test_a_proxy_is_an_address_or_a_network(tmp_path):
    loaded = config.load(write(tmp_path, "[web]\nproxy_addresses = ['10.0.0.5', '10.1.0.0/16', '::1']"), {})
    assert [str(one) for one in loaded.web.proxy_addresses] == ["10.0.0.5/32", "10.1.0.0/16", "::1/128"]
    assert config.load(env={"HUB_WEB__PROXY_ADDRESSES": '["10.0.0.5"]'}).web.proxy_addresses == loaded.web.proxy_addresses[:1]


def test_the_environment_goes_before_the_file(tmp_path):
    file = write(
        tmp_path, "[web]\nport = 9000\nhost = '::1'\n[connections.corv]\npartner = 'corv'\n[connections.corv.settings]\na = 1"
    )
    env = {"HUB_WEB__PORT": "9001", "HUB_CONNECTIONS__CORV__CONCURRENCY": "7", "HUB_CONNECTIONS__CORV__SETTINGS__B": "x"}
    loaded = config.load(file, env)
    assert (loaded.web.port, loaded.web.host) == (9001, "::1")
    corv = loaded.connections["corv"]
    assert (corv.concurrency, corv.window, corv.settings) == (7, 28, {"a": 1, "b": "x"})
    assert loaded.file_of("web.host") == str(file)
    assert loaded.file_of("web.port") == "HUB_WEB__PORT"


def test_a_file_named_by_hub_config_is_found_and_must_exist(tmp_path):
    file = write(tmp_path, "[web]\nport = 9000")
    assert config.load(env={"HUB_CONFIG": str(file)}).web.port == 9000
    with pytest.raises(ConfigError, match="does not exist"):
        config.load(env={"HUB_CONFIG": str(tmp_path / "absent.toml")})


def test_a_file_in_the_config_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    write(tmp_path / "config", "[web]\nport = 9000")
    assert config.load(env={}).web.port == 9000


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("[web]\nprot = 1", "web.prot", "web.port"),
        ("[wbe]\nport = 1", "wbe", "web"),
        ("[connections.corv]\npartnr = 'corv'", "connections.corv.partnr", "connections.corv.partner"),
        ("[routes.raadsverzoek]\nenabld = true", "routes.raadsverzoek.enabld", "routes.raadsverzoek.enabled"),
        ("[connections.corv]\npartner = 'corv'\n[routes.r]\nconnection = 'crov'", "routes.r.connection", "corv"),
        ("[web]\nsomething = 1", "web.something", None),
    ],
)
def test_an_unknown_key_is_named_with_its_nearest(tmp_path, text, key, nearest):
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.load(file, {})
    assert (caught.value.file, caught.value.key, caught.value.nearest) == (str(file), key, nearest)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[web]\nport = 'eighty'", "web.port"),
        ("[web]\nport = 70000", "web.port"),
        ("[delivery]\npoll_seconds = 0", "delivery.poll_seconds"),
        ("[delivery]\npoll_seconds = inf", "delivery.poll_seconds"),
        ("[delivery]\nretry_base_seconds = 10\nretry_max_seconds = 5", "delivery"),
        ("[web]\nmax_request_bytes = 10\nbyte_budget = 5", "web"),
        ("[web]\nproxy_addresses = ['10.0.0.5/24']", "web.proxy_addresses.0"),
        ("[web]\nproxy_addresses = ['10.0.0.5', 'proxy.example']", "web.proxy_addresses.1"),
        ("[web]\nproxy_addresses = ['10.0.0.5:443']", "web.proxy_addresses.0"),
        ("[web]\nproxy_addresses = [5]", "web.proxy_addresses.0"),
        ("[web]\nproxy_addresses = ['*']", "web.proxy_addresses.0"),
        ("[journal]\nurl = 'mysql://host/hub'", "journal.url"),
        ("[broker]\nurl = 'localhost'", "broker.url"),
        ("[hub]\nenvironment = 'prod'", "hub.environment"),
        ("[hub]\nenvironment = 'productie'", "hub"),
        ("[connections.corv]\nconcurrency = 1", "connections.corv.partner"),
        ("[connections.Corv]\npartner = 'corv'", "connections.Corv"),
        ("[connections.a__b]\npartner = 'corv'", "connections.a__b"),
        ("web = 1", "web"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, text, key):
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.load(file, {})
    assert (caught.value.file, caught.value.key) == (str(file), key)


def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path):
    with pytest.raises(ConfigError, match=r"hub\.toml.*line 2"):
        config.load(write(tmp_path, "[web]\nport = = 1"), {})


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("HUB_JOURNAL_URL", "HUB_JOURNAL__URL"),
        ("HUB_WEB_PORT", "HUB_WEB__PORT"),
        ("HUB_CONSOLE_THEMA", "HUB_CONSOLE_THEME"),
        ("HUB_QQQQQQQQQQQQQQQQ", None),
    ],
)
def test_a_variable_that_is_no_setting_is_named(variable, nearest):
    with pytest.raises(ConfigError) as caught:
        config.load(env={variable: "x"})
    assert (caught.value.file, caught.value.nearest) == (variable, nearest)


def test_a_wrong_value_in_the_environment_names_the_variable():
    with pytest.raises(ConfigError) as caught:
        config.load(env={"HUB_WEB__PORT": "eighty"})
    assert (caught.value.file, caught.value.key) == ("HUB_WEB__PORT", "web.port")


def test_variables_of_kubernetes_and_of_tests_are_no_settings():
    env = {
        "HUB_PORT": "tcp://10.0.0.1:80",
        "HUB_PORT_80_TCP_ADDR": "10.0.0.1",
        "HUB_WEB_SERVICE_PORT": "80",
        "HUB_TEST_DATA": "/data",
        "HUBERT": "x",
    }
    assert config.load(env=env) == config.load(env={})


def test_an_empty_variable_is_not_set():
    assert config.load(env={"HUB_WEB__PORT": ""}) == config.load(env={})


def test_the_theme_has_a_short_name():
    assert config.load(env={"HUB_CONSOLE_THEME": "/srv/theme.css"}).web.theme_file == Path("/srv/theme.css")


@given(st.text(alphabet="abcdefghij_XYZ.[]{}:/@ é", min_size=8, max_size=30))
def test_no_error_repeats_what_was_written(value):
    for variable in ("HUB_WEB__PORT", "HUB_JOURNAL__URL", "HUB_HUB__OIN", "HUB_HUB__ENVIRONMENT", "HUB_LOG__LEVEL"):
        with pytest.raises(ConfigError) as caught:
            config.load(env={variable: value})
        assert value not in str(caught.value)


class Adapter(config.Settings):
    """Settings of an adapter, as it would declare them."""

    url: str
    password: config.Secret
    timeout_seconds: float = Field(30, gt=0)


def test_an_adapters_own_table_gets_the_same_care():
    table = {"url": "https://x", "password": "env:PASSWORD"}
    read = config.section(Adapter, table, file="hub.toml", key="connections.x.settings", env={"PASSWORD": "geheim"})
    assert (read.url, read.password.reveal(), read.timeout_seconds) == ("https://x", "geheim", 30)
    with pytest.raises(ConfigError) as caught:
        config.section(
            Adapter, table | {"timeout_secs": 1}, file="hub.toml", key="connections.x.settings", env={"PASSWORD": "g"}
        )
    assert caught.value.file == "hub.toml"
    assert caught.value.key == "connections.x.settings.timeout_secs"
    assert caught.value.nearest == "connections.x.settings.timeout_seconds"


def test_settings_cannot_be_changed_after_the_start():
    with pytest.raises(Exception, match="frozen"):
        config.load(env={}).web.port = 1


def test_a_folder_says_for_which_route_its_documents_are(tmp_path):
    file = tmp_path / "hub.toml"
    file.write_text("[folders.there]\npath = '/srv/there'\n")
    with pytest.raises(ConfigError) as caught:
        config.load(file, {})
    assert (caught.value.key, caught.value.text) == ("folders.there.route", "this setting is required")


def test_settings_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_bytes(b"\xef\xbb\xbf[hub]\ndata_dir = 'elsewhere'\n")
    assert str(config.load(file, env={}).hub.data_dir) == "elsewhere"
