"""The iStandaarden: the envelope that their messages travel in, and what they have in common. No transport, no partner."""

from hub.standards.istandaarden.envelope import (
    HEEN,
    MAX_BYTES,
    RETOUR,
    Envelop,
    Versies,
    Written,
    read_envelope,
    write_envelope,
)
from hub.standards.istandaarden.header import MAX_IDENTIFICATIE, Header, Retour, is_accepted, read_header, read_retour

__all__ = [
    "HEEN",
    "MAX_BYTES",
    "MAX_IDENTIFICATIE",
    "RETOUR",
    "Envelop",
    "Header",
    "Retour",
    "Versies",
    "Written",
    "is_accepted",
    "read_envelope",
    "read_header",
    "read_retour",
    "write_envelope",
]
