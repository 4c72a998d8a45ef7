"""The way in: the index is asked for signals, and told which were taken once they are stored here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from lxml import etree

from hub.adapters.verwijsindex import signaal
from hub.adapters.verwijsindex.index import Index
from hub.adapters.verwijsindex.mapping import find_all, text_at
from hub.adapters.verwijsindex.settings import IndexSettings, Operation
from hub.adapters.verwijsindex.signaal import Contact, Signaal
from hub.contracts.adapter import Incoming
from hub.contracts.inbound import Rejected
from hub.errors import ConnectionFault, PermanentError, Refused, SchemaViolation
from hub.schemas.parsing import c14n_digest, parse_own
from hub.schemas.registry import find, validate


class SignalSource:
    """The signals of one connection."""

    partner = "verwijsindex"

    def __init__(self, settings: IndexSettings, connection: str) -> None:
        self.every = dt.timedelta(seconds=settings.every_seconds)
        self._settings = settings
        self._connection = connection
        self._index = Index(settings)

    def open(self) -> None:
        """Read the WSDL and allow calls. Raises: ConfigError."""
        self._index.open()

    def close(self) -> None:
        """Let go of the connection."""
        self._index.close()

    def poll(self) -> Iterator[Incoming | Rejected]:
        """The signals that wait, one by one; each is confirmed to the index after it was gone on after."""
        operation = self._settings.operations.signalen
        if operation is None:
            return
        answer = self._call(operation, {})
        for item in find_all(answer, self._settings.signal.item):
            yield self._incoming(item)
            self._confirm(text_at(item, self._settings.signal.id))

    def _incoming(self, item: etree._Element) -> Incoming | Rejected:
        try:
            found = parse_signal(item, self._settings)
        except PermanentError as error:
            return Rejected(etree.tostring(item), error)
        body = signaal.write(found)
        root = parse_own(body)
        broken = validate(root, schema=find(signaal.TYPE))
        if broken:
            return Rejected(etree.tostring(item), SchemaViolation(f"a signal that breaks {len(broken)} rule(s)", broken))
        return Incoming(
            type=signaal.TYPE,
            sender=self._connection,
            reference=found.signaal_id,
            digest=c14n_digest(root),
            body=body,
            keys=(("melding", found.melding_id),),
            title="Signaal",
            route=signaal.ROUTE,
            meaning=found,
        )

    def _confirm(self, signaal_id: str) -> None:
        operation = self._settings.operations.gelezen
        if operation is None:
            return
        self._call(operation, {"signaalId": signaal_id})

    def _call(self, operation: Operation, values: Mapping[str, str]) -> etree._Element:
        """A call and its result. What the index refuses is no message's fault: the mapping or our rights there are wrong."""
        try:
            answer = self._index.call(operation, values)
            self._index.result(operation, answer)
        except Refused as error:
            raise ConnectionFault(f"asking for signals: {error.text}", code="authentication_failed") from None
        return answer


def parse_signal(item: etree._Element, settings: IndexSettings) -> Signaal:
    """A signal from the index's own element, by the mapping; elements that are not mapped are not taken over."""
    places = settings.signal
    others = tuple(
        Contact(**{ours: text_at(other, theirs) for ours, theirs in places.who.items()})
        for other in find_all(item, places.other)
    )
    return Signaal(
        signaal_id=text_at(item, places.id),
        melding_id=text_at(item, places.melding),
        same_person=text_at(item, places.same) == settings.yes,
        source="archief" if text_at(item, places.source) == settings.archived else "actueel",
        others=others,
    )


def make(settings: IndexSettings, connection: str) -> SignalSource:
    """The source of one connection. Raises: ConfigError."""
    return SignalSource(settings, connection)
