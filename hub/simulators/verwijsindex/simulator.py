"""The simulated index over SOAP, by the stand-in WSDL: it shares no code with the adapter.

Its control interface (``hub.simulators.control``) also tells what it knows (``reports``, ``signals``), takes reports of other
organisations (``report``), and lets a day be today (``today``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from lxml import etree

from hub.errors import DecodeFailure
from hub.simulators.deliveries import Deliverer, Delivery, Said
from hub.simulators.faults import WIRE, Faults
from hub.simulators.partner import Options, SimulatedPartner
from hub.simulators.received import Log, Received
from hub.simulators.serving import Reply, Request
from hub.simulators.verwijsindex.matching import ARCHIVED_FOR, Report, matches
from hub.simulators.verwijsindex.population import BY_BSN, BY_KEY
from hub.transports import soap

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NAMESPACE = "urn:ketenhub:stand-in:index:1"

#: Faults of its own, beside those that any partner on HTTP can have.
FAULTS: Mapping[str, str] = {
    **WIRE,
    "soap_server": "answer with a SOAP fault Server",
    "soap_client": "answer with a SOAP fault Client",
    "say_later": "answer LATER instead of taking a message",
    "other_namespace": "answer in another namespace",
}
_REASONS = frozenset({"onterecht", "risico-voorbij", "termijn", "leeftijd", "overlijden", "avg"})
_XML = {"Content-Type": "text/xml; charset=utf-8"}


class IndexSimulator(SimulatedPartner):
    """The index. Any number of threads may call it.

    Raises:
        ValueError: An unknown fault.
        OSError: The port is in use.
    """

    path = "/verwijsindex"
    wire = FAULTS

    def __init__(self, *, faults: Iterable[str] = (), port: int = 0, host: str = "127.0.0.1") -> None:
        silent = Deliverer(None, {}, lambda reply: Said(""))
        super().__init__(Options(), faults=Faults(FAULTS, faults), log=Log(), deliverer=silent, port=port, host=host)
        self._lock = threading.Lock()
        self._reports: dict[str, Report] = {}
        self._signals: dict[str, tuple[str, str]] = {}  # number -> report of ours, XML
        self._numbers = itertools.count(1)
        self._today: dt.date | None = None

    @property
    def questions(self) -> Mapping[str, Callable[[], Any]]:
        """What it knows: ids and days, never a person."""
        return {"reports": self._tell_reports, "signals": lambda: {id_: one[0] for id_, one in self._signals.items()}}

    @property
    def orders(self) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
        """Reports of other organisations, signals as they are, and what day it is."""
        return {"report": self._report, "end": self._end, "today": self._set_today, "signal": self._add_signal}

    def resume(self) -> None:
        """Nothing goes on by itself."""

    def deliver(self, body: bytes, *, times: int = 1) -> Delivery:
        """Not done: signals are fetched."""
        raise DecodeFailure("this index is asked; it delivers nothing")

    def instead_of_taking(self, fault: str, request: Request) -> Reply:
        """Its own faults, else those of any partner."""
        if fault in ("soap_server", "soap_client"):
            code = "Server" if fault == "soap_server" else "Client"
            return Reply(500, soap.write_fault(code, "gesimuleerd"), _XML)
        if fault == "say_later":
            return _answer("LATER")
        if fault == "other_namespace":
            return Reply(200, soap.write_message(b'<antwoord xmlns="urn:another"><resultaat>OK</resultaat></antwoord>'), _XML)
        return super().instead_of_taking(fault, request)

    def take(self, request: Request) -> tuple[Reply, str]:
        """Carry an operation out."""
        try:
            message = soap.read_message(request.body)
            (asked,) = message.body
        except (DecodeFailure, ValueError):
            self.log.violation("a request that is no SOAP message with one element")
            return Reply(500, soap.write_fault("Client", "onleesbaar"), _XML), "unreadable"
        name = etree.QName(asked).localname
        operations = {
            "registreerMelding": self._register,
            "wijzigMelding": self._change,
            "verwijderMelding": self._remove,
            "zoekMelding": lambda one: "BEKEND" if self._stands(_text(one, "meldingId")) else "ONBEKEND",
            "bevestigSignaal": self._confirm,
        }
        with self._lock:
            if name == "haalSignalen":
                return Reply(200, soap.write_message(self._pending()), _XML), "signals"
            if name not in operations or etree.QName(asked).namespace != NAMESPACE:
                self.log.violation(f"an operation that this index does not have: {name}")
                return Reply(500, soap.write_fault("Client", "onbekende operatie"), _XML), "unknown"
            word = operations[name](asked)
            if name in ("registreerMelding", "wijzigMelding", "verwijderMelding"):
                self._note(name, asked, request.body, word)
        return _answer(word), word

    def _note(self, name: str, asked: etree._Element, raw: bytes, word: str) -> None:
        digest = hashlib.sha256(etree.tostring(asked, method="c14n", exclusive=True)).hexdigest()
        reference = f"{name}/{_text(asked, 'meldingId')}"
        earlier = self.log.take(Received("hub", reference, name, digest, hashlib.sha256(raw).hexdigest(), answer=word))
        if earlier is not None:
            self.log.repeated(earlier)

    @property
    def _day(self) -> dt.date:
        return self._today or dt.datetime.now(_AMSTERDAM).date()

    def _stands(self, id_: str) -> bool:
        known = self._reports.get(id_)
        return known is not None and known.archived is None

    def _register(self, asked: etree._Element) -> str:
        id_, removal = _text(asked, "meldingId"), dt.date.fromisoformat(_text(asked, "verwijderdatum"))
        if id_ in self._reports:
            return "DUBBEL"
        if not self._day < removal <= _two_years_on(self._day) or not _text(asked, "beslotenDoor"):
            return "GEWEIGERD"
        subject = tuple(one for one in (_text(asked, "jongere/" + name) for name in _SUBJECT) if one)
        reporters = [
            _who(part) for name in ("melder", "coordinator") if (part := asked.find(f"{{{NAMESPACE}}}{name}")) is not None
        ]
        return self._add(id_, subject, reporters, removal, ours=True)

    def _add(self, id_: str, subject: tuple[str, ...], reporters: list[dict[str, str]], removal: dt.date, *, ours: bool) -> str:
        person = BY_BSN.get(subject[0]) if len(subject) == 1 else BY_KEY.get(_key(subject))
        if person is not None and removal > _birthday(person.birth, 23):
            return "GEWEIGERD"
        new = Report(id_, subject, person, reporters, removal, ours)
        for other, same in matches(new, list(self._reports.values()), self._day):
            archived = other.archived is not None
            self._signal(new, other, same=same, archived=archived)
            if archived:
                other.spent = True  # whose own reporters hear nothing any more
            else:
                self._signal(other, new, same=same, archived=False)
        self._reports[id_] = new
        return "OK"

    def _signal(self, to: Report, about: Report, *, same: bool, archived: bool) -> None:
        if not to.ours:
            return
        number = f"S-{next(self._numbers):06d}"
        others = "".join(f"<ander>{_written(who)}</ander>" for who in about.reporters)
        words = {"zelfdeJongere": "ja" if same else "nee", "bron": "archief" if archived else "actueel"}
        xml = f"<signaalId>{number}</signaalId><meldingId>{to.id}</meldingId>{others}{_written(words)}"
        self._signals[number] = to.id, f"<signaal>{xml}</signaal>"

    def _pending(self) -> bytes:
        inner = "".join(xml for _, xml in self._signals.values())
        return f'<signalen xmlns="{NAMESPACE}">{inner}</signalen>'.encode()

    def _confirm(self, asked: etree._Element) -> str:
        self._signals.pop(_text(asked, "signaalId"), None)
        return "OK"

    def _change(self, asked: etree._Element) -> str:
        report = self._reports.get(_text(asked, "meldingId"))
        if report is None or report.archived is not None:
            return "ONBEKEND"
        if removal := _text(asked, "verwijderdatum"):
            report.removal = dt.date.fromisoformat(removal)
        for place, name in enumerate(("melder", "coordinator")):
            part = asked.find(f"{{{NAMESPACE}}}{name}")
            if part is not None:
                report.reporters[place : place + 1] = [_who(part)]
        return "OK"

    def _remove(self, asked: etree._Element) -> str:
        return self._end_report(_text(asked, "meldingId"), _text(asked, "reden"))

    def _end_report(self, id_: str, reason: str) -> str:
        if reason not in _REASONS:
            return "GEWEIGERD"
        if not self._stands(id_):
            return "ONBEKEND"
        if reason in ARCHIVED_FOR:
            self._reports[id_].archived = self._day
        else:
            del self._reports[id_]
        return "OK"

    def _tell_reports(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"id": one.id, "ours": one.ours, "removal": one.removal.isoformat(), "archived": one.archived is not None}
                for one in self._reports.values()
            ]

    def _report(self, order: dict[str, Any]) -> dict[str, str]:
        subject = (str(order["bsn"]),) if "bsn" in order else tuple(map(str, order["subject"]))
        reporter = dict(order.get("reporter", ANOTHER))
        with self._lock:
            id_ = str(order.get("id") or f"ander-{next(self._numbers)}")
            word = self._add(id_, subject, [reporter], _two_years_on(self._day), ours=False)
        return {"id": id_, "result": word}

    def _end(self, order: dict[str, Any]) -> dict[str, str]:
        with self._lock:
            return {"result": self._end_report(str(order["id"]), str(order["reason"]))}

    def _set_today(self, order: dict[str, Any]) -> dict[str, str]:
        self._today = dt.date.fromisoformat(order["day"])
        return {"day": order["day"]}

    def _add_signal(self, order: dict[str, Any]) -> dict[str, str]:
        with self._lock:
            self._signals[str(order["id"])] = str(order.get("melding", "")), str(order["xml"])
        return {}


#: Who reports for another organisation where an order names nobody.
ANOTHER: Mapping[str, str] = {
    "id": "b.voorbeeld",
    "naam": "Bo Voorbeeld",
    "organisatie": "Jeugdgezondheid Testregio",
    "telefoon": "020-5550199",
    "email": "b.voorbeeld@jgz.example",
}
_SUBJECT = ("bsn", "geslachtsnaam", "geboortedatum", "geslacht")


def _text(asked: etree._Element, path: str) -> str:
    return (asked.findtext("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))) or "").strip()


def _who(part: etree._Element) -> dict[str, str]:
    return {name: _text(part, name) for name in ANOTHER}


def _written(values: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())


def _key(subject: tuple[str, ...]) -> tuple[str, str, str]:
    name, birth, sex = (*subject, "", "", "")[:3]
    return name.casefold(), birth, sex


def _birthday(birth: dt.date, age: int) -> dt.date:
    leap = birth.month == 2 and birth.day == 29
    return dt.date(birth.year + age, birth.month, 28 if leap else birth.day)


def _two_years_on(day: dt.date) -> dt.date:
    return _birthday(day, 2)


def _answer(word: str) -> Reply:
    body = f'<antwoord xmlns="{NAMESPACE}"><resultaat>{word}</resultaat></antwoord>'
    return Reply(200, soap.write_message(body.encode()), _XML)
