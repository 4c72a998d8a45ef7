"""Assembly: puts the parts of a hub together from its configuration. Every process and command starts here.

Parts are made when they are first asked for, so that a command that only reads opens only the journal.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from hub import certificates, configured, registry
from hub.broker.opening import open_broker
from hub.config import Config
from hub.contracts.broker import Broker
from hub.contracts.duty import Duty
from hub.contracts.exchange import EffectsMaking
from hub.contracts.route import Route
from hub.crypto.keyring import Keyring
from hub.delivery.dispatcher import Dispatcher
from hub.delivery.duties import DutyRunner
from hub.delivery.heartbeat import Heartbeat
from hub.delivery.housekeeper import Housekeeper
from hub.delivery.processes import own_name
from hub.delivery.progress import Progress
from hub.delivery.retry import RetryPolicy
from hub.delivery.throttle import Throttle
from hub.delivery.worker import Worker, WorkerOptions
from hub.errors import ConfigError, Finding
from hub.inbound.poller import Poller
from hub.inbound.reception import Reception
from hub.intake.budget import ByteBudget
from hub.intake.folder import FolderDoor
from hub.intake.intake import Intake
from hub.journal.contents import open_sealed
from hub.journal.database import Database, Tx
from hub.journal.effects import EffectsTable
from hub.journal.opening import check_revision, migrate, open_journal
from hub.journal.reading import SealedContent
from hub.journal.records import NewMessage
from hub.journal.units import connections as connection_units
from hub.journal.units import keeping as keeping_units
from hub.journal.units import processes as process_units
from hub.message import Caller, MessageId, Repeat

_DAY = 86_400_000_000


def freeze_loaded() -> None:
    """Tell the garbage collector that what this process has loaded by now stays; for processes that run on.

    A full collection stops every thread while it walks some 110,000 objects of modules and models: 66 ms, measured, in the
    midst of calls that take 3. What is made later is collected as ever.
    """
    gc.collect()
    gc.freeze()


class DutyParts(NamedTuple):
    """What the hub hands to its duties, as ``DutyContext.parts``."""

    config: Config
    journal: Database
    keyring: Keyring
    routes: Mapping[str, Route]
    intake: Intake


class Hub:
    """The parts of one hub in one process. Call ``close`` at the end."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.process = own_name()
        self.budget = ByteBudget(config.web.byte_budget)

    @cached_property
    def journal(self) -> Database:
        """The system of record. Embedded, its tables are made and brought up to date by opening it."""
        url = self.config.journal.url.reveal()
        database = open_journal(url, idle=self.config.journal.pool_size)
        try:
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: Database) -> None:
        if database.dialect == "sqlite":
            if self._journal_is_new and self.embedded:  # looked at before the file is made
                _ = self.keyring
            migrate(database, configured.exchange_tables())
        else:
            check_revision(database, configured.exchange_tables())
        making = EffectsMaking(routes=lambda: self.routes, keyring=lambda: self.keyring)
        database.effects = EffectsTable(configured.effects(making), prepare=self._follow_up, opener=self._open)
        database.run(
            connection_units.ensure,
            [(name, one.partner, one.window) for name, one in self.config.connections.items()],
        )

    def _follow_up(self, route: str, document: bytes, caller: Caller, /, *, cause: MessageId | None, tx: Tx) -> NewMessage:
        return self.intake.prepare(route, document, caller, cause=cause, tx=tx)

    def _open(self, sealed: SealedContent) -> bytes:
        return open_sealed(self.keyring, sealed)

    @cached_property
    def embedded(self) -> bool:
        """Whether the broker lives inside this process."""
        return self.config.broker.url.reveal().startswith("memory:")

    @cached_property
    def broker(self) -> Broker:
        """Carries the tickets; not connected yet."""
        settings = self.config.broker
        return open_broker(
            settings.url.reveal(),
            ticket_life=settings.ticket_life_seconds,
            ca_file=settings.ca_file,
            certificate_file=settings.certificate_file,
            key_file=settings.key_file,
        )

    @cached_property
    def keyring(self) -> Keyring:
        """The keys. Only a new, embedded hub makes its own; anywhere else a lost key file has to be restored."""
        settings = self.config.keys
        if self.embedded and self.config.journal.url.reveal().startswith("sqlite:") and self._journal_is_new:
            return Keyring.load_or_create(settings.file, active=settings.active)
        return Keyring.load(settings.file, active=settings.active)

    @cached_property
    def _journal_is_new(self) -> bool:
        path = Path(self.config.journal.url.reveal().removeprefix("sqlite:///"))
        return not path.exists()

    @cached_property
    def routes(self) -> dict[str, Route]:
        """Every route that can be used."""
        return configured.make_routes(self.config)

    @cached_property
    def intake(self) -> Intake:
        """Where documents come in."""
        unsafe = frozenset(
            name
            for name, one in self.config.connections.items()
            if one.partner in registry.partners() and registry.partners()[one.partner].repeat == Repeat.UNSAFE
        )
        partners = {name: one.partner for name, one in self.config.connections.items()}
        documents = {name: configured.document_of(name) for name in self.routes}
        comparing = {name: one.compare for name, one in documents.items() if one.compare is not None}
        return Intake(
            self.journal,
            self.keyring,
            self.routes,
            unsafe=unsafe,
            partners=partners,
            budget=self.budget,
            comparing=comparing,
            assignees={name: one.assignee for name, one in documents.items() if one.assignee is not None},
        )

    @cached_property
    def receptions(self) -> dict[str, Reception]:
        """What partners send us, by the path they send it to."""
        found: dict[str, Reception] = {}
        for name, one in self.config.connections.items():
            partner = registry.partners().get(one.partner)
            if partner is None or not partner.endpoint:
                continue
            endpoint = registry.load(partner.endpoint)(configured.connection_settings(self.config, name))
            if endpoint.path in found:
                key = f"connections.{name}.settings.inbound.path"
                raise ConfigError("another connection listens here already", file=self.config.file_of(key), key=key)
            found[endpoint.path] = Reception(
                self.journal,
                self.keyring,
                endpoint,
                connection=name,
                keep_refused=self.config.housekeeping.keep_refused_days * _DAY,
                budget=self.budget,
            )
        return found

    def folder(self, name: str) -> FolderDoor:
        """The watched folder of this name.

        Raises:
            ConfigError: A setting is wrong, or its route cannot be used.
        """
        settings = self.config.folders[name]
        if settings.route not in self.routes:
            key, known = f"folders.{name}.route", ", ".join(self.routes) or "none"
            text = f"there is no usable route {settings.route!r}; usable: {known}"
            raise ConfigError(text, file=self.config.file_of(key), key=key)
        document = configured.document_of(settings.route)

        def earlier(message_id: MessageId, content: bytes) -> list[Finding]:
            return document.earlier(self.journal, self.keyring, message_id, content)

        return FolderDoor(
            settings,
            name=name,
            intake=self.intake,
            keyring=self.keyring,
            sentence=document.sentence,
            earlier=earlier,
            clash=document.clash,
            formats=document.formats,
        )

    def release_the_dead(self) -> None:
        """At the start of the one process of an embedded hub: every ticket and lease is of a process that is gone."""
        if self.embedded and self.journal.dialect == "sqlite":
            self.journal.run(process_units.release_all)

    def keeps_failing(self, role: str) -> None:
        """Tell the journal that a role of this process fails again and again. Raises: Unavailable."""
        self.journal.run(keeping_units.beat, f"{self.process}/failing {role}", role, "role_fails")

    def heartbeat(self, role: str) -> Heartbeat:
        """Says that a role of this process lives."""
        return Heartbeat(self.journal, self.process, role)

    def routes_of(self, connection: str) -> list[str]:
        """Names of the routes whose messages may wait for a connection.

        Also of those that are switched off or leave by another connection now: what they accepted before still goes.
        """
        partner = self.config.connections[connection].partner
        return [name for name, (exchange, _) in registry.routes().items() if exchange.partner == partner]

    def sending_connections(self) -> list[str]:
        """Connections that messages may leave by."""
        return [name for name, one in self.config.connections.items() if one.enabled and self.routes_of(name)]

    def dispatcher(self) -> Dispatcher:
        """A dispatcher for every enabled connection."""
        delivery = self.config.delivery
        return Dispatcher(
            self.journal,
            self.broker,
            {name: self.routes_of(name) for name in self.sending_connections()},
            ticket_life=self.config.broker.ticket_life_seconds,
            poll=delivery.poll_seconds,
            confirm_timeout=self.config.broker.publish_timeout_seconds,
            most=max(delivery.max_batch, 20),
            process=self.process,
            heartbeat=self.heartbeat("dispatcher"),
        )

    def worker(self, connection: str) -> Worker:
        """A worker for one connection.

        Raises:
            ConfigError: There is no such connection, or its settings are wrong.
        """
        if connection not in self.config.connections:
            known = ", ".join(self.config.connections) or "none"
            raise ConfigError(f"there is no connection {connection!r}; configured: {known}", key="connections")
        one = self.config.connections[connection]
        configured.connection_settings(self.config, connection)  # wrong ones are told now, not by the first call
        delivery = self.config.delivery
        return Worker(
            self.journal,
            self.broker,
            self.keyring,
            connection,
            lambda: configured.adapter_of(self.config, connection),
            options=WorkerOptions(
                concurrency=one.concurrency,
                call_deadline=one.call_deadline_seconds,
                lease_margin=delivery.lease_margin_seconds,
                batch=delivery.max_batch,
            ),
            retry=RetryPolicy(delivery.retry_base_seconds, delivery.retry_max_seconds, delivery.unexpected_attempts),
            process=self.process,
            heartbeat=self.heartbeat(f"worker {connection}"),
            throttle=Throttle(
                delivery.breaker_failures, delivery.parked_in_a_row, delivery.breaker_seconds, delivery.breaker_max_seconds
            ),
        )

    def housekeeper(self) -> Housekeeper:
        """The housekeeper."""
        keeping = self.config.housekeeping
        return Housekeeper(
            self.journal,
            heartbeat=self.heartbeat("housekeeper"),
            seals=keeping.seal_file,
            pace=keeping.interval_seconds,
            deaths_allowed=self.config.delivery.worker_deaths,
            keep_access_log=keeping.keep_access_log_days * _DAY,
            keep_drafts=self._keep_drafts(),
            certificates=lambda: certificates.ending(self.config),
            health=Progress(self.journal, self.sending_connections).look,
        )

    @cached_property
    def duties(self) -> list[Duty[DutyParts]]:
        """What the exchanges of this hub do by the clock."""
        return configured.duties(self.config)

    def duty_runner(self) -> DutyRunner[DutyParts]:
        """The role that does it."""
        parts = DutyParts(self.config, self.journal, self.keyring, self.routes, self.intake)
        return DutyRunner(self.journal, self.duties, parts, process=self.process, heartbeat=self.heartbeat("duties"))

    def polled_connections(self) -> list[str]:
        """Connections over which the hub fetches messages."""
        return [
            name
            for name, one in self.config.connections.items()
            if one.enabled and one.partner in registry.partners() and registry.partners()[one.partner].source
        ]

    def poller(self, connection: str) -> Poller:
        """The role that fetches over this connection."""
        configured.connection_settings(self.config, connection)  # wrong ones are told now, not by the first poll
        reception = Reception(
            self.journal,
            self.keyring,
            None,
            connection=connection,
            partner=self.config.connections[connection].partner,
            keep_refused=self.config.housekeeping.keep_refused_days * _DAY,
            budget=self.budget,
        )
        return Poller(
            self.journal,
            lambda: configured.source_of(self.config, connection),
            reception,
            process=self.process,
            heartbeat=self.heartbeat(f"poller {connection}"),
        )

    def _keep_drafts(self) -> int | None:
        """The longest term of any route whose documents can be drafted."""
        terms = [route.policy.keep_drafts for route in self.routes.values() if route.policy.keep_drafts is not None]
        return int(max(terms).total_seconds() * 1_000_000) if terms else None

    def close(self) -> None:
        """Close what was opened. Idempotent."""
        for name in ("intake", "broker", "journal"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()
