"""What the registry loads for the route: the route as configured, and the document that comes in for it."""

from __future__ import annotations

from collections.abc import Mapping

from hub.contracts.exchange import Document, RouteMaking
from hub.errors import Finding
from hub.routes.partnername.document import PartnerNameDocument
from hub.routes.partnername.route import PartnerNameRoute


def make(making: RouteMaking) -> PartnerNameRoute:
    """The route as configured."""
    return PartnerNameRoute(making.connection)


def _sentence(finding: Finding, given: Mapping[str, object]) -> str:
    """A finding for its author's eyes."""
    del given
    # fill in: sentences in the words of the people who fill in the document
    return f"{finding.field or 'Het document'}: {finding.message}."


DOCUMENT = Document(
    model=PartnerNameDocument,
    sentence=_sentence,
    clash=lambda kind, value: None,
    earlier=lambda journal, keyring, message_id, document: [],
)
