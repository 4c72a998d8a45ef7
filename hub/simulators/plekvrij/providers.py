"""Simulated providers that publish by the hub's API: honestly, and in the ways that providers are known to err."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import random
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from hub.errors import HubError
from hub.transports.http import HttpTransport
from hub.transports.tls import TlsMode, TlsSettings

#: What a provider may do, and what is to be seen of it.
BEHAVIOURS: Mapping[str, str] = {
    "honest": "the numbers as they are, each round anew",
    "late": "each second offer has a moment of an hour ago: it is kept and not shown",
    "contradictory": "more free than there are places: it is refused",
    "silent": "one offer, and then nothing: it ages and becomes unknown",
    "foreign": "an AGB code of somebody else: it is refused",
    "csv": "honest, as rows of a CSV file",
}
_PLACES = (("haarlem", "Haarlem", "crisis"), ("heemstede", "Heemstede", "verblijf"), ("zandvoort", "Zandvoort", "logeeropvang"))
_CAPACITY = 8
_SOMEBODY_ELSE = "99999999"


def offer(agb: str, place: tuple[str, str, str], free: int, moment: dt.datetime) -> dict[str, Any]:
    """An offer of a synthetic provider."""
    id_, town, kind = place
    return {
        "aanbieder": {"agb": agb, "naam": f"Aanbieder {agb}"},
        "locatie": {"id": id_, "naam": f"Huis {town}", "plaats": town, "gemeente": town},
        "plaatstype": kind,
        "leeftijdVan": 6,
        "leeftijdTot": 18,
        "capaciteitTotaal": _CAPACITY,
        "vrij": free,
        "contact": {"naam": "Plaatsing", "telefoon": "023-5550100"},
        "peilmoment": moment.isoformat(),
        "bevestigdDoor": "Planning",
    }


class Providers:
    """Providers in one thread. ``start`` them, and ``stop`` them at the end.

    Args:
        hub: The hub's address.
        key: API key.
        agb: A code per provider.
        behaviour: One of ``BEHAVIOURS``.
        every: Seconds between two rounds.
        seed: Of the numbers.
    """

    def __init__(
        self, hub: str, key: str, agb: Sequence[str], *, behaviour: str = "honest", every: float = 10.0, seed: int = 1
    ) -> None:
        mode = TlsMode.ONE_WAY if hub.startswith("https:") else TlsMode.NONE
        self._transport = HttpTransport(hub, tls=TlsSettings(mode=mode), read_timeout=30)
        self._key = key
        self._agb = tuple(agb)
        self._behaviour = behaviour
        self._every = every
        self._chance = random.Random(seed)  # numbers of places
        self._rounds = 0
        self._ended = threading.Event()
        #: Status of each request, in order.
        self.statuses: list[int] = []

    def start(self) -> None:
        """Publish in a thread of its own until ``stop``."""
        threading.Thread(target=self._run, name="providers", daemon=True).start()

    def stop(self) -> None:
        """Publish nothing more. Idempotent."""
        self._ended.set()
        self._transport.close()

    def publish_once(self) -> None:
        """One round: an offer for each location of each provider. Raises: HubError: the hub is not there."""
        self._rounds += 1
        if self._behaviour == "silent" and self._rounds > 1:
            return
        documents = [self._document(agb, place) for agb in self._agb for place in _PLACES]
        if self._behaviour == "csv":
            self._post("/v1/plekopgaven/bestanden", "text/csv", _csv(documents))
            return
        for document in documents:
            self._post("/v1/plekopgaven", "application/json", json.dumps(document).encode())

    def _document(self, agb: str, place: tuple[str, str, str]) -> dict[str, Any]:
        now = dt.datetime.now(dt.UTC)
        late = self._behaviour == "late" and self._rounds % 2 == 0
        free = self._chance.randint(0, 3) if self._behaviour != "contradictory" else _CAPACITY + 1
        named = _SOMEBODY_ELSE if self._behaviour == "foreign" else agb
        return offer(named, place, free, now - dt.timedelta(hours=1) if late else now)

    def _post(self, path: str, media_type: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": media_type}
        self.statuses.append(self._transport.post(path, body, headers).status)

    def _run(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(HubError):  # the hub is away: the next round tells what is true then
                self.publish_once()
            self._ended.wait(self._every)


def _csv(documents: Sequence[Mapping[str, Any]]) -> bytes:
    rows = ["agb;aanbieder;locatie;locatienaam;plaats;gemeente;plaatstype;leeftijdVan;leeftijdTot;capaciteit;vrij;peilmoment"]
    for one in documents:
        provider, place = one["aanbieder"], one["locatie"]
        cells = (
            *provider.values(),
            *place.values(),
            *(one[name] for name in ("plaatstype", "leeftijdVan", "leeftijdTot", "capaciteitTotaal", "vrij", "peilmoment")),
        )
        rows.append(";".join(str(cell) for cell in cells))
    return "\n".join(rows).encode()
