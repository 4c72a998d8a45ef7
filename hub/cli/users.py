"""``hub users``: local accounts for the console."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.frame import JsonOption, configuration, group, note, result, result_json
from hub.errors import ConfigError
from hub.web.accounts import roles

if TYPE_CHECKING:
    from hub.journal.database import Database

app = group("Local accounts for the console.")

RolesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help=f"One of {', '.join(sorted(roles()))}. May be repeated.",
    ),
]


@contextmanager
def _journal() -> Iterator[Database]:
    from hub.assembly import Hub

    hub = Hub(configuration())
    try:
        yield hub.journal
    finally:
        hub.close()


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: RolesOption = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="KIND:VALUE", help="Only for this organisation (agb:12345678). May be repeated."),
    ] = None,
    display_name: Annotated[str, typer.Option("--display-name", help="What pages call this person.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
    ] = False,
) -> None:
    """Make a local account. Without a role it may do nothing. Writes its name.

    The password has 12 characters at least; it is asked for, unless --password-stdin is given.

    Examples:

      hub users add j.jansen --role privacy_officer

      hub users add beheer --role operator --password-stdin < /run/secrets/beheer
    """
    from hub.web.accounts import create_user

    password = _read_password() if password_stdin else _ask_password()
    with _journal() as journal:
        create_user(journal, name, role or (), password, display_name=display_name, scope=scope or ())
    result(name)
    if not role:
        note("hub: this account has no role yet, so it may do nothing")


@app.command("list")
def list_accounts(as_json: JsonOption = False) -> None:
    """List the accounts with their roles.

    Example: hub users list --json
    """
    from hub.web.accounts import list_users

    with _journal() as journal:
        accounts = list_users(journal)
    if as_json:
        rows = [(one.name, sorted(one.roles), sorted(one.scope), one.disabled) for one in accounts]
        result_json([dict(zip(("name", "roles", "scope", "disabled"), row, strict=True)) for row in rows])
        return
    for one in accounts:
        scope = f"  only {', '.join(sorted(one.scope))}" if one.scope else ""
        result(f"{one.name}  {', '.join(sorted(one.roles)) or 'no role'}{scope}{'  disabled' if one.disabled else ''}")
    if not accounts:
        note("hub: there are no accounts; make one with `hub users add NAME --role operator`")


@app.command()
def disable(name: Annotated[str, typer.Argument(help="Name of the account.")]) -> None:
    """Close an account and end its sessions at once. Its name stays taken, because timelines mention it.

    Example: hub users disable j.jansen
    """
    from hub.web.accounts import disable_user

    with _journal() as journal:
        if not disable_user(journal, name):
            raise ConfigError("there is no open account of this name; see `hub users list`.", key=name)
    note(f"hub: {name} can no longer sign in")


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise ConfigError("there is no keyboard to ask for a password: give --password-stdin.", key="--password-stdin")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked
