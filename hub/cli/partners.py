"""``hub partners``: the connections to chain partners, and stopping and starting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, group, note, result, result_json
from hub.cli.session import caller, opened, partner_name, refuse
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.assembly import Hub

app = group("List, pause, resume and ping partners.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of a connection; see `hub partners list`.")]

#: Code of a pause that a person asked for.
BY_PERSON = "by_person"
_COUNTS = ("waiting", "sending", "sent", "parked")


@app.command("list", short_help="List connections, their state and their messages.")
def list_partners(as_json: JsonOption = False) -> None:
    """List connections: state, window, and how many messages wait, are under way and are parked.

    \b
    Examples:
      hub partners list
      hub partners list --json
    """
    with opened() as hub:
        rows = _rows(hub)
    if as_json:
        result_json(rows)
        return
    if not rows:
        note("hub: no connections are configured; see config/hub.example.toml")
    for row in rows:
        counts = ", ".join(f"{row[name]} {name}" for name in _COUNTS if row[name]) or "nothing under way"
        code = f" ({row['code']})" if row["code"] else ""
        window = f"window {row['window']}/{row['window_max']}"
        result(f"{row['name']:<14} {row['title']:<14} {row['state'] + code:<24} {window:<14} {counts}")


@app.command()
def pause(name: NameArgument, as_json: JsonOption = False) -> None:
    """Stop sending over a connection. Messages are still accepted and wait; calls that run are finished.

    Example: hub partners pause NAME
    """
    from hub.journal.units import connections

    with opened() as hub:
        _known(hub, name)
        changed = hub.journal.run(connections.pause, name, BY_PERSON, str(caller()))
    _tell(name, "paused", changed, as_json=as_json)


@app.command(short_help="Send over a connection again, carefully.")
def resume(name: NameArgument, as_json: JsonOption = False) -> None:
    """Send over a connection again, carefully: one message first, then more. Also ends the pause after a fault.

    Example: hub partners resume NAME
    """
    from hub.journal.units import connections

    with opened() as hub:
        _known(hub, name)
        changed = hub.journal.run(connections.resume, name, str(caller()))
    _tell(name, "open", changed, as_json=as_json)


@app.command(short_help="Ask a partner whether it is there.")
def ping(name: NameArgument, as_json: JsonOption = False) -> None:
    """Ask a partner whether it is there, without effect; where it knows no such question, only connect.

    Exit code 0 when it is, 3 when it is not.

    Example: hub partners ping NAME
    """
    from hub.cli.frame import configuration

    ok, text = ping_connection(configuration(), name)
    if as_json:
        result_json({"name": name, "ok": ok, "text": text})
    else:
        result(f"{name}: {'ok' if ok else 'away'}: {text}")
    raise typer.Exit(ExitCode.OK if ok else ExitCode.AWAY)


def ping_connection(config: Any, name: str) -> tuple[bool, str]:
    """Whether the partner behind a connection is there, and what was learned; safe text.

    Raises:
        ConfigError: There is no such connection, or its settings are wrong.
    """
    from hub import configured
    from hub.errors import ConfigError

    if name not in config.connections:
        known = ", ".join(config.connections) or "none"
        raise ConfigError(f"there is no connection {name!r}; configured: {known}", key="connections")
    adapter = configured.adapter_of(config, name)
    adapter.open()
    try:
        health = adapter.ping()
        return health.ok, health.text
    except ConfigError:
        raise
    except HubError as error:
        return False, f"{error.code}: {error.text}"
    finally:
        adapter.close()


def _rows(hub: Hub) -> list[dict[str, Any]]:
    from hub.journal import reading

    rows = []
    for row in reading.connection_states(hub.journal):
        configured = hub.config.connections.get(row["name"])
        rows.append(
            {
                "name": row["name"],
                "partner": row["partner"],
                "title": partner_name(hub, row["name"]),
                "state": "off" if configured is None or not configured.enabled else row["state"],
                "code": row["code"],
                "window": row["window_now"],
                "window_max": row["window_max"],
                "failures": row["failures"],
                "since": _iso(row["since"]),
                "probe_at": _iso(row["probe_at"]),
                "changed_by": row["changed_by"],
                "last_success": _iso(row["last_success"]),
                **{name: row[name] for name in _COUNTS},
            }
        )
    return rows


def _iso(micros: int | None) -> str | None:
    from hub.journal import reading

    return None if micros is None else reading.moment(micros).isoformat()


def _known(hub: Hub, name: str) -> None:
    if name not in {row["name"] for row in _rows(hub)}:
        refuse(f"there is no connection {name!r}.", "`hub partners list` shows them.")


def _tell(name: str, state: str, changed: bool, *, as_json: bool) -> None:
    if as_json:
        result_json({"name": name, "state": state, "changed": changed})
    else:
        note(f"hub: {name} is {state}" + ("" if changed else " already"))
