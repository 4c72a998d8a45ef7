"""What the Raad tells, as people read it: a notification put in sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from hub.adapters.corv.notificatie import Besluit, Notificatie
from hub.routes.raadsverzoek import sentences


def child_name(told: Notificatie) -> str:
    """What to call the child of a notification."""
    return sentences.child_name(told.kind.name, unborn=told.kind.unborn, mother=told.moeder)


def notification(told: Notificatie, institutions: Mapping[str, str], *, child: str = "") -> sentences.Notification:
    """A notification as people read it.

    Args:
        institutions: Names by code, see ``hub.adapters.corv.reference_lists``.
        child: What to call the child instead of what the message calls it.
    """
    return sentences.Notification(
        kind=child or child_name(told),
        status=told.status,
        resultaat=told.resultaat,
        datum=told.datum,
        ambtshalve=told.ambtshalve,
        nummer_bij_raad=told.nummer_bij_raad,
        besluiten=tuple(_decision(besluit, institutions) for besluit in told.besluiten),
    )


def _decision(besluit: Besluit, institutions: Mapping[str, str]) -> sentences.Decision:
    def named(code: str) -> str:
        return sentences.institution(code, institutions) if code else ""

    return sentences.Decision(
        toelichting=besluit.toelichting,
        beslist=besluit.datum,
        vanaf=besluit.ingang,
        tot=besluit.einde,
        genomen_door=named(besluit.beslissende_instantie),
        uitgevoerd_door=named(besluit.uitvoerende_instantie),
    )
