"""Offers as files for others: CSV for spreadsheets, and an Atom feed. What is unknown is left empty, never zero."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from lxml import etree

from hub.routes.plekvrij.pages.offers import OfferView

CSV_TYPE = "text/csv; charset=utf-8"
ATOM_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_NAMES: dict[str | None, str] = {None: _ATOM}
#: A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEADINGS = (
    "agb", "aanbieder", "locatie", "locatienaam", "plaats", "gemeente", "plaatstype", "leeftijdVan", "leeftijdTot",
    "capaciteit", "vrij", "peilmoment", "geslacht", "beveiliging", "gereserveerd", "opname", "telefoon", "geldigTot", "stand",
)  # fmt: skip


def write_csv(views: Iterable[OfferView]) -> bytes:
    """Offers as rows, with a byte order mark so that spreadsheets read them as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    writer.writerows([safe_cell(cell) for cell in _cells(view)] for view in views)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(view: OfferView) -> Sequence[str]:
    offer = view.offer
    known = view.free is not None
    return (
        offer.aanbieder.agb,
        offer.aanbieder.naam,
        offer.locatie.id,
        offer.locatie.naam,
        offer.locatie.plaats,
        offer.locatie.gemeente,
        str(offer.plaatstype),
        str(offer.leeftijdVan),
        str(offer.leeftijdTot),
        str(offer.capaciteitTotaal),
        str(offer.vrij) if known else "",
        offer.peilmoment.isoformat(),
        offer.geslacht,
        offer.beveiliging,
        str(offer.gereserveerd) if known else "",
        offer.status.soort,
        offer.contact.telefoon or "",
        view.valid_until.isoformat(),
        view.fresh.value,
    )


def write_atom(views: Sequence[OfferView], url: str) -> bytes:
    """An Atom feed (RFC 4287) of offers, the newest change first."""
    newest = sorted(views, key=lambda view: view.accepted_at, reverse=True)
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap=_NAMES)  # type: ignore[arg-type]  # None: the default
    _add(feed, "id", f"{url}/plekken")
    _add(feed, "title", "Vrije plekken")
    _add(feed, "updated", newest[0].accepted_at.isoformat() if newest else "1970-01-01T00:00:00+00:00")
    etree.SubElement(feed, f"{{{_ATOM}}}link", rel="alternate", href=f"{url}/plekken")
    for view in newest:
        entry = etree.SubElement(feed, f"{{{_ATOM}}}entry")
        number = "niet bekend" if view.free is None else f"{view.free} vrij"
        _add(entry, "id", f"urn:uuid:{view.message_id}")
        _add(entry, "title", f"{view.kind.name}, {view.offer.locatie.naam} ({view.offer.locatie.plaats}): {number}")
        _add(entry, "updated", view.accepted_at.isoformat())
        _add(etree.SubElement(entry, f"{{{_ATOM}}}author"), "name", view.offer.aanbieder.naam)
        etree.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", href=f"{url}/plekken/{view.subject}")
        _add(entry, "summary", f"Stand: {view.fresh.value}. Peilmoment {view.at.isoformat()}.")
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="UTF-8"))


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text
