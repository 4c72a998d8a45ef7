"""``hub keys``: make, list and rotate the keys that contents are encrypted with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.frame import JsonOption, configuration, group, note, result, result_json
from hub.crypto import KeyFile
from hub.errors import ConfigError

app = group("Make, list and rotate the keys that contents are encrypted with.")

FileOption = Annotated[Path | None, typer.Option("--file", metavar="FILE", help="Key file; else the setting keys.file.")]
HashOption = Annotated[bool, typer.Option("--hash", help="A key for hashes of BSNs instead of a master key.")]

_HOW_TO_KEEP = """\
This file opens every message; without it nobody can read what the hub stored, you included.
- Copy it now to a place that is offline and not with the database's backups, such as a vault. Two people should know it.
- Give every process of the hub this same file, readable by its own user only (mode 0600 or 0400).
- After `hub keys rotate`, copy it again. Never delete an old key while messages or backups from its time exist."""


def _path(file: Path | None) -> Path:
    return file or configuration().keys.file


@app.command()
def init(file: FileOption = None) -> None:
    """Make the key file and say how to keep it.

    Writes its path. Its mode is 0600, and one that is there already is never overwritten.

    Example: hub keys init --file /etc/hub/keys.toml
    """
    path = _path(file)
    KeyFile.generate().create(path)
    result(str(path))
    note(_HOW_TO_KEEP)


@app.command("list")
def list_keys(file: FileOption = None, as_json: JsonOption = False) -> None:
    """List the ids of the keys, never the keys."""
    keys = KeyFile.load(_path(file))
    rows = [{"id": name, "kind": "master", "active": name == keys.active_master} for name in keys.masters]
    rows += [{"id": name, "kind": "hash", "active": name == keys.active_hash} for name in keys.hashes]
    if as_json:
        result_json(rows)
        return
    for row in rows:
        result(f"{row['id']}  {row['kind']:<6}  {'active' if row['active'] else ''}".rstrip())


@app.command()
def add(file: FileOption = None, hash_: HashOption = False) -> None:
    """Add a key without using it yet. Writes its id.

    This is the first step of a rotation over several machines. Then copy the file to every machine,
    restart them one by one, and run `hub keys activate ID`.
    """
    _add(_path(file), hash_=hash_, activate=False)


@app.command()
def rotate(file: FileOption = None, hash_: HashOption = False) -> None:
    """Add a key and use it from the next start. Writes its id.

    Old keys stay and open what is older. With processes on several machines: use `add`, copy the file everywhere,
    restart, and then `activate`.
    """
    _add(_path(file), hash_=hash_, activate=True)
    note("Copy the key file to its safe place again, and restart the hub.")


@app.command()
def activate(key_id: Annotated[str, typer.Argument(metavar="ID")], file: FileOption = None) -> None:
    """Use the key ID from the next start."""
    path = _path(file)
    keys = KeyFile.load(path)
    try:
        changed = keys.with_active(key_id)
    except KeyError:
        raise ConfigError("there is no such key; see `hub keys list`.", file=str(path), key=key_id) from None
    changed.save(path)
    note("Copy the key file to every machine and restart the hub.")


def _add(path: Path, *, hash_: bool, activate: bool) -> None:
    keys = KeyFile.load(path)
    changed = keys.with_new_hash(activate=activate) if hash_ else keys.with_new_master(activate=activate)
    changed.save(path)
    new = ({*changed.masters, *changed.hashes} - {*keys.masters, *keys.hashes}).pop()
    result(new)


api = group("API keys, with which other systems call the hub.")
app.add_typer(api, name="api")


@api.command("create")
def create_api(
    name: Annotated[str, typer.Argument(help="For whom it is, as it will stand in timelines.")],
    role: Annotated[list[str] | None, typer.Option("--role", metavar="ROLE", help="What it may do. May be repeated.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="KIND:VALUE", help="Only for this organisation (agb:12345678). May be repeated."),
    ] = None,
) -> None:
    """Make an API key and write it. It is not kept, so this is the only time it can be seen.

    Example: hub keys api create casework --role operator
    """
    from hub.cli.session import opened
    from hub.web.accounts import create_api_key

    with opened(may_be_new=True) as hub:
        result(create_api_key(hub.journal, name, role or (), scope=scope or ()))
    if not role:
        note("It may do nothing yet: make one with --role.")


@api.command("list")
def list_api(as_json: JsonOption = False) -> None:
    """List API keys by id; the keys themselves are not kept.

    Example: hub keys api list --json
    """
    from hub.cli.session import opened
    from hub.web.accounts import list_api_keys

    with opened() as hub:
        keys = list_api_keys(hub.journal)
    if as_json:
        result_json(
            [
                {
                    "id": key.id,
                    "name": key.name,
                    "roles": sorted(key.roles),
                    "scope": sorted(key.scope),
                    "revoked": key.revoked,
                }
                for key in keys
            ]
        )
        return
    for key in keys:
        scope = f"only {' '.join(sorted(key.scope))}" if key.scope else ""
        ends = "  ".join(part for part in (scope, "revoked" if key.revoked else "") if part)
        result(f"{key.id}  {key.name:<24}  {' '.join(sorted(key.roles)):<24}  {ends}".rstrip())


@api.command("revoke")
def revoke_api(key_id: Annotated[str, typer.Argument(metavar="ID", help="As `hub keys api list` shows it.")]) -> None:
    """Refuse a key from now on.

    Example: hub keys api revoke 0123456789ab
    """
    from hub.cli.exits import ExitCode
    from hub.cli.session import opened
    from hub.web.accounts import revoke_api_key

    with opened() as hub:
        done = revoke_api_key(hub.journal, key_id)
    note(f"hub: {key_id} is refused from now on" if done else f"hub: there is no usable key {key_id}")
    if not done:
        raise typer.Exit(ExitCode.NEGATIVE)
