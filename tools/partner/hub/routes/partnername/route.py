"""From document to message: pure functions."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from hub.contracts.route import CASE_NUMBER, Built, Identity, Policy, Series, Subject
from hub.errors import HubError
from hub.routes.partnername.document import PartnerNameDocument, read, read_object

#: Name of the message type.
TYPE = "partnername_message"


class PartnerNameRoute:
    """Messages to PartnerName.

    Args:
        connection: It leaves by.
    """

    name = "partnername"
    # fill in: what its users call one such message
    title = "Bericht aan PartnerName"
    sending_system = "partnername"

    def __init__(self, connection: str) -> None:
        self.connection = connection
        # fill in: whether a business answer comes, and how long contents are kept by law
        self.policy = Policy(deliver_within=dt.timedelta(days=5), max_attempts=50, keep_content=dt.timedelta(days=30))

    def case_number_of(self, document: bytes) -> str | None:
        """Never given. Raises: DecodeFailure."""
        read_object(document)
        return None

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """A case number per year. Raises: DecodeFailure."""
        read_object(document)
        return {CASE_NUMBER: Series(f"partnername-{moment.year}", f"PARTNERNAME-{moment.year}-{{:06d}}", "kenmerk")}

    def scope_of(self, document: bytes) -> str | None:
        """Nobody's in particular. Raises: DecodeFailure."""
        read_object(document)
        return None

    def build(self, document: bytes, identity: Identity) -> Built:
        """The message. Raises: DecodeFailure, SchemaViolation."""
        given = read(document)
        return Built(
            type=TYPE,
            body=_body(given, identity),
            # fill in: an ordering key where the order of messages counts; None lets each go by itself
            ordering_key=None,
            unique=(("kenmerk", identity.case_number),),
            subjects=(Subject(given.bsn),) if given.bsn else (),
            title=self.title,
        )

    def verify(self, built: Built) -> None:
        """Hold the body against the partner's schema. Raises: HubError: a bug of ours; without content."""
        # fill in: the partner's own schema, see hub/schemas/registry.py; until then the body is only read
        try:
            json.loads(built.body)
        except ValueError:
            raise HubError("the body cannot be read") from None


def _body(given: PartnerNameDocument, identity: Identity) -> bytes:
    """The bytes that are sent: the same for the same document and identity."""
    # fill in: the partner's message, with identity.reference in it
    raise NotImplementedError("fill in: the partner's message, in route.py")
