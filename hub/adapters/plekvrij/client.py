"""The way out of events about free places: a signed POST to one subscriber, or to the organisation's own collector.

A message with an attribute ``url`` is one subscriber's. Trouble with it blames that addressee, so that one that is dead or slow
costs the others nothing. A message without goes to the collector; where there is none, the event is in the feed, on the board
and with the subscribers by then, and nothing more has to be done.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from typing import ClassVar

from hub.adapters.plekvrij.settings import PlekvrijSettings
from hub.contracts.adapter import PartnerHealth
from hub.errors import (
    Blame,
    ConfigError,
    ConnectionFault,
    HubError,
    NotConnected,
    Refused,
    Throttled,
    TransientError,
)
from hub.message import Outgoing, Receipt, Repeat
from hub.standards.cloudevents import MEDIA_TYPE
from hub.transports import webhook
from hub.transports.http import HttpTransport
from hub.transports.http_reply import HttpReply
from hub.transports.not_now import not_now
from hub.transports.tls import TlsMode, TlsSettings, client_context

#: An answer says little; more than this is not read.
_MAX_REPLY_BYTES = 10_000
#: Answers that say: taken. Their body is empty or JSON; anything else comes from something that stands before the receiver.
_TAKEN = frozenset({200, 201, 202, 204})
#: Answers that say: never send me this. Others may mend.
_REFUSALS = frozenset({400, 405, 406, 409, 410, 413, 415, 422})
_TOO_MANY = 429
#: TLS of subscribers: the roots of the system, and no certificate of ours.
_SUBSCRIBER_TLS = TlsSettings(mode=TlsMode.ONE_WAY)
#: Seconds to wait when a subscriber asks to slow down without saying how long.
_SLOW_DOWN_SECONDS = 30.0


class PlekvrijAdapter:
    """One connection. Keeps no line open between calls, since each may be another's.

    Raises: ConfigError: a certificate file of the collector cannot be read.
    """

    partner: ClassVar[str] = "plekvrij"
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    can_ping: ClassVar[bool] = True

    def __init__(self, settings: PlekvrijSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._closed = False
        self._running: set[HttpTransport] = set()
        # made once: reading the roots of the system takes longer than a call
        self._collector_context = client_context(settings.tls)
        self._subscriber_context = client_context(_SUBSCRIBER_TLS)

    def open(self) -> None:
        """Allow calls again."""
        with self._lock:
            self._closed = False

    def close(self) -> None:
        """End what runs, a ping included. Idempotent."""
        with self._lock:
            self._closed = True
            for transport in self._running:
                transport.close()

    def send(self, outgoing: Outgoing) -> Receipt:
        """One POST of the event. Raises: HubError, as the contract says."""
        url = outgoing.attributes.get("url", "")
        blame = Blame.ADDRESSEE if url else Blame.CONNECTION
        target = url or self._settings.collector_url
        if not target:
            with self._lock:
                if self._closed:
                    raise NotConnected("the connection has been closed", code="connection_lost")
            return Receipt("kept", remark="no collector is configured")
        headers = self._headers(outgoing)
        try:
            reply = self._post(target, outgoing.body, headers, guarded=bool(url))
        except ConnectionFault as error:
            if not url:
                raise
            raise NotConnected(error.text).blaming(blame) from None  # one subscriber's TLS is not the connection's
        except ConfigError:
            raise Refused("the address of this subscriber cannot be used", code="refused").blaming(blame) from None
        except HubError as error:
            raise error.blaming(blame) from None
        return _judge(reply, blame)

    def ping(self) -> PartnerHealth:
        """Connect to the collector, where there is one: each subscriber is another, and nobody asks all of them."""
        if not self._settings.collector_url:
            return PartnerHealth(True, "there is no collector to ask")
        try:
            with self._calling(self._settings.collector_url, guarded=False) as transport:
                transport.connect()
        except TransientError as error:
            return PartnerHealth(False, error.text)
        return PartnerHealth(True)

    def _post(self, url: str, body: bytes, headers: Mapping[str, str], *, guarded: bool) -> HttpReply:
        with self._calling(url, guarded=guarded) as transport:
            return transport.post("", body, headers)

    @contextlib.contextmanager
    def _calling(self, url: str, *, guarded: bool) -> Iterator[HttpTransport]:
        """A transport for one call, known to ``close`` as long as it lives."""
        transport = self._transport(url, guarded=guarded)
        with self._lock:
            if self._closed:
                transport.close()
            self._running.add(transport)
        try:
            yield transport
        finally:
            with self._lock:
                self._running.discard(transport)
            transport.close()

    def _transport(self, url: str, *, guarded: bool) -> HttpTransport:
        settings = self._settings
        tls, context = settings.tls, self._collector_context
        if guarded:
            secure = url.startswith("https:")
            tls, context = (_SUBSCRIBER_TLS, self._subscriber_context) if secure else (TlsSettings(), None)
        return HttpTransport(
            url,
            tls=tls,
            context=context,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.read_timeout_seconds,
            max_reply_bytes=_MAX_REPLY_BYTES,
            permit=webhook.is_public if guarded and not settings.allow_private else lambda address: True,
        )

    def _headers(self, outgoing: Outgoing) -> Mapping[str, str]:
        headers = {"Content-Type": f"{MEDIA_TYPE}; charset=utf-8", "Idempotency-Key": outgoing.reference}
        key, attributes = self._settings.signing_key, outgoing.attributes
        if key is None:
            if "url" in attributes:
                raise ConnectionFault("there is no signing key", code="authentication_failed")
            return headers
        subscriber = attributes.get("subscriber", "collector")
        generations = attributes.get("generations", "1").split(",")
        secrets = [webhook.secret_of(key.reveal(), subscriber, int(number)) for number in generations]
        return headers | {webhook.SIGNATURE: webhook.sign(outgoing.body, secrets, int(time.time()))}


def _judge(reply: HttpReply, blame: Blame) -> Receipt:
    status = reply.status
    if status in _TAKEN and _is_an_answer(reply.body):
        return Receipt(f"http_{status}")
    if status in _REFUSALS:
        error: HubError = Refused(f"the receiver refuses the event with {status}", partner_code=str(status))
        raise error.blaming(blame)
    if status == _TOO_MANY and "retry-after" not in reply.headers:
        raise Throttled("the receiver asks to slow down", after=_SLOW_DOWN_SECONDS).blaming(blame)
    code = "foreign_answer" if status in _TAKEN or status in (301, 302, 303, 307, 308, 502, 504) else "partner_unavailable"
    raise not_now(reply, f"the receiver answers {status}", code).blaming(blame)


def _is_an_answer(body: bytes) -> bool:
    if not body.strip():
        return True
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def make(settings: PlekvrijSettings, connection: str) -> PlekvrijAdapter:
    """The adapter of one connection."""
    del connection
    return PlekvrijAdapter(settings)
