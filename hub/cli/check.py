"""``hub check``: is everything right before it runs? Looks only; it makes nothing but the broker's queues."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, configuration, note, result, result_json
from hub.cli.session import sqlite_file
from hub.contracts.check import Check, ConnectionChecked, RouteChecked
from hub.errors import ConfigError, HubError
from hub.message import new_id

if TYPE_CHECKING:
    from hub.config import Config

#: Less room than this where the hub keeps its data is a warning.
ROOM_BYTES = 1_000_000_000
#: For checks of one thing: the setting that says where it is, and what to do when it is away.
PLACES = {
    "keys": ("keys.file", "Give the hub's user access to it."),
    "database": ("journal.url", "Start the database, or correct its address, name, user or password here."),
    "broker": ("broker.url", "Start the broker, or correct its address, virtual host, user or password here."),
}


def check(
    connect: Annotated[bool, typer.Option("--connect", help="Also connect to every partner; nothing is sent.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check settings, schemas, keys, certificates, database, broker and, with --connect, partners.

    Writes a line per check: ok, warn or fail, with file, key and remedy. Exit code 2 when any fails, else 0.

    \b
    Examples:
      hub check
      hub check --connect
      hub check --json | jq '.checks[] | select(.state != "ok")'
    """
    from hub import telemetry

    telemetry.configure(level="error", format="console")
    checks = list(run_checks(connect=connect))
    ok = all(one.state != "fail" for one in checks)
    if as_json:
        result_json({"ok": ok, "checks": [asdict(one) for one in checks]})
    for one in [] if as_json else checks:
        place = ": ".join(part for part in (one.file, one.key) if part)
        result(f"{one.state:<5} {one.name:<14} {f'{place}: ' if place else ''}{one.text}")
        if one.remedy and one.state != "ok":
            result(f"{'':<21}{one.remedy}")
    counts = {state: sum(one.state == state for one in checks) for state in ("ok", "warn", "fail")}
    note("hub: " + ", ".join(f"{count} {state}" for state, count in counts.items()))
    raise typer.Exit(ExitCode.OK if ok else ExitCode.CANNOT)


def run_checks(*, connect: bool = False) -> Iterator[Check]:
    """Every check, one after the other; a setting that cannot be read at all ends them."""
    try:
        config = configuration()
    except ConfigError as error:
        yield _failed("configuration", error)
        return
    source = config.file_of("hub.name")
    yield Check("configuration", "ok", f"{len(config.connections)} connections, environment {config.hub.environment}", source)
    subjects: tuple[tuple[str, Callable[[Config], Iterable[Check]]], ...] = (
        ("connections", _connections),
        ("routes", _routes),
        ("schemas", _schemas),
        ("keys", _keys),
        ("certificates", _certificates),
        ("files", _files),
        ("database", _database),
        ("broker", _broker),
    )
    for name, look in subjects:
        yield from _guarded(name, look, config)
    if connect:
        for connection in config.connections:
            yield from _guarded(f"partner {connection}", partial(_partner, connection), config)


def _guarded(name: str, look: Callable[[Config], Iterable[Check]], config: Config) -> Iterator[Check]:
    try:
        yield from look(config)
    except HubError as error:
        found = _failed(name, error)
        key, remedy = PLACES.get(name, ("", ""))
        key = found.key or key
        away = remedy and not isinstance(error, ConfigError)
        yield replace(found, key=key, file=found.file or config.file_of(key), remedy=remedy if away else found.remedy)


def _failed(name: str, error: HubError) -> Check:
    if isinstance(error, ConfigError):
        hint = f" Did you mean {error.nearest!r}?" if error.nearest else ""
        return Check(name, "fail", f"{error.text}{hint}", error.file, error.key, "Correct this setting.")
    return Check(name, "fail", error.text, remedy=error.help)


def _connections(config: Config) -> Iterator[Check]:
    from hub import configured, registry

    for name, connection in config.connections.items():
        try:
            partner, settings = configured.partner_of(config, name), configured.connection_settings(config, name)
            if partner.adapter:
                adapter = configured.adapter_of(config, name)
                adapter.open()
                adapter.close()
        except HubError as error:
            yield _failed("connections", error)
            continue
        off = "" if connection.enabled else "; switched off: messages wait"
        yield Check("connections", "warn" if off else "ok", f"{name} to {partner.title}{off}")
        if partner.checks:
            yield from registry.load(partner.checks)(ConnectionChecked(config, name, settings))
    if not config.connections:
        key = "connections"
        remedy = "Add a table [connections.NAME]; see config/hub.example.toml."
        yield Check("connections", "warn", "no partner connection is configured", config.file_of(key), key, remedy)


def _routes(config: Config) -> Iterator[Check]:
    from hub import configured, registry

    usable = configured.make_routes(config)
    idle = [name for name in registry.routes() if name not in usable]
    text = f"usable: {', '.join(usable) or 'none'}" + (f"; not: {', '.join(idle)}" if idle else "")
    yield Check("routes", "ok" if usable else "warn", text, remedy="" if usable else "A route needs its connection.")
    for name, route in usable.items():
        exchange = registry.routes()[name][0]
        if exchange.checks:
            yield from registry.load(exchange.checks)(RouteChecked(config, name, route))


def _schemas(config: Config) -> Iterator[Check]:
    from lxml import etree

    from hub.schemas import registry

    del config
    files = {known.file for known in registry.REGISTRY.types}
    for file in sorted(files):
        try:
            registry.compile_schema(file)
        except (etree.XMLSchemaParseError, OSError):
            yield Check("schemas", "fail", "this schema does not compile", str(file), remedy="Install the hub again.")
    yield Check("schemas", "ok", f"{len(registry.REGISTRY.types)} message types in {len(files)} files")


def _keys(config: Config) -> Iterator[Check]:
    from hub.crypto import Keyring

    file = config.keys.file
    if not file.exists() and (journal := sqlite_file(config)) is not None and not journal.exists():
        yield Check("keys", "ok", "made at the first start, with the journal", str(file))
        return
    keyring = Keyring.load(file, active=config.keys.active)
    message_id, text = new_id(), b"self-test"
    made = keyring.new_data_key(message_id)
    sealed = keyring.seal(text, made.key, message_id=message_id, kind="test")
    again = keyring.open(sealed, keyring.unwrap(made.wrapped, made.key_id, message_id), message_id=message_id, kind="test")
    state = "ok" if again == text else "fail"
    yield Check("keys", state, f"mode 0600, {len(keyring.key_ids)} master keys, encrypting and decrypting works", str(file))


def _certificates(config: Config) -> Iterator[Check]:
    from hub import certificates

    given = certificates.files(config)
    for one in given:
        yield _certificate(one.key, one.path, config.housekeeping.certificate_warning_days)
    if not given:
        yield Check("certificates", "ok", "none are configured")


def _certificate(key: str, path: Path, warn_days: int) -> Check:
    from hub import certificates

    try:
        found = certificates.term(path)
    except ConfigError as error:
        return Check("certificates", "fail", error.text, str(path), key, "Put the right file there.")
    when = "expired" if found.days < 0 else f"in {found.days} days"
    text = f"{found.number} certificates, the first ends on {found.ends:%Y-%m-%d} ({when})"
    if found.days < 0:
        return Check("certificates", "fail", text, str(path), key, "Renew it.")
    state = "warn" if found.days < warn_days else "ok"
    return Check("certificates", state, text, str(path), key, "Renew it in time.")


def _files(config: Config) -> Iterator[Check]:
    theme = config.web.theme_file
    if theme is not None and not theme.is_file():
        yield Check("files", "fail", "this stylesheet does not exist", str(theme), "web.theme_file", "Correct the path.")
    folders = {"hub.data_dir": config.hub.data_dir, "housekeeping.seal_file": config.housekeeping.seal_file.parent}
    for key, folder in folders.items():
        there = _existing(folder)
        # A folder elsewhere is somebody's to make or to mount: made here, seals would land on the wrong disk.
        elsewhere = not folder.is_relative_to(config.hub.data_dir)
        if not there.is_dir() or (elsewhere and there != folder.absolute()):
            yield Check(
                "files", "fail", "this folder does not exist", str(folder), key, "Make it, mount it, or correct the path."
            )
        elif not os.access(there, os.W_OK):
            yield Check("files", "fail", "cannot be written here", str(there), key, f"Give user {os.geteuid()} access.")
    room = shutil.disk_usage(_existing(config.hub.data_dir)).free
    state = "ok" if room >= ROOM_BYTES else "warn"
    yield Check("files", state, f"{room / 1e9:.1f} GB free", str(config.hub.data_dir), "hub.data_dir", "Make room.")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


def _database(config: Config) -> Iterator[Check]:
    from sqlalchemy.exc import DatabaseError

    from hub.crypto import Keyring
    from hub.journal import facts
    from hub.journal.opening import check_revision, open_journal, revision

    file = sqlite_file(config)
    if file is not None and not file.exists():
        yield Check("database", "ok", "made at the first start", str(file))
        return
    journal = open_journal(config.journal.url.reveal())
    try:
        check_revision(journal)
        key, found = "journal.url", f"{journal.dialect}, revision {revision(journal)}"
        yield Check("database", "ok", found, config.file_of(key), key)
        absent = facts.master_keys_in_use(journal) - Keyring.load(config.keys.file, active=config.keys.active).key_ids
        if absent:
            text = f"master keys {', '.join(sorted(absent))} are used in the journal but not in the key file"
            yield Check("keys", "fail", text, str(config.keys.file), "keys.file", "Restore the key file from its copy.")
    except DatabaseError:  # its text may hold an address
        text, remedy = "this is not a journal, or it is damaged", "Correct the path, or restore it from its backup."
        yield Check("database", "fail", text, config.file_of("journal.url"), "journal.url", remedy)
    finally:
        journal.close()


def _broker(config: Config) -> Iterator[Check]:
    from hub.assembly import Hub

    hub = Hub(config)
    try:
        key = "broker.url"
        if hub.embedded:
            state = "warn" if config.hub.environment == "productie" else "ok"
            remedy = "Use amqp:// in production: an embedded broker serves one process only."
            yield Check("broker", state, "embedded, in memory", config.file_of(key), key, remedy)
            return
        names = [name for name, one in config.connections.items() if one.enabled]
        hub.broker.declare(names)
        ready = sum(hub.broker.depth(name) for name in names)
        text = f"reachable; {len(names)} queues as they should be, {ready} tickets"
        yield Check("broker", "ok", text, config.file_of(key), key)
    finally:
        hub.close()


def _partner(name: str, config: Config) -> Iterator[Check]:
    from hub import configured
    from hub.cli.partners import ping_connection

    key = f"connections.{name}"
    if not configured.partner_of(config, name).adapter:
        yield Check(f"partner {name}", "ok", "nothing is sent to it, so it is not called", config.file_of(key), key)
        return
    ok, text = ping_connection(config, name)
    remedy = "Check address, firewall and certificates; the partner may also just be away."
    yield Check(f"partner {name}", "ok" if ok else "fail", text, config.file_of(key), key, remedy)
