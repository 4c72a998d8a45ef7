"""The envelope of StUF 03.01 messages: stuurgegevens, confirmations (Bv) and fault messages (Fo). No transport, no partner.

Writing goes by text with escaping (``hub.standards.xml_writer``), which is quick and keeps the order that the schema
prescribes; reading goes by lxml elements that the hub's hardened parser made.
"""

from hub.standards.stuf.confirmations import read_meldingen, write_bevestiging
from hub.standards.stuf.dates import AMSTERDAM, stamp
from hub.standards.stuf.faults import MAX_DETAILS, MAX_OMSCHRIJVING, Fout, read_fout, write_fout
from hub.standards.stuf.stuurgegevens import (
    MAX_REFNUMMER,
    STUF,
    Stuurgegevens,
    Systeem,
    answer_to,
    new_reference,
    read_stuurgegevens,
    write_stuurgegevens,
)

__all__ = [
    "AMSTERDAM",
    "MAX_DETAILS",
    "MAX_OMSCHRIJVING",
    "MAX_REFNUMMER",
    "STUF",
    "Fout",
    "Stuurgegevens",
    "Systeem",
    "answer_to",
    "new_reference",
    "read_fout",
    "read_meldingen",
    "read_stuurgegevens",
    "stamp",
    "write_bevestiging",
    "write_fout",
    "write_stuurgegevens",
]
