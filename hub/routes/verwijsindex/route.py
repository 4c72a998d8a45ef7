"""The three outgoing routes. They share one ordering scope, so that a change or an end never overtakes its report.

``melding`` and ``melding_wijziging`` become messages only by a person's decision (Jeugdwet 7.1: no reporting without a human
act); decider and moment are in what is sent. ``melding_beeindiging`` needs none: removal in time is what the law demands.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from hub.contracts.route import Built, Identity, Policy, Series, Subject
from hub.errors import DecodeFailure, HubError
from hub.routes.verwijsindex.dates import latest_removal
from hub.routes.verwijsindex.document import Beeindiging, Melding, Professional, Wijziging
from hub.routes.verwijsindex.message import beeindiging_message, melding_message, wijziging_message
from hub.routes.verwijsindex.reading import read, read_object, refused
from hub.routes.verwijsindex.rules import check_melding, check_wijziging
from hub.routes.verwijsindex.settings import VerwijsindexSettings
from hub.schemas.parsing import parse_own
from hub.schemas.registry import find, validate

#: All three routes wait for each other, per report.
SCOPE = "verwijsindex/melding"


@dataclass(frozen=True, slots=True)
class MeldingFacts:
    """What the tables are to know of a report that was accepted; nothing about the young person but terms.

    Attributes:
        removal: When it is removed.
        latest: The last date that the law allows.
        ages_out: Whether ``latest`` is the 23rd birthday.
        informed: The answers about the information duty, words of closed lists.
    """

    melding_id: str
    gemeente: str
    reporter: str
    coordinator: str
    decided_by: str
    removal: dt.date
    latest: dt.date
    ages_out: bool
    informed: str


@dataclass(frozen=True, slots=True)
class WijzigingFacts:
    """What changes; None stays."""

    melding_id: str
    gemeente: str
    decided_by: str
    reporter: str | None
    coordinator: str | None
    removal: dt.date | None


@dataclass(frozen=True, slots=True)
class BeeindigingFacts:
    """That a report ends."""

    melding_id: str
    gemeente: str
    reason: str


class _Route(ABC):
    """What the three have in common. Holds no state; any number of threads may build at once."""

    name: str
    title: str
    needs_decision = True
    sending_system = "verwijsindex"

    def __init__(self, settings: VerwijsindexSettings, *, connection: str = "verwijsindex") -> None:
        self.settings = settings
        self.connection = connection
        self.policy = Policy(
            ordering_scope=SCOPE,
            deliver_within=settings.deliver_within,
            max_attempts=settings.max_attempts,
            keep_content=settings.keep_content,
            needs_decision=self.needs_decision,
        )

    def case_number_of(self, document: bytes) -> str | None:
        """Never given: reports have a number of their own. Raises: DecodeFailure."""
        read_object(document)
        return None

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """None: whoever proposes gives the report its number, so that the same report is known when it comes twice."""
        del document, moment
        return {}

    def scope_of(self, document: bytes) -> str | None:
        """On behalf of a municipality. Raises: DecodeFailure."""
        gemeente = read_object(document).get("gemeente")
        return f"gemeente:{gemeente}" if isinstance(gemeente, str) and len(gemeente) == 4 and gemeente.isdigit() else None

    def verify(self, built: Built) -> None:
        """Hold the message against the schema of the closed list.

        Raises:
            HubError: Code ``unexpected``: it breaks it. The text names rules only.
        """
        try:
            found = validate(parse_own(built.body), schema=find(built.type))
        except DecodeFailure as error:
            raise HubError(f"the hub made a message that cannot be read: {error.text}") from error
        if found:
            rules = ", ".join(sorted({f"{one.rule} at {one.path or one.line}" for one in found}))
            raise HubError(f"the hub made a message that breaks its schema: {rules}")

    @abstractmethod
    def build(self, document: bytes, identity: Identity) -> Built:
        """Check the document and make the message. Pure.

        Raises:
            DecodeFailure: It cannot be read.
            SchemaViolation: It breaks rules, or holds what is not on the closed list.
        """

    def _decided(self, identity: Identity) -> str:
        """Who decided; a second lock beside ``Policy.needs_decision``. Raises: HubError."""
        if identity.decided_by is None or identity.decided_at is None:
            raise HubError(f"{self.name}: nobody decided", code="needs_decision")
        return str(identity.decided_by)


class MeldingRoute(_Route):
    """A report."""

    name = "melding"
    title = "Melding in de verwijsindex"

    def build(self, document: bytes, identity: Identity) -> Built:
        """See ``_Route``. The day of the decision is "today": a proposal decided weeks later is judged anew."""
        melding = read(Melding, document)
        decided_by, today = self._decided(identity), _day(identity)
        if found := check_melding(melding, today, self.settings.switched_off):
            raise refused(found)
        latest = latest_removal(melding.jongere.geboortedatum, today)
        removal = melding.verwijderdatum or latest
        informed = melding.geinformeerd.model_dump(exclude_none=True)
        facts = MeldingFacts(
            melding_id=melding.meldingId,
            gemeente=melding.gemeente,
            reporter=account_of(melding.melder) or "",
            coordinator=account_of(melding.coordinator) or "",
            decided_by=decided_by,
            removal=removal,
            latest=latest,
            ages_out=latest < latest_removal(today, today),
            informed=", ".join(f"{who}: {answer}" for who, answer in sorted(informed.items())),
        )
        return Built(
            type="virMelding",
            body=melding_message(melding, removal, identity),
            ordering_key=melding.meldingId,
            unique=(("melding", melding.meldingId),),
            subjects=() if melding.jongere.bsn is None else (Subject(melding.jongere.bsn),),
            title=self.title,
            facts=facts,
        )


class WijzigingRoute(_Route):
    """A change of contact data or removal date."""

    name = "melding_wijziging"
    title = "Wijziging van een melding"

    def build(self, document: bytes, identity: Identity) -> Built:
        """See ``_Route``. Whether the new date is allowed for this report is looked at when it is accepted."""
        wijziging = read(Wijziging, document)
        decided_by = self._decided(identity)
        if found := check_wijziging(wijziging, _day(identity), self.settings.switched_off):
            raise refused(found)
        facts = WijzigingFacts(
            wijziging.meldingId,
            wijziging.gemeente,
            decided_by,
            account_of(wijziging.melder),
            account_of(wijziging.coordinator),
            wijziging.verwijderdatum,
        )
        return Built(
            type="virMeldingWijziging",
            body=wijziging_message(wijziging, identity),
            ordering_key=wijziging.meldingId,
            found_by=(("melding", wijziging.meldingId),),
            title=self.title,
            facts=facts,
        )


class BeeindigingRoute(_Route):
    """The end of a report; the hub sends it by itself when the time has come."""

    name = "melding_beeindiging"
    title = "Verwijdering van een melding"
    needs_decision = False

    def build(self, document: bytes, identity: Identity) -> Built:
        """See ``_Route``."""
        del identity
        beeindiging = read(Beeindiging, document)
        return Built(
            type="virMeldingBeeindiging",
            body=beeindiging_message(beeindiging),
            ordering_key=beeindiging.meldingId,
            found_by=(("melding", beeindiging.meldingId),),
            title=self.title,
            facts=BeeindigingFacts(beeindiging.meldingId, beeindiging.gemeente, beeindiging.reden),
        )


def account_of(who: Professional | None) -> str | None:
    """The account of a professional, as callers are written."""
    return None if who is None else f"user:{who.id}"


def _day(identity: Identity) -> dt.date:
    return (identity.decided_at or identity.moment).date()
