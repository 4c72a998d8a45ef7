"""One connection to an index: builds a call by the WSDL, makes it, and tells what the answer means. Used by adapter and source.

zeep builds the request and does not post it; the answer is read by the hub's own parser (``hub.transports.soap``).
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lxml import etree

from hub.adapters.verwijsindex.mapping import arguments, text_at
from hub.adapters.verwijsindex.settings import IndexSettings, Operation, Reaction
from hub.errors import ConfigError, ConnectionFault, DecodeFailure, HubError, Reached, Refused, Stage, Unavailable
from hub.transports import soap
from hub.transports.http import HttpTransport
from hub.transports.http_reply import HttpReply
from hub.transports.not_now import not_now

if TYPE_CHECKING:
    from zeep import Client

#: Results are shown, so only what looks like a code is.
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,30}")
_WSDL_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
#: Of the 4xx, what may be answered otherwise in a while: request time-out, too early, too many requests.
_OF_THE_MOMENT = frozenset({408, 425, 429})
#: A worker and a poller begin at the same moment: one of them imports zeep and reads its WSDL, then the other.
_loading = threading.Lock()


class Index:
    """A connection. Used by one thread at a time, except ``close``.

    Args:
        settings: Of this connection.

    Raises:
        ConfigError: The URL or a certificate file cannot work.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self.settings = settings
        self._reactions = settings.reaction_table()
        self._transport = HttpTransport(
            settings.url,
            tls=settings.tls,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.read_timeout_seconds,
        )
        self._client: Client | None = None
        self._namespaces: frozenset[str] = frozenset()

    def open(self) -> None:
        """Read the WSDL, once, and allow calls. Raises: ConfigError: it cannot be read, or lacks an operation."""
        if self._client is None:
            self._client = self._load()
        self._transport.open()

    def close(self) -> None:
        """Let go of the connection; from any thread."""
        self._transport.close()

    def connect(self) -> None:
        """Connect without calling. Raises: NotConnected, ConnectionFault."""
        self._transport.connect()

    def call(self, operation: Operation, values: Mapping[str, str]) -> etree._Element:
        """Make one call; the element of the answer, when the index answered at all. See ``result`` for what it said.

        Raises:
            NotConnected: Surely not sent.
            ConnectionFault: The connection or its mapping is wrong.
            Refused: The index says that the request is wrong.
            TransientError: Not now.
        """
        body = self._request(operation, values)
        headers = {"Content-Type": soap.CONTENT_TYPE, "SOAPAction": f'"{self._action(operation)}"', **self._credentials()}
        reply = self._transport.post("", body, headers)
        try:
            return self._answer(reply)
        except HubError as error:
            error.evidence = reply.body
            raise

    def result(self, operation: Operation, answer: etree._Element) -> str:
        """The result in an answer, raised when it is none that means done; empty when the operation has none.

        Raises:
            Refused: The index says no.
            Unavailable: Not now, or the answer has no result.
        """
        if not operation.result:
            return ""
        code = text_at(answer, operation.result)
        if not code:
            raise _unavailable("an answer of the index without a result", "foreign_answer")
        shown = code if _CODE.fullmatch(code) else "without a readable code"
        reaction = self._reactions.get(code, Reaction.PARK)
        if reaction is Reaction.PARK:
            raise Refused(f"the index answers {shown}", partner_code=shown)
        if reaction is Reaction.RETRY:
            raise Unavailable(f"the index answers {shown}", stage=Stage.SENDING)
        if reaction is Reaction.PAUSE:
            raise ConnectionFault(f"the index answers {shown}", code="authentication_failed", stage=Stage.SENDING)
        return shown

    def _load(self) -> Client:
        file = self.settings.wsdl
        try:
            with _loading:
                from hub.transports.wsdl import load_wsdl  # half a second, so where it is first needed

                client = load_wsdl(file)
            self._namespaces = _namespaces(file.read_bytes())
            for operation in self._operations():
                client.service[operation.operation]
        except OSError as error:
            raise ConfigError("the WSDL, or a schema that it imports, cannot be read", file=str(file), key="wsdl") from error
        except (AttributeError, KeyError, ValueError) as error:
            text = f"the WSDL has no operation as in operations ({type(error).__name__})"
            raise ConfigError(text, file=str(file), key="operations") from error
        except Exception as error:  # zeep and lxml raise errors of many kinds over what is no WSDL
            raise ConfigError(f"the WSDL cannot be used ({type(error).__name__})", file=str(file), key="wsdl") from error
        return client

    def _operations(self) -> list[Operation]:
        found = self.settings.operations
        every = (found.melding, found.wijziging, found.beeindiging, found.bekend, found.signalen, found.gelezen)
        return [one for one in every if one is not None]

    def _request(self, operation: Operation, values: Mapping[str, str]) -> bytes:
        from hub.transports.wsdl import build_envelope

        assert self._client is not None, "open() comes first"
        given = arguments(operation, values, self.settings)
        try:
            envelope = build_envelope(self._client, operation.operation, [], **given)
        except Exception as error:  # the error may quote a value
            text = f"the mapping of operation {operation.operation} does not give what its WSDL asks ({type(error).__name__})"
            raise ConnectionFault(text, code="config_invalid", stage=Stage.SENDING) from None
        return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)

    def _action(self, operation: Operation) -> str:
        assert self._client is not None
        service = next(iter(self._client.wsdl.services.values()))
        port: Any = next(iter(service.ports.values()))
        return str(port.binding.get(operation.operation).soapaction or "")

    def _credentials(self) -> dict[str, str]:
        if not self.settings.username or self.settings.password is None:
            return {}
        pair = f"{self.settings.username}:{self.settings.password.reveal()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def _answer(self, reply: HttpReply) -> etree._Element:
        status = f"http:{reply.status}"
        if self._reactions.get(status) is Reaction.PAUSE:
            code = "address_wrong" if reply.status == 404 else "authentication_failed"
            raise ConnectionFault(f"HTTP {reply.status}", code=code, stage=Stage.SENDING)
        try:
            message = soap.read_message(reply.body)
        except DecodeFailure:
            raise self._not_soap(reply) from None
        if message.fault is not None:
            raise self._fault(message.fault.code, reply)
        if not 200 <= reply.status < 300 or len(message.body) != 1:
            raise self._not_soap(reply)
        answer = message.body[0]
        if etree.QName(answer).namespace not in self._namespaces:
            raise _unavailable("the answer is in a namespace that the WSDL does not have", "foreign_answer")
        return answer

    def _fault(self, faultcode: str, reply: HttpReply) -> HubError:
        code = faultcode if _CODE.fullmatch(faultcode) else "without a readable code"
        reaction = self._reactions.get(f"fault:{code}")
        if reaction is Reaction.PARK:
            return Refused(f"SOAP fault {code}", partner_code=code)
        if reaction is Reaction.PAUSE:
            return ConnectionFault(f"SOAP fault {code}", code="authentication_failed", stage=Stage.SENDING)
        return not_now(reply, f"SOAP fault {code}", "partner_unavailable")

    def _not_soap(self, reply: HttpReply) -> HubError:
        """A proxy, a maintenance page, an empty body."""
        if 400 <= reply.status < 500 and reply.status not in _OF_THE_MOMENT:
            return Refused(f"HTTP {reply.status}", partner_code=f"http:{reply.status}")
        what = "something else than expected" if reply.body else "an empty body"
        code = "foreign_answer" if reply.status < 400 else "partner_unavailable"
        return not_now(reply, f"HTTP {reply.status} with {what}", code)


def _unavailable(text: str, code: str) -> Unavailable:
    return Unavailable(text, code=code, reached=Reached.MAYBE, stage=Stage.SENDING)


def _namespaces(wsdl: bytes) -> frozenset[str]:
    """Every namespace in which an answer may be by this WSDL: of its schemas, of those it imports, and of rpc answers."""
    root = etree.fromstring(wsdl, etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True))
    found = {str(one.get("targetNamespace") or one.get("namespace") or "") for one in root.iter(etree.Element)}
    found |= {str(one.get("namespace") or "") for one in root.iter(f"{_WSDL_SOAP}body")}
    return frozenset(found - {""})
