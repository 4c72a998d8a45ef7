"""What the simulated payer sends: returns, fault messages and closings, written by hand from the standard's text."""

from __future__ import annotations

import datetime as dt
import uuid
from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from hub.contracts.route import AMSTERDAM
from hub.schemas import registry

_GGK = "http://www.stufstandaarden.nl/koppelvlak/ggk0210"
_STUF = "http://www.egem.nl/StUF/StUF0301"
_VERSION = "<BasisschemaXsdVersie>1.0.0</BasisschemaXsdVersie><BerichtXsdVersie>1.0.0</BerichtXsdVersie>"


def retour(told: dict[str, Any], codes: Sequence[str], *, header_only: bool = False) -> bytes:
    """A return in its envelope. ``told`` is what ``hub.simulators.svb.simulator`` keeps of a message."""
    today = dt.datetime.now(AMSTERDAM).date().isoformat()
    listed = "".join(f"<RetourCode>{escape(code)}</RetourCode>" for code in codes)
    at_header = f"<RetourCodes>{listed}</RetourCodes>" if header_only else ""
    number = f"<Budgetidentificatie>{escape(told['budget'])}</Budgetidentificatie>"
    at_budget = f"<Budget>{number}<RetourCodes>{listed}</RetourCodes></Budget>"
    namespace = registry.find(told["returns"]).tag[1:].partition("}")[0]
    header = (
        f"{_header(told['code'], told['afzender'], told['ontvanger'], told['identificatie'], told['dagtekening'])}"
        f"<IdentificatieRetour>R{uuid.uuid4().hex[:9]}</IdentificatieRetour><DagtekeningRetour>{today}</DagtekeningRetour>"
        f"<XsdVersieRetour>{_VERSION}</XsdVersieRetour>{at_header}"
    )
    body = "" if header_only else at_budget
    payload = f'<{told["returns"]} xmlns="{namespace}"><Header>{header}</Header>{body}</{told["returns"]}>'
    cross = f"<StUF:crossRefnummer>{told['reference']}</StUF:crossRefnummer>"
    return envelope("Du01", told["ontvanger_systeem"], told["zender"], told["returns"], payload, cross)


def afsluiting(order: dict[str, Any]) -> bytes:
    """The closing of a budget in its envelope: ``{"gemeente", "budget", "begin", "eind", "toegekend", "besteed"}``.

    With ``"familie": "1.0"`` as BAB of SVB, else as 507 of VWS. Amounts in euros.
    """
    if order.get("familie") == "1.0":
        return _bab(order)
    namespace = registry.find("PGB507").tag[1:].partition("}")[0]
    today = dt.datetime.now(AMSTERDAM).date().isoformat()
    header = _header("507", "VWS", order["gemeente"], uuid.uuid4().hex[:12], today)
    values = "".join(
        f"<{name}>{escape(str(order[key]))}</{name}>"
        for name, key in (
            ("Budgetidentificatie", "budget"),
            ("Begindatum", "begin"),
            ("Einddatum", "eind"),
            ("Toegekend", "toegekend"),
            ("Besteed", "besteed"),
        )
    )
    payload = f'<PGB507 xmlns="{namespace}"><Header>{header}</Header><Budget>{values}</Budget></PGB507>'
    return envelope("Di01", ["VWS", "GGk"], [order["gemeente"], order.get("applicatie", "ketenhub")], "PGB507", payload)


def _bab(order: dict[str, Any]) -> bytes:
    namespace = registry.find("BAB").tag[1:].partition("}")[0]
    header = _header("BAB", "SVB", order["gemeente"], uuid.uuid4().hex[:12], dt.datetime.now(AMSTERDAM).date().isoformat())
    cents = {name: str(round(float(order[name]) * 100)) for name in ("toegekend", "besteed")}
    values = "".join(
        f"<{name}>{escape(str(value))}</{name}>"
        for name, value in (
            ("BeschikkingNummer", order["budget"]),
            ("Ingangsdatum", order["begin"]),
            ("Einddatum", order["eind"]),
            ("BudgetInCenten", cents["toegekend"]),
            ("BesteedInCenten", cents["besteed"]),
        )
    )
    payload = f'<BAB xmlns="{namespace}"><Header>{header}</Header><Beschikking>{values}</Beschikking></BAB>'
    return envelope("Di01", ["SVB", "GGk"], [order["gemeente"], order.get("applicatie", "ketenhub")], "BAB", payload)


def fo01(told: dict[str, Any], code: str) -> bytes:
    """A fault message about an envelope."""
    about = _stuurgegevens("Fo01", told["ontvanger_systeem"], told["zender"])
    cross = f"<StUF:crossRefnummer>{told['reference']}</StUF:crossRefnummer>"
    told_why = f"<StUF:code>{code}</StUF:code><StUF:plek>client</StUF:plek><StUF:omschrijving>gesimuleerd</StUF:omschrijving>"
    inner = f"<StUF:stuurgegevens>{about}{cross}</StUF:stuurgegevens><StUF:body>{told_why}</StUF:body>"
    return f'<StUF:Fo01Bericht xmlns:StUF="{_STUF}">{inner}</StUF:Fo01Bericht>'.encode()


def envelope(code: str, zender: Sequence[str], ontvanger: Sequence[str], functie: str, payload: str, cross: str = "") -> bytes:
    """A message inside an envelope; systems are organisation and application."""
    name = {"Di01": "envelopHeenbericht-ggk_Di01", "Du01": "envelopRetourbericht-ggk_Du01"}[code]
    about = f"{_stuurgegevens(code, zender, ontvanger)}{cross}<StUF:functie>{functie}</StUF:functie>"
    versions = "".join(
        f"<GGK:{one}>0001</GGK:{one}>"
        for one in ("applicatieVersie", "applicatieSubversie", "functieVersie", "functieSubversie")
    )
    inside = f"<GGK:bericht><GGK:xmlBestand>{b64encode(payload.encode()).decode()}</GGK:xmlBestand></GGK:bericht>"
    return (
        f'<GGK:{name} xmlns:GGK="{_GGK}" xmlns:StUF="{_STUF}"><GGK:stuurgegevens>{about}</GGK:stuurgegevens>'
        f"<GGK:parameters>{versions}{inside}</GGK:parameters></GGK:{name}>"
    ).encode()


def _stuurgegevens(code: str, zender: Sequence[str], ontvanger: Sequence[str]) -> str:
    parties = "".join(
        f"<StUF:{side}><StUF:organisatie>{escape(who[0])}</StUF:organisatie><StUF:applicatie>{escape(who[1])}</StUF:applicatie></StUF:{side}>"
        for side, who in (("zender", zender), ("ontvanger", ontvanger))
    )
    now = dt.datetime.now(AMSTERDAM).strftime("%Y%m%d%H%M%S")
    return (
        f"<StUF:berichtcode>{code}</StUF:berichtcode>{parties}<StUF:referentienummer>{uuid.uuid4()}</StUF:referentienummer>"
        f"<StUF:tijdstipBericht>{now}</StUF:tijdstipBericht>"
    )


def _header(code: str, sender: str, receiver: str, identification: str, day: str) -> str:
    return (
        f"<BerichtCode>{code}</BerichtCode><BerichtVersie>2</BerichtVersie><BerichtSubversie>1</BerichtSubversie>"
        f"<Afzender>{sender}</Afzender><Ontvanger>{receiver}</Ontvanger><BerichtIdentificatie><Identificatie>{identification}"
        f"</Identificatie><Dagtekening>{day}</Dagtekening></BerichtIdentificatie><XsdVersie>{_VERSION}</XsdVersie>"
    )
