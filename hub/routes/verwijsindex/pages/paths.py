"""Addresses of the pages, and what several of them say."""

from __future__ import annotations

from collections.abc import Mapping

LIST = "/verwijsindex"
NEW = f"{LIST}/nieuw"
ROUTE, CHANGE, END = "melding", "melding_wijziging", "melding_beeindiging"

#: Purposes in the access log.
OWN_REPORT, OWN_SIGNAL, DECIDING = "Eigen melding bekijken", "Na een signaal contact leggen", "Over een voorstel besluiten"

SEX: Mapping[str, str] = {"man": "Man", "vrouw": "Vrouw", "onbekend": "Onbekend"}


def proposal(proposal_id: object) -> str:
    """The page on which a person decides."""
    return f"{LIST}/voorstellen/{proposal_id}"


def report(melding_id: str) -> str:
    """The page of a report."""
    return f"{LIST}/meldingen/{melding_id}"


def signal(message_id: object) -> str:
    """The page of a signal."""
    return f"{LIST}/signalen/{message_id}"
