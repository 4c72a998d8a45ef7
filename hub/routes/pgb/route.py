"""The route ``toekenning``: the full state of one PGB, to who pays it out.

A toekenning becomes a payload of the family that its municipality uses, in an envelope of the GGk. Messages about one budget
leave one at a time: the next when the previous one is answered, and a newer state takes the place of those that still wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.contracts.route import Built, Identity, Policy, Release, Series, Slot, Subject
from hub.errors import DecodeFailure, Finding, HubError, SchemaViolation
from hub.routes.pgb.document import Toekenning
from hub.routes.pgb.mapping import Family
from hub.routes.pgb.reading import read, text_of
from hub.routes.pgb.rules import check
from hub.routes.pgb.settings import PgbSettings, Wijze
from hub.routes.pgb.wording import finding
from hub.schemas import registry
from hub.schemas.parsing import parse_own
from hub.standards.istandaarden import HEEN, Envelop, Versies, read_envelope, write_envelope
from hub.standards.stuf import Stuurgegevens, Systeem

#: Number of the series of identifications, and the kind under which messages are found by it.
IDENTIFICATIE = "identificatie"
FOUND_BY = "pgb.identificatie"
#: Kind under which messages of a budget are found; the closing of a budget names it.
BUDGET = "pgb.budget"

#: Digits of tijdstipBericht: up to seconds.
_MOMENT_DIGITS = 14


@dataclass(frozen=True, slots=True)
class Granted:
    """What the ledger is told of a toekenning. ``state`` is personal and for a keyed digest only."""

    gemeente: str
    budgetnummer: str
    mutatie: str
    identificatie: str
    family: str
    begindatum: dt.date
    einddatum: dt.date
    cents: int
    withdrawn: bool
    state: bytes
    reeks: str = ""


class ToekenningRoute:
    """The outgoing route. Holds no state; any number of threads may build at once.

    Args:
        settings: What differs per organisation.
        families: By the names that ``settings.gemeenten`` uses.
        connection: Name of the partner connection.
    """

    name = "toekenning"
    title = "Toekenning van een PGB"

    def __init__(self, settings: PgbSettings, families: Mapping[str, Family], *, connection: str = "svb") -> None:
        self.settings = settings
        self.connection = connection
        self.sending_system = f"pgb/{settings.applicatie}"
        self.policy = Policy(
            release=Release.ANSWERED,
            newest_state_only=True,
            answer_within=settings.answer_within,
            deliver_within=settings.deliver_within,
            max_attempts=settings.max_attempts,
            keep_content=settings.keep_content,
        )
        self.families = dict(families)
        self._by_type = {one.type.tag: one for one in self.families.values()}

    def case_number_of(self, document: bytes) -> str | None:
        """The number of the budget.

        Raises:
            DecodeFailure: The document is too large or no JSON object.
        """
        return text_of(document, "budgetnummer")[:30] or None

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """Identifications, unique per sender, at most twelve characters.

        Raises:
            DecodeFailure: The document is too large or no JSON object.
        """
        del moment
        gemeente = text_of(document, "gemeente")
        sender = gemeente if gemeente in self.settings.gemeenten else "onbekend"
        return {IDENTIFICATIE: Series(f"pgb/identificatie/{sender}", "{:012d}")}

    def scope_of(self, document: bytes) -> str | None:
        """On behalf of the municipality that granted it.

        Raises:
            DecodeFailure: The document is too large or no JSON object.
        """
        gemeente = text_of(document, "gemeente")
        return f"gemeente:{gemeente}" if gemeente in self.settings.gemeenten else None

    def build(self, document: bytes, identity: Identity) -> Built:
        """Check the document and make the envelope. Pure; the day of ``identity.moment`` is "today".

        Raises:
            DecodeFailure: The document is too large or no JSON object.
            SchemaViolation: It breaks rules; each finding has a JSON Pointer in ``field``.
        """
        today = identity.moment.date()
        granted, wijze = self._judged(document, today)
        family = self.families[wijze.familie]
        ontvanger = wijze.ontvanger or family.ontvanger
        identificatie = identity.numbers[IDENTIFICATIE]
        about = Stuurgegevens(
            berichtcode="Di01",
            zender=Systeem(granted.gemeente, self.settings.applicatie),
            ontvanger=Systeem(ontvanger, self.settings.applicatie_ontvanger),
            referentienummer=identity.reference,
            tijdstip=identity.digits[:_MOMENT_DIGITS],
            functie=wijze.functie or family.functie,
        )
        payload = family.write(_fields(granted, identificatie, ontvanger, today))
        written = write_envelope(Envelop(about, payload, self._versions()))
        return Built(
            type=HEEN,
            body=written.body,
            slots=(Slot(written.moment, _MOMENT_DIGITS),),
            ordering_key=granted.budget,
            found_by=((FOUND_BY, f"{family.code}/{granted.gemeente}/{identificatie}"), (BUDGET, granted.budget)),
            subjects=(Subject(granted.budgethouder.bsn),),
            others=tuple(Subject(one.bsn) for one in granted.budgethouder.relaties if one.bsn),
            title="Toekenning PGB" if not granted.ingetrokken else "Intrekking PGB",
            attributes=_attributes(about),
            facts=_facts(granted, identificatie, wijze.familie),
        )

    def verify(self, built: Built) -> None:
        """Hold the envelope and what is in it against their schemas.

        Raises:
            HubError: Code ``unexpected``: it breaks them. The text names rules and places only.
        """
        try:
            envelope = parse_own(built.body)
            found = registry.validate(envelope, schema=registry.find(HEEN))
            if not found:
                payload = parse_own(read_envelope(envelope).bericht)
                family = self._by_type.get(str(payload.tag))
                if family is None:
                    raise HubError("the hub made a message with an unknown root element")
                found = family.registry.validate(payload, schema=family.type)
        except DecodeFailure as error:
            raise HubError(f"the hub made a message that cannot be read: {error.text}") from None
        if found:
            rules = ", ".join(sorted({f"{item.rule} at {item.path or item.line}" for item in found}))
            raise HubError(f"the hub made a message that breaks its schema: {rules}")

    def _judged(self, document: bytes, today: dt.date) -> tuple[Toekenning, Wijze]:
        reading = read(document)
        granted = reading.document
        findings = list(reading.findings) if granted is None else check(granted, today)
        wijze = None if granted is None else self.settings.wijze(granted.gemeente, today)
        if granted is not None and (wijze is None or wijze.familie not in self.families):
            findings.append(finding("PG11", "/gemeente"))
        _refuse(findings)
        assert granted is not None  # else there was a finding
        assert wijze is not None
        return granted, wijze

    def _versions(self) -> Versies:
        ours = self.settings
        return Versies(ours.applicatie_versie, ours.applicatie_subversie, ours.functie_versie, ours.functie_subversie)


def _refuse(findings: Sequence[Finding]) -> None:
    if findings:
        rules = ", ".join(sorted({item.rule for item in findings}))
        raise SchemaViolation(f"the toekenning breaks {len(findings)} rule(s): {rules}", findings)


def _fields(granted: Toekenning, identificatie: str, ontvanger: str, today: dt.date) -> dict[str, Any]:
    """What a mapping may name: the document, its contact address, and what the header needs."""
    fields = granted.model_dump(by_alias=True)
    holder = fields["budgethouder"]
    return {
        **fields,
        "contactadres": next(one for one in holder["adressen"] if one["contact"]),
        "relaties": holder["relaties"],
        "afzender": granted.gemeente,
        "ontvanger": ontvanger,
        "identificatie": identificatie,
        "dagtekening": today,
    }


def _attributes(about: Stuurgegevens) -> dict[str, str]:
    return {
        "functie": about.functie,
        "from_organisatie": about.zender.organisatie,
        "from_applicatie": about.zender.applicatie,
        "to_organisatie": about.ontvanger.organisatie,
        "to_applicatie": about.ontvanger.applicatie,
    }


def _facts(granted: Toekenning, identificatie: str, family: str) -> Granted:
    return Granted(
        gemeente=granted.gemeente,
        budgetnummer=granted.budgetnummer,
        mutatie=granted.mutatie,
        identificatie=identificatie,
        family=family,
        begindatum=granted.begindatum,
        einddatum=granted.einddatum,
        cents=int(granted.bedrag * 100),
        withdrawn=granted.ingetrokken,
        state=granted.state,
        reeks=granted.reeks or "",
    )
