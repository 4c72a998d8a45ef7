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
from hub.standards.istandaarden.tree import Node, read_tree, return_to, write_tree

__all__ = [
    "HEEN",
    "MAX_BYTES",
    "MAX_IDENTIFICATIE",
    "RETOUR",
    "Envelop",
    "Header",
    "Node",
    "Retour",
    "Versies",
    "Written",
    "is_accepted",
    "read_envelope",
    "read_header",
    "read_retour",
    "read_tree",
    "return_to",
    "write_envelope",
    "write_tree",
]
