"""The way out to an index: a report, a change or an end is one call; the answer to it is the index's last word.

What is in doubt is not repeated, unless the settings say that the index recognises a repeat: the adapter asks the index whether
the report stands, where it can be asked, and else a person. So one report is never in an index twice.
"""

from __future__ import annotations

from typing import ClassVar

from hub.adapters.verwijsindex.index import Index
from hub.adapters.verwijsindex.mapping import text_at, values_of
from hub.adapters.verwijsindex.settings import IndexSettings, Operation
from hub.contracts.adapter import PartnerHealth
from hub.errors import PermanentError, Stage, TransientError
from hub.message import Outgoing, Receipt, Repeat
from hub.schemas.parsing import parse

_MELDING, _WIJZIGING, _BEEINDIGING = "virMelding", "virMeldingWijziging", "virMeldingBeeindiging"


class InDoubt(PermanentError):
    """It is not known whether the index has this message, and it cannot be asked."""

    default_code = "in_doubt"


class VerwijsindexAdapter:
    """One connection to an index.

    Raises:
        ConfigError: The URL or a certificate file cannot work.
    """

    partner: ClassVar[str] = "verwijsindex"
    #: To the engine: see the module for what makes it so.
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    can_ping: ClassVar[bool] = False

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings
        self._index = Index(settings)

    def open(self) -> None:
        """Read the WSDL and allow calls. Raises: ConfigError."""
        self._index.open()

    def close(self) -> None:
        """Let go of the connection."""
        self._index.close()

    def send(self, outgoing: Outgoing) -> Receipt:
        """One call; when an earlier attempt may have arrived, first the question whether it did. Raises: as the contract."""
        values = values_of(parse(outgoing.body))
        operations = self._settings.operations
        chosen = {_MELDING: operations.melding, _WIJZIGING: operations.wijziging, _BEEINDIGING: operations.beeindiging}
        operation = chosen[outgoing.type]
        # A person who resends begins to count anew: then it is their decision.
        doubtful = outgoing.earlier_maybe and outgoing.attempt > 1 and self._settings.repeat == "unsafe"
        if doubtful and self._stands(outgoing, values) == (outgoing.type == _MELDING):
            return Receipt("known", "after an attempt with unknown outcome: asked, and it had been done")
        answer = self._index.call(operation, values)
        return Receipt(self._index.result(operation, answer) or "done")

    def ping(self) -> PartnerHealth:
        """Connect; an index has no operation without effect that all have."""
        try:
            self._index.connect()
        except TransientError as error:
            return PartnerHealth(False, error.text)
        return PartnerHealth(True)

    def _stands(self, outgoing: Outgoing, values: dict[str, str]) -> bool:
        """Whether the report stands in the index. Raises: InDoubt, where that cannot be known or says nothing."""
        asking: Operation | None = self._settings.operations.bekend
        if asking is None or outgoing.type == _WIJZIGING:
            raise InDoubt("an earlier attempt may have arrived, and the index cannot be asked", stage=Stage.SENDING)
        word = text_at(self._index.call(asking, values), asking.result)
        if word not in (self._settings.known, self._settings.unknown):
            raise InDoubt("an earlier attempt may have arrived, and the index does not say", stage=Stage.SENDING)
        return word == self._settings.known


def make(settings: IndexSettings, connection: str) -> VerwijsindexAdapter:
    """The adapter of one connection. Raises: ConfigError, as the class."""
    del connection
    return VerwijsindexAdapter(settings)
