"""Offers as an EDXL-HAVE 1.0 document (OASIS): a ``HospitalStatus`` with a ``Hospital`` per offer, which has its own moment.

What is unknown has no ``AvailableCount`` and no ``CapacityStatus``; a comment says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from lxml import etree

from hub.routes.plekvrij.pages.offers import OfferView
from hub.routes.plekvrij.pages.presenting import INTAKES

HAVE_TYPE = "application/xml"
_HAVE = "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0"
_NAMES = "urn:oasis:names:tc:ciq:xnl:3"
_SOON = (("AdditionalCapacityCount24Hr", dt.timedelta(hours=24)), ("AdditionalCapacityCount72Hr", dt.timedelta(hours=72)))


def write_have(views: Sequence[OfferView], now: dt.datetime) -> bytes:
    """The document.

    Args:
        views: One or more: the standard knows no empty document.
    """
    root = etree.Element(f"{{{_HAVE}}}HospitalStatus", nsmap={"have": _HAVE, "xnl": _NAMES})
    for view in views:
        _add_hospital(root, view, now)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add_hospital(root: etree._Element, view: OfferView, now: dt.datetime) -> None:
    offer = view.offer
    hospital = _add(root, "Hospital")
    organization = _add(hospital, "Organization")
    name = etree.SubElement(_add(organization, "OrganizationInformation"), f"{{{_NAMES}}}OrganisationName")
    for text in (offer.aanbieder.naam, offer.locatie.naam):
        etree.SubElement(name, f"{{{_NAMES}}}NameElement").text = text
    _add(
        organization, "CommentText", f"AGB {offer.aanbieder.agb}; locatie {offer.locatie.id}; gemeente {offer.locatie.gemeente}"
    )
    beds = _add(_add(hospital, "HospitalBedCapacityStatus"), "BedCapacity")
    if view.kind.bed_type:
        _add(beds, "BedType", view.kind.bed_type)
    _add(beds, "SubCategoryBedType", view.kind.code)
    _add_capacity(_add(beds, "Capacity"), view, now)
    _add(
        beds, "CommentText", f"{INTAKES[offer.status.soort]}; {offer.leeftijdVan}-{offer.leeftijdTot} jaar; {view.fresh.value}"
    )
    _add(hospital, "LastUpdateTime", offer.peilmoment.isoformat())


def _add_capacity(capacity: etree._Element, view: OfferView, now: dt.datetime) -> None:
    if view.free is not None:
        _add(capacity, "CapacityStatus", "Vacant/Available" if view.free else "NotAvailable")
        _add(capacity, "AvailableCount", str(view.free))
    _add(capacity, "BaselineCount", str(view.offer.capaciteitTotaal))
    if view.free is None:
        return
    for name, ahead in _SOON:
        coming = [one.aantal for one in view.offer.verwachtVrij if now.date() <= one.datum <= (now + ahead).date()]
        if coming:
            _add(capacity, name, str(max(0, max(coming) - view.free)))


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, f"{{{_HAVE}}}{name}")
    made.text = text
    return made
