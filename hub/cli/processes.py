"""The processes of a hub: everything in one, or each role apart."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.ending import Ending
from hub.cli.frame import configuration, note
from hub.cli.session import opened, sqlite_file

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from hub.assembly import Hub
    from hub.config import Config
    from hub.delivery.roles import Roles
    from hub.delivery.worker import Worker
    from hub.journal.database import Database


@contextmanager
def _process(
    *, declare: bool = True, alone: bool = False, web: bool = False
) -> Iterator[tuple[Hub, Roles, socket.socket | None]]:
    """A hub with its roles, which ends in good order on SIGTERM and Ctrl-C.

    What another program may hold is taken before anything is made or started: the embedded journal and the address.

    Args:
        declare: Whether to make the queues.
        alone: Whether no other process may deliver from an embedded journal.
        web: Whether to take the address of the web server.

    Raises:
        ConfigError: Something is wrong with the settings, or held by another program.
    """
    ending = Ending.by_signals()
    from hub import __version__, telemetry  # slow to import
    from hub.assembly import Hub, freeze_loaded
    from hub.delivery.roles import Roles
    from hub.journal.locking import in_use
    from hub.telemetry import LogEvent

    config = configuration()
    telemetry.configure(level=config.log.level, format=config.log.format)
    log = telemetry.get_logger()
    if ending.asked:
        raise typer.Exit  # before anything is opened
    hub, closing = Hub(config), ExitStack()
    roles = Roles(hub.keeps_failing)
    try:
        if (file := sqlite_file(config)) is not None:
            closing.enter_context(in_use(file, alone=alone))
        listener = _listen(config, closing) if web else None
        _ = hub.keyring, hub.journal, hub.routes
        if alone:
            hub.release_the_dead()
        if declare:
            _declare(hub)
        yield hub, roles, listener
        freeze_loaded()
        log.info(LogEvent.HUB_STARTED, version=__version__)
        ending.wait()
        log.info(LogEvent.HUB_STOPPING)
    finally:
        roles.stop()
        hub.close()
        closing.close()
        log.info(LogEvent.HUB_STOPPED)


def _listen(config: Config, closing: ExitStack) -> socket.socket:
    from hub.web.server import listen  # slow to import

    return closing.enter_context(listen(config.web))


def _url(listener: socket.socket | None) -> str:
    from hub.web.server import url_of

    assert listener is not None
    return url_of(listener)


def _declare(hub: Hub) -> None:
    """Make the queues; a broker that is away now is tried again by the dispatcher."""
    from hub import telemetry
    from hub.errors import NotConnected

    try:
        hub.broker.declare(hub.sending_connections())
    except NotConnected as error:
        telemetry.get_logger().warning(telemetry.LogEvent.BROKER_LOST, text=error.text)


def _start_delivery(hub: Hub, roles: Roles) -> None:
    for name in hub.sending_connections():
        roles.start(f"worker-{name}", _worker(hub, name))
    for name in hub.polled_connections():
        roles.start(f"poller-{name}", partial(hub.poller, name))
    roles.start("dispatcher", hub.dispatcher)
    _start_housekeeping(hub, roles)


def _start_housekeeping(hub: Hub, roles: Roles) -> None:
    roles.start("housekeeper", hub.housekeeper)
    if hub.duties:
        roles.start("duties", hub.duty_runner)


def _start_folders(hub: Hub, roles: Roles) -> None:
    """Watch every configured folder; a wrong one is told before anything starts."""
    for name in hub.config.folders:
        hub.folder(name).check()
    for name in hub.config.folders:
        roles.start(f"folder-{name}", partial(hub.folder, name))


def _worker(hub: Hub, name: str) -> Callable[[], Worker]:
    return lambda: hub.worker(name)


def run(
    held: Annotated[bool, typer.Option("--held", help="Send nothing until a person resumes: for after a restore.")] = False,
) -> None:
    """Run the whole hub in one process: API, console, endpoints, dispatcher, workers and housekeeper.

    Without configuration it is embedded: SQLite and a broker in memory, data in ./var.

    Examples:

      hub run

      hub --config config/hub.toml run

      hub run --held
    """
    with _process(alone=True, web=True) as (hub, roles, listener):
        from hub.web.server import WebServer

        if held:
            _hold(hub.journal)
        _start_delivery(hub, roles)
        _start_folders(hub, roles)
        roles.start("web", lambda: WebServer(hub, listener=listener))
        note(f"hub: running, status page on {_url(listener)}/")


def _hold(journal: Database) -> None:
    """Send nothing until a person resumes each connection, and skip numbers."""
    from hub.journal.units.restoring import hold

    names = journal.run(hold, "system:hub")
    note(f"hub: held; look around, then resume with: hub partners resume {' | '.join(names) or 'NAME'}")


def serve() -> None:
    """Run the API, the console and the endpoints for partners.

    Example:

      hub serve
    """
    with _process(declare=False, web=True) as (hub, roles, listener):
        from hub.web.server import WebServer

        _start_folders(hub, roles)
        roles.start("web", lambda: WebServer(hub, listener=listener))
        note(f"hub: serving on {_url(listener)}/")


def dispatch() -> None:
    """Run a dispatcher: it gives tickets to messages that are due. Several may run.

    Example:

      hub dispatch
    """
    with _process() as (hub, roles, _):
        roles.start("dispatcher", hub.dispatcher)
        note(f"hub: dispatching for {', '.join(hub.sending_connections()) or 'no connection'}")


def worker(
    connection: Annotated[str, typer.Argument(help="Name of a connection in the configuration.")],
) -> None:
    """Run a worker for one partner connection. Several may run.

    Example:

      hub worker NAME
    """
    with _process() as (hub, roles, _):
        hub.worker(connection)  # a wrong name or setting is told before anything starts
        roles.start(f"worker-{connection}", _worker(hub, connection))
        if connection in hub.polled_connections():
            roles.start(f"poller-{connection}", partial(hub.poller, connection))
        note(f"hub: working for {connection}")


def housekeep() -> None:
    """Run the housekeeper (leases, overdue answers, retention, seals) and what exchanges do by the clock. Several may run.

    Example:

      hub housekeep
    """
    with _process(declare=False) as (hub, roles, _):
        _start_housekeeping(hub, roles)
        note("hub: keeping house")


def migrate(
    held: Annotated[bool, typer.Option("--held", help="Also hold every connection and skip numbers: after a restore.")] = False,
) -> None:
    """Bring the journal's tables to this version. Safe to repeat; run it before the processes of a new version.

    Examples:

      hub migrate

      hub migrate --held
    """
    from hub.journal.opening import migrate as bring_up_to_date
    from hub.journal.opening import open_journal, revision

    if (path := sqlite_file(configuration())) is not None and not path.exists():
        with opened(may_be_new=True) as hub:
            _ = hub.journal  # a new embedded journal has its keys from the start
    from hub.configured import exchange_tables

    journal = open_journal(configuration().journal.url.reveal())
    try:
        bring_up_to_date(journal, exchange_tables())
        note(f"hub: the journal is at revision {revision(journal)}")
        if held:
            _hold(journal)
    finally:
        journal.close()
