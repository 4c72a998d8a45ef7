"""The rules of a raadsverzoek across its fields (domain page, section 3), and what each part must have.

Pure: the document, the settings and the day decide. Two rules need the journal and are asked elsewhere: RV02 (kenmerk used,
``wording.kenmerk_used``) and RV28 (child in an open request, ``wording.child_in_earlier_request``). With partial dates a rule
fires only when every possible day breaks it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from hub.errors import Finding
from hub.routes.raadsverzoek.attachments import check_attachments
from hub.routes.raadsverzoek.document import GEZAG_ROLES, Verzoek
from hub.routes.raadsverzoek.numbers import is_bsn
from hub.routes.raadsverzoek.persons import Person, check_child, check_party, check_phone, check_resemblance, wrong_number
from hub.routes.raadsverzoek.settings import RaadsverzoekSettings
from hub.routes.raadsverzoek.wording import finding, warning
from hub.telemetry import names_bsn

#: The schema asks 5 to 40 characters; which ones is our choice.
KENMERK = re.compile(r"[A-Za-z0-9._/\-]{5,40}", re.ASCII)
#: More than this in one request is a mistake, or somebody who wants to keep the hub busy (O). Children: domain page.
MOST = {"kinderen": 20, "betrokkenen": 100, "documenten": 100, "relaties": 100}
#: More holders of gezag over one child than this is unusual (RV15).
_MOST_GEZAG = 2


def check(document: Verzoek, settings: RaadsverzoekSettings, today: dt.date) -> list[Finding]:
    """All that is wrong with a document: errors stop sending, warnings need a person's agreement.

    Acute danger (RV01) stops everything, so it is told alone; so are lists that are too long, because the rules compare
    their items with each other.
    """
    if document.onverwijlde_spoed:
        return [finding("RV01", "/onverwijldeSpoed")]
    if crowds := list(_crowds(document)):
        return crowds
    return [
        *_request(document, settings, today),
        *_verzoeker(document, settings),
        *_children(document, today),
        *_parties(document, today),
        *_gezag(document),
        *check_resemblance(
            [Person(f"/kinderen/{n}", f"kind {n + 1}", child) for n, child in enumerate(document.kinderen)],
            [Person(f"/betrokkenen/{n}", f"betrokkene {n + 1}", party) for n, party in enumerate(document.betrokkenen)],
        ),
        *check_attachments(document.documenten, settings),
    ]


def _request(document: Verzoek, settings: RaadsverzoekSettings, today: dt.date) -> Iterator[Finding]:
    if document.onverwijlde_spoed is None:
        yield finding("RV90", "/onverwijldeSpoed")
    if document.urgentie is None:
        yield finding("RV90", "/urgentie")
    elif document.urgentie not in settings.urgenties:
        yield finding("RV91", "/urgentie", uitleg=f"kies uit {', '.join(settings.urgenties)}")
    if document.rol_inbrenger is not None and document.rol_inbrenger not in settings.rollen_inbrenger:
        yield finding("RV91", "/rolInbrenger", uitleg=f"kies uit {', '.join(settings.rollen_inbrenger)}")
    if document.kenmerk is not None and not KENMERK.fullmatch(document.kenmerk):
        yield finding(
            "RV91",
            "/kenmerk",
            uitleg="gebruik 5 tot 40 letters, cijfers, punten, streepjes of schuine strepen, en geen spaties",
        )
    elif document.kenmerk is not None and names_bsn(document.kenmerk):
        yield finding("RV91", "/kenmerk", uitleg="het is een burgerservicenummer; kies een nummer zonder persoonsgegevens")
    dates = (("datumAanmelding", document.datum_aanmelding), ("datumBesluitTafel", document.datum_besluit_tafel))
    for key, day in (*dates, *((f"documenten/{n}/datum", item.datum) for n, item in enumerate(document.documenten))):
        if day is not None and day > today:
            yield finding("RV10", f"/{key}")


def _crowds(document: Verzoek) -> Iterator[Finding]:
    """RV03 for lists that are longer than ``MOST``."""
    lists: list[tuple[str, str, int]] = [
        ("/kinderen", "kinderen", len(document.kinderen)),
        ("/betrokkenen", "betrokkenen", len(document.betrokkenen)),
        ("/documenten", "documenten", len(document.documenten)),
        *((f"/betrokkenen/{n}/relaties", "relaties", len(party.relaties)) for n, party in enumerate(document.betrokkenen)),
    ]
    for pointer, kind, count in lists:
        if count > MOST[kind]:
            yield finding("RV03.many", pointer, n=count, soort=kind, max=MOST[kind])


def _verzoeker(document: Verzoek, settings: RaadsverzoekSettings) -> Iterator[Finding]:
    verzoeker = settings.verzoeker_of(document)
    if verzoeker.organisatie is None:
        yield finding("RV90", "/verzoeker/organisatie")
    if verzoeker.rsin is not None and not is_bsn(verzoeker.rsin):
        yield wrong_number("RV04.rsin", verzoeker.rsin, "/verzoeker/rsin")
    if (employee := verzoeker.medewerker) is None:
        yield finding("RV90", "/verzoeker/medewerker")
        return
    for key, value in (("achternaam", employee.achternaam), ("telefoon", employee.telefoon)):
        if value is None:
            yield finding("RV90", f"/verzoeker/medewerker/{key}")
    yield from check_phone(employee.telefoon, "/verzoeker/medewerker")


def _children(document: Verzoek, today: dt.date) -> Iterator[Finding]:
    if not document.kinderen:
        yield finding("RV03.kind", "/kinderen")
    seen: set[int] = set()
    for index, child in enumerate(document.kinderen):
        yield from check_child(child, index, document, today)
        if (number := document.number_of(index)) in seen:
            yield finding("RV95", f"/kinderen/{index}/volgnummer")
        seen.add(number)


def _parties(document: Verzoek, today: dt.date) -> Iterator[Finding]:
    if not document.betrokkenen:
        yield finding("RV03.betrokkene", "/betrokkenen")
    numbers = frozenset(document.number_of(index) for index in range(len(document.kinderen)))
    seen: set[str] = set()
    for index, party in enumerate(document.betrokkenen):
        yield from check_party(party, index, numbers, today)
        if party.id is not None and party.id in seen:
            yield finding("RV95", f"/betrokkenen/{index}/id")
        seen.update(() if party.id is None else (party.id,))


def _gezag(document: Verzoek) -> Iterator[Finding]:
    """RV14 and the first half of RV15. Several roles of one party count as one holder."""
    holders: dict[int | None, int] = {}
    for party in document.betrokkenen:
        for number in {relation.kind for relation in party.relaties if relation.rol in GEZAG_ROLES}:
            holders[number] = holders.get(number, 0) + 1
    for index, child in enumerate(document.kinderen):
        count = holders.get(document.number_of(index), 0)
        if not count and not child.gezag_onbekend:
            yield finding("RV14", f"/kinderen/{index}/gezagOnbekend")
        if count > _MOST_GEZAG:
            yield warning("RV15", f"/kinderen/{index}")
