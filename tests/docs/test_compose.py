"""``docker-compose.yml`` against the code: commands, settings, ports, addresses, grace periods and secrets."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml

import hub
from hub import config as settings
from hub.assembly import Hub
from hub.cli import COMMANDS, app
from hub.config import Config
from hub.delivery.roles import Roles
from hub.delivery.worker import WorkerOptions
from hub.errors import ConfigError
from hub.journal.postgres import STATEMENT_TIMEOUT_MS
from hub.web import server
from tests.support import raadsverzoeken as rv

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
#: Services that run our image; the others are servers.
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("ketenhub")}
#: Those that stay.
STAYING = {name: one for name, one in SERVICES.items() if one["restart"] != "no"}
#: What the command line raises for words it does not understand.
USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
#: Seconds that ending may take beyond what is being waited for: closing connections, a busy machine.
MARGIN = 10

#: What docker compose knows of a service, as far as this file uses it; a misspelt key would silently do nothing in a test.
KEYS = {
    "image", "build", "restart", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "environment", "configs", "secrets",
    "volumes", "networks", "healthcheck", "logging", "entrypoint", "command", "depends_on", "deploy", "ports", "profiles",
    "stop_grace_period", "shm_size", "hostname",
}  # fmt: skip


def image_environment() -> dict[str, str]:
    """Settings that the image itself brings."""
    return dict(re.findall(r"\b(HUB_\w+)=(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8")))


def source(kind: str, service: dict[str, Any], target: str) -> Path:
    """The file of this checkout that a service finds at ``target``."""
    for entry in service[kind]:
        name, place = (entry, f"/run/secrets/{entry}") if isinstance(entry, str) else (entry["source"], entry["target"])
        if place == target:
            return ROOT / COMPOSE[kind][name]["file"]
    raise AssertionError(f"nothing is mounted at {target}")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with secrets, as `make up` makes them."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    subprocess.run([ROOT / "config/compose/make-secrets.sh", folder], check=True, capture_output=True)
    return folder


def loaded(service: dict[str, Any], secrets: Path, **more: str) -> Config:
    """The settings that the hub in a service finds."""
    env = {**image_environment(), **service["environment"]}
    file = source("configs", service, env["HUB_CONFIG"])
    for variable, value in env.items():
        if value.startswith("file:/run/secrets/"):
            made = source("secrets", service, value.removeprefix("file:"))
            assert made.parent == ROOT / "config/compose/secrets"
            env[variable] = f"file:{secrets / made.name}"
    return settings.load(file, {**env, **more})


@pytest.fixture(scope="module")
def config(secrets: Path) -> Config:
    """The settings of `hub serve`."""
    return loaded(SERVICES["serve"], secrets)


def with_command(word: str) -> dict[str, dict[str, Any]]:
    """Services that run this command of the hub."""
    return {name: one for name, one in OURS.items() if one["command"][:1] == [word]}


def seconds(text: str) -> int:
    """A span as compose writes it."""
    found = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", text)
    assert found, text
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def parse(words: list[str]) -> typer.Context:
    """Let the command line judge these words, without running anything."""
    root = typer.main.get_command(app)
    command = root.get_command(typer.Context(root), words[0])  # type: ignore[attr-defined]
    if len(words) > 1 and hasattr(command, "list_commands"):  # a group: its command judges the rest
        words = words[1:]
        command = command.get_command(typer.Context(command), words[0])
    assert command is not None, words
    return command.make_context(words[0], words[1:])


def health_url(service: dict[str, Any]) -> str:
    """The URL that a service's own Python asks for its health."""
    *_, python, flag, code = service["healthcheck"]["test"]
    assert (python, flag) == ("python", "-c")
    (url,) = [
        one.value
        for one in ast.walk(ast.parse(code))
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.startswith("http")
    ]
    assert urlsplit(url).hostname == "127.0.0.1"
    return url


def test_every_key_is_one_that_compose_knows() -> None:
    assert set(COMPOSE) - {"x-hub", "x-when-prepared"} == {"name", "services", "networks", "volumes", "configs", "secrets"}
    assert {key for one in SERVICES.values() for key in one} <= KEYS


@pytest.mark.parametrize("name", [name for name, one in OURS.items() if one["command"]])
def test_every_command_is_one_of_the_hub_and_is_understood(name: str) -> None:
    words = OURS[name]["command"]
    assert words[0] in COMMANDS
    parse(words)


def test_a_command_that_the_hub_does_not_know_would_be_found() -> None:
    with pytest.raises(USAGE_ERROR):
        parse(["serve", "--hots", "0.0.0.0"])
    with pytest.raises(USAGE_ERROR):
        parse(["worker"])


def test_every_process_of_a_hub_is_there(config: Config, secrets: Path, tmp_path: Path) -> None:
    roles = {name for name, row in COMMANDS.items() if row.module == "hub.cli.processes"} - {"run"}
    assert {"serve", "dispatch", "worker", "housekeep", "migrate"} == roles
    assert all(with_command(role) for role in roles)
    workers = [one["command"][1] for one in with_command("worker").values()]
    assert sorted(workers) == sorted(name for name, one in config.connections.items() if one.enabled)


@pytest.mark.parametrize("name", [name for name, one in OURS.items() if "environment" in one])
def test_every_service_finds_settings_that_the_hub_takes(name: str, secrets: Path) -> None:
    found = loaded(OURS[name], secrets)
    assert found.journal.url.scheme == "postgresql"
    assert found.broker.url.scheme == "amqp"
    assert "***" not in found.journal.url.reveal()


def test_a_variable_that_is_no_setting_would_be_found(secrets: Path) -> None:
    with pytest.raises(ConfigError, match="HUB_WEB__HOTS"):
        loaded(SERVICES["serve"], secrets, HUB_WEB__HOTS="0.0.0.0")


def test_all_hubs_share_settings_and_image() -> None:
    hubs = [one for one in OURS.values() if "environment" in one]
    assert len({str(one["environment"]) for one in hubs}) == 1
    assert {one["image"] for one in OURS.values()} == {f"ketenhub:{hub.__version__}"}
    assert {one["build"] for one in OURS.values()} == {"."}


def test_the_published_port_is_the_one_served_and_only_this_machine_reaches_it(config: Config) -> None:
    (published,) = SERVICES["serve"]["ports"]
    address, _, inside = published.split(":")
    assert address == "127.0.0.1"
    assert int(inside) == config.web.port
    assert config.web.host == "0.0.0.0"
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["serve"]


@pytest.fixture
def listening(secrets: Path, tmp_path: Path) -> Iterator[str]:
    """Where a real server listens with the settings of `hub serve`, but a journal, keys and port of this test."""
    own = {"HUB_JOURNAL__URL": f"sqlite:///{tmp_path}/hub.sqlite3", "HUB_BROKER__URL": "memory://"}
    own |= {"HUB_KEYS__FILE": str(tmp_path / "keys.toml"), "HUB_WEB__HOST": "127.0.0.1", "HUB_WEB__PORT": "0"}
    made, roles = Hub(loaded(SERVICES["serve"], secrets, **own)), Roles()
    try:
        _ = made.keyring, made.journal
        web = server.WebServer(made)
        roles.start("web", lambda: web)
        assert web.ready.wait(60)
        yield web.url
    finally:
        roles.stop()
        made.close()


def status(url: str, body: bytes | None = None) -> int:
    """What is answered there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, body, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_health_is_asked_where_the_hub_answers(listening: str, config: Config) -> None:
    url = urlsplit(health_url(SERVICES["serve"]))
    assert url.port == config.web.port
    assert url.path == "/_healthz/readyz/"
    assert status(listening + url.path) == 200


def test_the_partner_delivers_where_the_hub_listens(listening: str, config: Config) -> None:
    (simulator,) = with_command("simulate").values()
    url = urlsplit(parse(simulator["command"]).params["hub"])
    assert (url.hostname, url.port) == ("serve", config.web.port)
    assert status(listening + url.path, b"no message") == 500  # a SOAP fault: the adapter's endpoint listens
    assert status(f"{listening}{url.path}x", b"no message") == 404


def test_the_hub_sends_to_where_the_simulated_partner_listens(config: Config) -> None:
    ((name, simulator),) = with_command("simulate").items()
    options = parse(simulator["command"]).params
    url = urlsplit(config.connections[simulator["command"][1]].settings["url"])
    assert (url.hostname, url.port) == (name, options["port"])
    assert options["host"] == "0.0.0.0"
    assert urlsplit(health_url(simulator)).port == options["port"]
    assert simulator["profiles"] == ["demo"]
    assert [other for other, one in SERVICES.items() if "profiles" in one] == [name]


def grace_needed(name: str, config: Config) -> float:
    """Seconds that a service needs to end in good order."""
    role, *rest = OURS[name]["command"]
    statement = STATEMENT_TIMEOUT_MS / 1000
    if role == "worker":
        call = config.connections[rest[0]].call_deadline_seconds + WorkerOptions().abandon_after
        return call + max(config.delivery.lease_margin_seconds, statement) + MARGIN
    return {
        "serve": server.STOP_SECONDS + MARGIN,
        "dispatch": config.broker.publish_timeout_seconds + MARGIN,
        "housekeep": statement + MARGIN,
        "simulate": 0,
    }[role]


@pytest.mark.parametrize("name", sorted(set(OURS) & set(STAYING)))
def test_a_process_that_is_asked_to_stop_gets_the_time_it_needs(name: str, config: Config) -> None:
    assert seconds(OURS[name]["stop_grace_period"]) >= grace_needed(name, config) + (
        MARGIN if grace_needed(name, config) else 0
    )


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_what_it_needs(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no", "what starts again never completes"


def test_nothing_runs_before_tables_and_keys_are_there() -> None:
    for name in set(OURS) & set(STAYING) - set(with_command("simulate")):
        assert {"migrate", "keys"} <= set(SERVICES[name]["depends_on"])
    assert "migrate" in SERVICES["keys"]["depends_on"]
    for name in ("dispatch", *with_command("worker")):
        assert "rabbitmq" in SERVICES[name]["depends_on"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_image_has_a_version(name: str) -> None:
    assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", SERVICES[name]["image"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    one = SERVICES[name]
    assert set(one["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert "no-new-privileges:true" in one["security_opt"]
    if name in OURS:
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
    if name in STAYING:
        assert one["restart"] == "unless-stopped"
        assert "test" in one["healthcheck"] or one["healthcheck"] == {"disable": True}


def test_database_and_broker_are_reached_from_inside_only() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "rabbitmq"):
        assert SERVICES[name]["networks"] == ["inside"]
    assert "management" not in SERVICES["rabbitmq"]["image"]


def test_only_the_maker_of_keys_can_write_them_and_what_must_last_is_in_a_volume(config: Config) -> None:
    keys = str(config.keys.file.parent)
    for name, one in OURS.items():
        mounts = [mount.split(":") for mount in one.get("volumes", [])]
        modes = [mount[2:] for mount in mounts if mount[1] == keys]
        assert modes == {"keys": [[]], "migrate": [], "simulate-corv": []}.get(name, [["ro"]])
    (seals,) = [
        mount for mount in SERVICES["housekeep"]["volumes"] if mount.split(":")[1] == str(config.housekeeping.seal_file.parent)
    ]
    assert seals.split(":")[0] != keys
    named = {mount.split(":")[0] for one in SERVICES.values() for mount in one.get("volumes", [])}
    assert named == set(COMPOSE["volumes"])


def test_no_secret_is_written_in_what_is_kept_in_version_control(secrets: Path) -> None:
    kept = [ROOT / "docker-compose.yml", *(one for one in (ROOT / "config/compose").iterdir() if one.is_file())]
    assert len(kept) > 3
    for file in kept:
        assert not re.search(r"://[^\s/:@%]+:[^\s/@%]+@", file.read_text(encoding="utf-8")), file.name
    for one in SERVICES.values():
        for variable, value in one.get("environment", {}).items():
            assert not re.search("PASS|SECRET|TOKEN", variable) or value.startswith("/run/secrets/")
    for secret in COMPOSE["secrets"].values():
        path = ROOT / secret["file"]
        assert (secrets / path.name).is_file(), f"nothing makes {path.name}"
        ignored = subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT)
        assert ignored.returncode == 0, f"{path.name} could be committed"
    assert all((ROOT / one["file"]).is_file() for one in COMPOSE["configs"].values())


def test_every_address_is_a_service_on_a_shared_network(secrets: Path, config: Config) -> None:
    used = {
        "journal": config.journal.url.reveal(),
        "broker": config.broker.url.reveal(),
        "partner": config.connections["corv"].settings["url"],
    }
    hosts = {kind: urlsplit(url).hostname for kind, url in used.items()}
    assert hosts == {"journal": "postgres", "broker": "rabbitmq", "partner": "simulate-corv"}
    for name, kinds in {
        "serve": ("journal", "broker"),
        "dispatch": ("journal", "broker"),
        "worker-corv": ("journal", "broker", "partner"),
        "housekeep": ("journal", "broker", "partner"),
        "migrate": ("journal",),
        "keys": ("journal",),
    }.items():
        for kind in kinds:
            assert set(SERVICES[name]["networks"]) & set(SERVICES[str(hosts[kind])]["networks"]), (name, kind)
    assert set(SERVICES["simulate-corv"]["networks"]) & set(SERVICES["serve"]["networks"])


def test_servers_and_hub_get_the_same_passwords(secrets: Path, config: Config) -> None:
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    postgres, url = (secrets / "postgres_password").read_text(), urlsplit(config.journal.url.reveal())
    assert (url.username, url.password, url.path[1:]) == ("hub", postgres, SERVICES["postgres"]["environment"]["POSTGRES_DB"])
    rabbit = dict(line.split(" = ") for line in (secrets / "rabbitmq.conf").read_text().splitlines())
    url = urlsplit(config.broker.url.reveal())
    assert rabbit == {"default_user": url.username, "default_pass": url.password, "default_vhost": url.path[1:]}
    assert len(postgres) == len(url.password or "") == 32
    assert postgres != url.password


def test_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    script, folder = ROOT / "config/compose/make-secrets.sh", tmp_path / "secrets"
    first = subprocess.run([script, folder], check=True, capture_output=True, text=True)
    before = {one.name: one.read_text() for one in folder.iterdir()}
    again = subprocess.run([script, folder], check=True, capture_output=True, text=True)
    assert {one.name: one.read_text() for one in folder.iterdir()} == before
    assert folder.stat().st_mode & 0o777 == 0o700
    assert again.stdout == ""
    assert not any(text.strip() in first.stdout + first.stderr for text in before.values())


@pytest.fixture
def first_keys(tmp_path: Path) -> Iterator[Any]:
    """Run the entrypoint of the service ``keys`` (or a command of the hub) on an embedded journal."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "hub").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m hub "$@"\n')
    (binaries / "hub").chmod(0o755)
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    env |= {
        "PATH": f"{binaries}:{env['PATH']}",
        "HUB_CONFIG": str(ROOT / "config/compose/hub.toml"),
        "HUB_JOURNAL__URL": f"sqlite:///{tmp_path}/hub.sqlite3",
        "HUB_KEYS__FILE": str(tmp_path / "keys.toml"),
    }
    assert SERVICES["keys"]["entrypoint"] == ["/bin/sh", "/etc/hub/first-keys.sh"]
    script = source("configs", SERVICES["keys"], "/etc/hub/first-keys.sh")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["hub", *words] if words else ["/bin/sh", str(script)]
        return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)

    return run  # type: ignore[return-value]


def test_a_new_hub_gets_keys_once(first_keys: Any, tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    assert first_keys().returncode != 0, "there are no tables yet, so nobody knows what they hold"
    assert not keys.exists()
    assert first_keys("migrate").returncode == 0
    assert first_keys().returncode == 0
    made = keys.read_bytes()
    assert first_keys().returncode == 0
    assert keys.read_bytes() == made


def test_a_hub_that_lost_its_keys_gets_no_new_ones(first_keys: Any, tmp_path: Path) -> None:
    keys, document = tmp_path / "keys.toml", tmp_path / "verzoek.json"
    document.write_bytes(rv.encoded(rv.raadsverzoek()))
    assert first_keys("migrate").returncode == 0
    assert first_keys().returncode == 0
    assert first_keys("send", "raadsverzoek", str(document)).returncode == 0
    keys.rename(tmp_path / "elsewhere.toml")
    refused = first_keys()
    assert refused.returncode == 2
    assert "put the key file back" in refused.stderr
    assert not keys.exists()
