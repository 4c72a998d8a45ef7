"""The document that is sent: a synthetic raadsverzoek whose ``vtoDi01`` is about 5 KB, and a large one."""

from __future__ import annotations

import base64
import itertools
import os
from collections.abc import Iterator

from tests.support.raadsverzoeken import document, encoded, gezag, instelling, kind, persoon, raadsverzoek

_PLACE = "KENMERK-HIER"


def documents(start: int = 1, *, prefix: str = "BENCH-2026") -> Iterator[bytes]:
    """Valid documents without end, each with a case number of its own."""
    before, after = _template().split(_PLACE.encode())
    for number in itertools.count(start):
        yield b"%b%b-%06d%b" % (before, prefix.encode(), number, after)


def large(content_bytes: int, kenmerk: str) -> bytes:
    """A document with one attachment of this many bytes."""
    inhoud = base64.b64encode(b"%PDF-1.4\n" + os.urandom(content_bytes - 9)).decode("ascii")
    return encoded(raadsverzoek(kenmerk, documenten=[document(inhoud=inhoud)]))


def _template() -> bytes:
    parties = [persoon("b1", gezag(1, informed=False)), instelling("b2")]
    made = raadsverzoek(_PLACE, kinderen=[kind()], betrokkenen=parties, documenten=[document(text="x" * 400)])
    return encoded(made)
