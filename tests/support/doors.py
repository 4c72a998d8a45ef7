"""The hub's endpoints as a Digikoppeling adapter sees them: deliveries over real HTTP, and reading what came back."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

from lxml import etree

from hub.journal import reading
from hub.journal.reading import Filter, MessageView
from hub.schemas import registry
from hub.standards.stuf import Fout, read_fout
from hub.transports import soap
from hub.transports.digikoppeling.addressing import DAI
from tests.support.hub_processes import HubProcesses

#: Settings of one more connection, for ``HubProcesses(more=...)``.
MORE = """
[connections.{name}]
partner = "corv"
enabled = false
[connections.{name}.settings]
url = "http://127.0.0.1:9/digikoppeling"
own = {{ organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }}
partner = {{ organisatie = "00000099000000002000", applicatie = "RvdK-applicatie" }}
[connections.{name}.settings.inbound]
path = "/partners/{name}"
{inbound}
"""
#: Largest request at the connection ``krap``.
MOST_BYTES = 50_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub said over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def bevestiging(self) -> str:
        """Name of the business element, e.g. ``Bv03Bericht``, checked against its schema."""
        (element,) = soap.read_message(self.body).body
        assert registry.validate(element) == ()
        return str(element.tag).rpartition("}")[2]

    @property
    def fault(self) -> tuple[str, Fout | None]:
        """The faultcode, and the Fo03 in the fault, if any, checked against its schema."""
        fault = soap.read_message(self.body).fault
        assert fault is not None
        if not fault.detail:
            return fault.code, None
        (fo03,) = fault.detail
        assert registry.validate(fo03) == ()
        return fault.code, read_fout(fo03)


class Doors:
    """The hub's endpoints, as an adapter sees them."""

    def __init__(self, hub: HubProcesses) -> None:
        self.hub = hub

    def post(self, name: str, body: bytes, *, length: int | None = None, method: str = "POST") -> Answer:
        """Deliver over real HTTP; ``length`` claims another size than the body has."""
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=20)
        try:
            headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
            if length is not None:
                headers["Content-Length"] = str(length)
            connection.request(method, f"/partners/{name}", body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def incoming(self, name: str) -> list[MessageView]:
        """What the hub has kept of a connection, newest first."""
        return reading.list_messages(self.hub.hub.journal, Filter(direction="in", connection=name))


def bericht(inner: bytes) -> bytes:
    """A SOAP message without headers whose body is one ``dai:bericht``."""
    return soap.write_message(b'<d:bericht xmlns:d="%s">%s</d:bericht>' % (DAI.encode(), inner))


def text_of(answer: Answer) -> str:
    """All text of an answer."""
    return "".join(str(part) for part in etree.fromstring(answer.body).itertext())
