"""Namespaces of the messages of StUF-koppelvlak Jeugdzorg 1.0.9."""

from hub.standards.stuf import STUF

#: Of the Jeugdzorg messages themselves, unchanged since 1.0.
JZ = "http://www.stufstandaarden.nl/koppelvlak/jz0100"
ZKN = "http://www.egem.nl/StUF/sector/zkn/0310"
BG = "http://www.egem.nl/StUF/sector/bg/0310"

#: For paths into a message.
NAMESPACES = {"JZ": JZ, "StUF": STUF, "ZKN": ZKN, "BG": BG}
