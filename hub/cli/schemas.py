"""``hub schemas``: which schemas judge which messages, and official bundles beside our own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, group, note, result, result_json
from hub.schemas import bundles

app = group("List, install and compare the schemas that messages are judged by.")

DirOption = Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where installed bundles live.", show_default=True)]
ZipArgument = Annotated[Path, typer.Argument(metavar="ZIP", help="The bundle as its keeper publishes it.")]
DEFAULT_DIR = Path("var/schemas")


def _today() -> dt.date:
    return dt.datetime.now(ZoneInfo("Europe/Amsterdam")).date()


@app.command("list")
def list_schemas(schemas_dir: DirOption = DEFAULT_DIR, as_json: JsonOption = False) -> None:
    """List message types and the schema that judges each today, then the bundles installed.

    Example: hub schemas list --json
    """
    types = bundles.active_types(schemas_dir, _today())
    if as_json:
        for known in types:
            result_json({"type": known.name, "family": known.family, "version": known.version, "file": str(known.file)})
        return
    for known in types:
        result(f"{known.name:<18} {known.family:<10} {known.version}")
    for bundle in bundles.installed(schemas_dir):
        note(f"bundle {bundle.id} from {bundle.source}: {len(bundle.types)} types, valid from {bundle.valid_from}")


@app.command()
def install(
    zip_file: ZipArgument,
    valid_from: Annotated[
        dt.datetime | None, typer.Option("--valid-from", formats=["%Y-%m-%d"], help="First day it counts; else today.")
    ] = None,
    schemas_dir: DirOption = DEFAULT_DIR,
) -> None:
    """Install an official bundle and let it count from a day on. Shows what it changes; writes the bundle's id.

    Imports are resolved inside the zip only. A bundle with links, paths that climb, bombs or schemas that do not
    compile is refused, and nothing changes.

    Example: hub schemas install koppelvlak-jeugdzorg-1.0.10.zip --valid-from 2027-01-01
    """
    _need(zip_file)
    _show(bundles.compare(zip_file, bundles.active_types(schemas_dir, _today())), to_note=True)
    day = valid_from.date() if valid_from else _today()
    bundle = bundles.install(zip_file, schemas_dir, valid_from=day, now=dt.datetime.now(dt.UTC))
    note(f"{len(bundle.types)} message types are judged by {bundle.source} from {bundle.valid_from} on.")
    result(bundle.id)


@app.command()
def compare(
    zip_file: ZipArgument,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", help="Messages to judge by both.")] = None,
    schemas_dir: DirOption = DEFAULT_DIR,
) -> None:
    """Show what an official bundle would change, without installing it. Exit code 1 when anything differs.

    Example: hub schemas compare koppelvlak-jeugdzorg-1.0.10.zip sent/*.xml
    """
    for file in (zip_file, *(files or ())):
        _need(file)
    found = bundles.compare(zip_file, bundles.active_types(schemas_dir, _today()), files or ())
    if _show(found, to_note=False):
        raise typer.Exit(ExitCode.NEGATIVE)


def _need(file: Path) -> None:
    if not file.is_file():
        note(f"hub schemas: there is no file {file}.")
        raise typer.Exit(ExitCode.CANNOT)


def _show(found: tuple[bundles.Comparison, ...], *, to_note: bool) -> bool:
    """Show differences; whether there are any."""
    write = note if to_note else result
    differs = False
    for one in found:
        verdicts = [f"verdict: {file} ({_word(old)} -> {_word(new)})" for file, old, new in one.verdicts if old != new]
        lines = [*one.differences, *verdicts]
        differs = differs or bool(lines)
        write(f"{one.type.name}: {len(lines) or 'no'} difference{'' if len(lines) == 1 else 's'}")
        for line in lines:
            write(f"  {line}")
    return differs


def _word(valid: bool) -> str:
    return "valid" if valid else "invalid"
