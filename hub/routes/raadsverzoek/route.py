"""The route ``raadsverzoek``: a Verzoek tot Onderzoek to the Raad voor de Kinderbescherming, by way of CORV.

One document becomes one ``vtoDi01``. It stays open until the Raad's side has answered with ``Bv01`` or ``Fo01``, and no answer
within ``answer_within`` is a task: requests have fallen between two stools. The document, its rules and the mapping are in the
modules beside this one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from hub.contracts.route import CASE_NUMBER, Built, Identity, Policy, Release, Series, Slot, Subject
from hub.errors import DecodeFailure, Finding, HubError, SchemaViolation
from hub.routes.raadsverzoek.attachments import megabytes
from hub.routes.raadsverzoek.document import Verzoek
from hub.routes.raadsverzoek.message import build_vto
from hub.routes.raadsverzoek.reading import kenmerk_in, read
from hub.routes.raadsverzoek.rules import KENMERK, check
from hub.routes.raadsverzoek.settings import RaadsverzoekSettings
from hub.routes.raadsverzoek.wording import finding
from hub.schemas.parsing import parse_own
from hub.schemas.registry import find, validate
from hub.schemas.rules import check_rules

#: What judges the built message: its bytes in, findings out.
SchemaCheck = Callable[[bytes], Sequence[Finding]]

_TYPE = "vtoDi01"


def own_schema_check(body: bytes) -> tuple[Finding, ...]:
    """Judge a ``vtoDi01`` by the project's own schema and by the receiver's rule against empty elements.

    Raises:
        DecodeFailure: It is no XML that the hub reads.
    """
    root = parse_own(body)
    known = find(_TYPE)
    return (*validate(root, schema=known), *check_rules(root, known))


class Raadsverzoek:
    """The outgoing route to the Raad. Holds no state; any number of threads may build at once.

    Args:
        settings: What differs per organisation.
        connection: Name of the partner connection.
        schema_check: Judges the message. What it finds is a bug of ours, because the rules of the document are stricter.
    """

    name = "raadsverzoek"
    title = "Verzoek tot onderzoek aan de Raad"

    def __init__(
        self, settings: RaadsverzoekSettings, *, connection: str = "corv", schema_check: SchemaCheck = own_schema_check
    ) -> None:
        self.settings = settings
        self.connection = connection
        self.sending_system = f"{settings.zender.organisatie}/{settings.zender.applicatie}"
        self.policy = Policy(
            release=Release.ANSWERED,
            answer_within=settings.answer_within,
            deliver_within=settings.deliver_within,
            max_attempts=settings.max_attempts,
            keep_content=settings.keep_content,
            keep_drafts=settings.keep_drafts,
        )
        self._schema_check = schema_check

    def case_number_of(self, document: bytes) -> str | None:
        """The case number the caller gave, or None when the hub must allot one (``settings.kenmerk_prefix``).

        Raises:
            DecodeFailure: The document is too large or no JSON object.
        """
        return kenmerk_in(document, self.settings.max_document_bytes)

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """Case numbers that begin anew each year."""
        del document
        prefix = f"{self.settings.kenmerk_prefix}-{moment.year}"
        return {CASE_NUMBER: Series(f"kenmerk/{prefix}", f"{prefix}-{{:06d}}", "kenmerk")}

    def scope_of(self, document: bytes) -> str | None:
        """Requests are made on behalf of the whole organisation."""
        del document
        return None

    def check(self, document: bytes, today: dt.date) -> list[Finding]:
        """All findings about a document, errors and warnings, without building it; for a form that is being filled in.

        Raises:
            DecodeFailure: The document is too large or no JSON object.
        """
        return self._judge(document, today)[1]

    def build(self, document: bytes, identity: Identity) -> Built:
        """Check the document and make the ``vtoDi01``. Pure; the day of ``identity.moment`` is "today".

        Raises:
            DecodeFailure: The document is too large or no JSON object.
            SchemaViolation: It breaks rules; each finding has a JSON Pointer in ``field``.
        """
        verzoek, findings = self._judge(document, identity.moment.date())
        _refuse(findings)  # first: a kenmerk of the caller that could not be read is his to mend
        kenmerk = verzoek.kenmerk or identity.case_number
        if not KENMERK.fullmatch(kenmerk) and verzoek.kenmerk is None:
            raise HubError("the kenmerk that was allotted has not the form that CORV takes")
        body, places = build_vto(verzoek, identity, self.settings)
        if len(body) > (most := self.settings.max_xml_bytes):
            _refuse([finding("RV20.message", "/documenten", x=megabytes(len(body)), max=megabytes(most))])
        return Built(
            type=_TYPE,
            body=body,
            slots=tuple(Slot(place.offset, place.length) for place in places),
            ordering_key=kenmerk,
            unique=(("kenmerk", kenmerk),),
            subjects=tuple(Subject(child.bsn) for child in verzoek.kinderen if child.bsn is not None),
            others=tuple(Subject(other.bsn) for other in verzoek.betrokkenen if other.bsn is not None),
            title=_title(verzoek),
            attributes=self._attributes(),
            warnings=tuple(findings),
            facts=tuple(verzoek.number_of(index) for index in range(len(verzoek.kinderen))),
        )

    def verify(self, built: Built) -> None:
        """Hold the message against its schema and the receiver's rules.

        Raises:
            HubError: Code ``unexpected``: it breaks them. The text names rules and lines only.
        """
        try:
            found = self._schema_check(built.body)
        except DecodeFailure as error:
            raise HubError(f"the hub made a message that cannot be read: {error.text}") from error
        if found:
            rules = ", ".join(sorted({f"{item.rule} at {item.path or item.line}" for item in found}))
            raise HubError(f"the hub made a message that breaks its schema: {rules}")

    def _judge(self, document: bytes, today: dt.date) -> tuple[Verzoek, list[Finding]]:
        reading = read(document, self.settings.max_document_bytes)
        findings = [item for item in check(reading.document, self.settings, today) if not reading.tells(item)]
        return reading.document, [*reading.findings, *findings]

    def _attributes(self) -> dict[str, str]:
        zender, ontvanger = self.settings.zender, self.settings.ontvanger
        return {
            "functie": _TYPE,
            "from_organisatie": zender.organisatie,
            "from_applicatie": zender.applicatie,
            "to_organisatie": ontvanger.organisatie,
            "to_applicatie": ontvanger.applicatie,
        }


def _refuse(findings: Sequence[Finding]) -> None:
    errors = sum(item.severity == "error" for item in findings)
    if errors:
        rules = ", ".join(sorted({item.rule for item in findings if item.severity == "error"}))
        raise SchemaViolation(f"the raadsverzoek breaks {errors} rule(s): {rules}", findings)


def _title(verzoek: Verzoek) -> str:
    count = len(verzoek.kinderen)
    return f"Verzoek tot onderzoek, {count} {'kind' if count == 1 else 'kinderen'}"
