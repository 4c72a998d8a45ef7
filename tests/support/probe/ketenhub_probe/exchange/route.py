"""Document, rules and message: an order is an article and a number of pieces."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.contracts.route import CASE_NUMBER, Built, Identity, Policy, Series, Subject
from hub.errors import DecodeFailure, Finding, HubError, SchemaViolation
from hub.schemas.parsing import parse_own


class Order(BaseModel):
    """What is ordered, and for whom."""

    model_config = ConfigDict(extra="forbid")

    artikel: str = Field(min_length=1, max_length=40)
    aantal: int = Field(gt=0)
    bsn: str | None = None


class OrderRoute:
    """Orders to the depot.

    Args:
        name: Of the route.
        connection: It leaves by.
        decided: Whether a person has to decide.
    """

    title = "Bestelling"
    sending_system = "probe"

    def __init__(self, name: str, connection: str, *, decided: bool = False) -> None:
        self.name = name
        self.connection = connection
        day = dt.timedelta(days=1)
        self.policy = Policy(deliver_within=day, max_attempts=5, keep_content=day, needs_decision=decided)

    def case_number_of(self, document: bytes) -> str | None:
        """Never given."""
        _read(document)
        return None

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """A number per year."""
        del document
        return {CASE_NUMBER: Series(f"probe-{moment.year}", f"B-{moment.year}-{{:05d}}", "kenmerk")}

    def scope_of(self, document: bytes) -> str | None:
        """Nobody's in particular."""
        del document

    def build(self, document: bytes, identity: Identity) -> Built:
        """Make the element."""
        try:
            order = Order.model_validate(_read(document))
        except ValidationError as error:
            found = [Finding("PROBE", "dit klopt niet", field="/" + "/".join(map(str, one["loc"]))) for one in error.errors()]
            raise SchemaViolation(f"{len(found)} rule(s) broken", found) from None
        decided = f' besloten="{identity.decided_by}"' if identity.decided_by else ""
        pieces = f"<n>{order.aantal}</n>"
        return Built(
            type="order",
            body=f'<order ref="{identity.reference}"{decided}><a>{escape(order.artikel)}</a>{pieces}</order>'.encode(),
            ordering_key=order.artikel,
            unique=(("kenmerk", identity.case_number),),
            subjects=() if order.bsn is None else (Subject(order.bsn),),
            title=f"{order.aantal} stuks",
            facts=order,
        )

    def verify(self, built: Built) -> None:
        """It can be read, and is an order."""
        if parse_own(built.body).tag != "order":
            raise HubError("the body is no order")


def _read(document: bytes) -> dict[str, Any]:
    try:
        given = json.loads(document)
    except (ValueError, RecursionError):
        raise DecodeFailure("the document is not JSON") from None
    if not isinstance(given, dict):
        raise DecodeFailure("the document is not a JSON object")
    return given
