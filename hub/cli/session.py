"""What commands on a hub's journal share: opening it, who is at the keyboard, and finding the message that is meant."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import configuration, note
from hub.errors import ConfigError
from hub.message import Caller

if TYPE_CHECKING:
    from hub.assembly import Hub
    from hub.config import Config
    from hub.journal.reading import MessageView
    from hub.message import MessageId

#: User ids below this are accounts of programs; behind them sudo knows which person it is (Debian policy, 9.2.2).
FIRST_PERSON = 1000


@contextmanager
def opened(*, may_be_new: bool = False) -> Iterator[Hub]:
    """The hub of the settings, closed afterwards.

    Args:
        may_be_new: Whether an embedded journal is made when there is none; a command that only looks does not.

    Raises:
        ConfigError: A setting is wrong, or there is no journal yet.
        Unavailable: The journal is away.
    """
    from hub import telemetry
    from hub.assembly import Hub

    config = configuration()
    telemetry.configure(level="error", format="console")
    if not may_be_new and (path := sqlite_file(config)) is not None and not path.exists():
        key = "journal.url"
        text = "there is no journal here yet; `hub run` or `hub send` makes it, or name other settings with --config"
        raise ConfigError(text, file=config.file_of(key), key=key)
    hub = Hub(config)
    try:
        yield hub
    finally:
        hub.close()


def sqlite_file(config: Config) -> Path | None:
    """The file of an embedded journal, None when the journal is a server."""
    url = config.journal.url.reveal()
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def caller() -> Caller:
    """The person at the keyboard: the operating-system user, or the one who called sudo to become a program's account.

    Taken from the process, not from ``$USER``, which anybody can set.
    """
    number = os.getuid()
    behind = os.environ.get("SUDO_UID", "")
    if number < FIRST_PERSON and behind.isdigit():
        number = int(behind)
    try:
        return Caller("os_user", pwd.getpwuid(number).pw_name)
    except KeyError:
        return Caller("os_user", str(number))


def message_of(hub: Hub, text: str) -> MessageView:
    """The message that an id, or a reference of one message only, stands for. Ends the command when there is none."""
    from hub.journal import reading

    exact = reading.parse_id(text)
    if exact is not None and (view := reading.show(hub.journal, exact)) is not None:
        return view
    views = [
        view for found in reading.find(hub.journal, text.strip()) if (view := reading.show(hub.journal, found)) is not None
    ]
    outgoing = [view for view in views if view.direction == "out"]
    candidates = outgoing or views
    if not candidates:
        refuse("there is no message with this id or reference.", "`hub list` shows what there is.")
    if len(candidates) > 1:
        refuse(f"this reference leads to {len(candidates)} messages.", "`hub trace` shows them; then use an id.")
    return candidates[0]


def ids_of(hub: Hub, texts: list[str]) -> list[MessageId]:
    """Ids for what was typed, in order, each once; see ``message_of``."""
    return list(dict.fromkeys(message_of(hub, text).id for text in texts))


def partner_name(hub: Hub, connection: str) -> str:
    """How users know the partner behind a connection; the connection's own name when it is not configured (any more)."""
    from hub import configured

    if connection not in hub.config.connections:
        return connection
    settings = configured.connection_settings(hub.config, connection)
    return str(getattr(settings, "display_name", connection))


def refuse(text: str, hint: str = "", code: ExitCode = ExitCode.NEGATIVE) -> NoReturn:
    """End the command with one line on what is wrong and one on what to do."""
    note(f"hub: {text}")
    if hint:
        note(f"  {hint}")
    raise typer.Exit(code)
