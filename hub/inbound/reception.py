"""Reception: what a partner sends us, from the raw request to the answer; and what a source fetched, already parsed.

authenticate -> parse -> validate -> seal -> one transaction (store, deduplicate, correlate, end our message) -> answer

The partner gets a confirmation only after the commit, and the confirmation is stored in that same transaction, so that a
repeat gets it again word for word.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence

from hub import telemetry
from hub.contracts.adapter import HttpAnswer, InboundEndpoint, InboundRequest, Incoming
from hub.crypto.keyring import Keyring
from hub.errors import DecodeFailure, HubError, NoRoute, PermanentError, SchemaViolation, Untrusted
from hub.intake.budget import ByteBudget
from hub.journal.database import Database
from hub.journal.records import NewIncoming, Received
from hub.journal.units import receiving
from hub.message import new_id
from hub.telemetry import LogEvent

log = telemetry.get_logger()

_DAY = 86_400_000_000
#: Default terms, in microseconds.
KEEP_RECEIVED = 90 * _DAY
KEEP_REFUSED = 14 * _DAY
#: Refused messages that one endpoint keeps in an hour, together.
MAX_REFUSED_BYTES_PER_HOUR = 200_000_000


class Reception:
    """Receives over one connection. Thread-safe.

    Args:
        endpoint: Where the partner brings its messages; None when they are only fetched, by ``take`` and ``keep``.
        connection: Name of the partner connection whose messages these may answer.
        partner: The kind of partner, for metrics; the endpoint's own when there is one.
        keep_received: Microseconds that content is kept.
        keep_refused: The same for what was refused.
    """

    def __init__(
        self,
        journal: Database,
        keyring: Keyring,
        endpoint: InboundEndpoint | None,
        *,
        connection: str,
        partner: str = "",
        keep_received: int = KEEP_RECEIVED,
        keep_refused: int = KEEP_REFUSED,
        budget: ByteBudget | None = None,
    ) -> None:
        self._endpoint = endpoint
        self.connection = connection
        self.partner = endpoint.partner if endpoint else partner
        self._journal = journal
        self._keyring = keyring
        self._keep_received = keep_received
        self._keep_refused = keep_refused
        self._budget = budget or ByteBudget()
        self._kept_lock = threading.Lock()
        self._kept_hour, self._kept_bytes = -1, 0

    @property
    def endpoint(self) -> InboundEndpoint:
        """Where the partner brings its messages. Not to be asked of a reception without one."""
        assert self._endpoint is not None
        return self._endpoint

    def take(self, incoming: Incoming, answer: HttpAnswer | None = None) -> Received:
        """Store a parsed message and let it do its work; after this it is committed.

        Args:
            answer: What the partner will be told; stored with it, so that a repeat is told the same.

        Raises:
            Unavailable: The journal is away; whether it was committed is not known when ``reached`` is ``maybe``.
        """
        received = self._journal.run(receiving.receive, self._seal(incoming, answer))
        telemetry.RECEIVED.labels(self.partner, "ok").inc()
        log.info(
            LogEvent.MESSAGE_RECEIVED,
            connection=self.connection,
            message_id=str(received.message_id),
            type=incoming.type,
            status=received.status.value,
            again=received.again,
        )
        if received.outcome is not None:
            log.info(LogEvent.MESSAGE_ANSWERED, message_id=str(received.cause), status=received.outcome.value)
        return received

    def keep(self, body: bytes, error: PermanentError) -> None:
        """Keep what an authenticated sender gave us and we will not take, so that a person can see why; one task tells of it.

        Raises:
            HubError: The journal could not keep it.
        """
        telemetry.RECEIVED.labels(self.partner, error.code).inc()
        log.warning(LogEvent.MESSAGE_REFUSED, connection=self.connection, code=error.code, text=error.text)
        self._journal.run(receiving.receive, self._refused(body, error))

    def refusal(self, head: InboundRequest) -> HttpAnswer | None:
        """The answer to a caller who may not deliver here, from the head of a request; None when its body may be read."""
        try:
            self.endpoint.authenticate(head)
        except Exception as error:
            return self._refuse(head, error, keep=False)
        return None

    def handle(self, request: InboundRequest) -> HttpAnswer:
        """Answer one request. Never raises; what goes wrong is answered as the endpoint prescribes."""
        authenticated = False
        try:
            with self._budget.take(len(request.body)):
                self.endpoint.authenticate(request)
                authenticated = True
                incoming = self.endpoint.parse(request)
                return self._receive(incoming)
        except Exception as error:
            return self._refuse(request, error, keep=authenticated)

    def _receive(self, incoming: Incoming) -> HttpAnswer:
        answer = self.endpoint.confirm(incoming)
        received = self.take(incoming, answer)
        return self._repeat(incoming, received) if received.again else answer

    def _repeat(self, incoming: Incoming, received: Received) -> HttpAnswer:
        if not received.identical or self.endpoint.duplicate_identical == "refuse" or received.answer is None:
            return self.endpoint.clash(incoming, identical=received.identical)
        data_key = self._keyring.unwrap(received.data_key, received.key_id, received.message_id)
        stored = self._keyring.open(received.answer, data_key, message_id=received.message_id, kind="answer")
        head, _, body = stored.partition(b"\n")
        facts = json.loads(head)
        return HttpAnswer(facts["status"], body, facts["headers"])

    def _seal(self, incoming: Incoming, answer: HttpAnswer | None) -> NewIncoming:
        contents = {"message": incoming.body}
        if answer is not None:
            facts = json.dumps({"status": answer.status, "headers": dict(answer.headers)}).encode()
            contents["answer"] = facts + b"\n" + answer.body
        if incoming.text:
            contents["text"] = incoming.text.encode()
        kenmerk = next((value for kind, value in incoming.keys if kind == "kenmerk"), "")
        return self._new(
            contents,
            route=incoming.route or self.connection,
            sent_to=incoming.sent_to,
            meaning=incoming.meaning,
            type=incoming.type,
            sender=incoming.sender,
            reference=incoming.reference,
            digest=incoming.digest,
            size=len(incoming.body),
            keep_for=self._keep_received,
            answer_status=answer.status if answer else 0,
            answers=incoming.answers,
            verdict=incoming.verdict,
            code=incoming.code,
            kenmerk=kenmerk,
            keys=incoming.keys,
            found_by=self._hashes(incoming.subjects),
            remarks=incoming.remarks,
            reason=incoming.reason,
            title=incoming.title,
            facts=incoming.facts,
        )

    def _hashes(self, subjects: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """What the persons are found by: a hash under every key, because ours may be older than this message."""
        hashed = (one for bsn in subjects for one in self._keyring.all_hashes_of_bsn(bsn))
        return tuple(dict.fromkeys(("bsn", ":".join(one)) for one in hashed))

    def _new(self, contents: Mapping[str, bytes], **facts: object) -> NewIncoming:
        message_id = new_id()
        key = self._keyring.new_data_key(message_id)
        sealed = {
            kind: self._keyring.seal(content, key.key, message_id=message_id, kind=kind) for kind, content in contents.items()
        }
        return NewIncoming(
            id=message_id,
            connection=self.connection,
            key_id=key.key_id,
            data_key=key.wrapped,
            contents=sealed,
            **facts,  # type: ignore[arg-type]
        )

    def _refuse(self, request: InboundRequest, error: Exception, *, keep: bool) -> HttpAnswer:
        code = error.code if isinstance(error, HubError) else "unexpected"
        telemetry.RECEIVED.labels(self.partner, code).inc()
        if not isinstance(error, HubError):
            log.error(LogEvent.FAULT_MET, connection=self.connection, exc_info=error)
        else:
            log.warning(LogEvent.MESSAGE_REFUSED, connection=self.connection, code=error.code, text=error.text)
        # What an authenticated sender sent and we will not take is kept, so that a person can see why.
        if keep and isinstance(error, DecodeFailure | SchemaViolation | NoRoute | Untrusted):
            self._keep(request, error)
        return self.endpoint.refuse(request, error)

    def _room_for(self, size: int) -> bool:
        """Whether what is refused may still be kept this hour: a sender that goes wrong must not fill the disk."""
        with self._kept_lock:
            hour = int(time.monotonic() // 3600)
            if hour != self._kept_hour:
                self._kept_hour, self._kept_bytes = hour, 0
            self._kept_bytes += size
            return self._kept_bytes <= MAX_REFUSED_BYTES_PER_HOUR

    def _keep(self, request: InboundRequest, error: PermanentError) -> None:
        if not self._room_for(len(request.body)):
            log.error(LogEvent.REFUSED_NOT_KEPT, connection=self.connection, code="too_large")
            return
        try:
            self._journal.run(receiving.receive, self._refused(request.body, error))
        except HubError as failure:
            log.error(LogEvent.REFUSED_NOT_KEPT, connection=self.connection, code=failure.code)

    def _refused(self, body: bytes, error: PermanentError) -> NewIncoming:
        return self._new(
            {"message": body, "text": _why(error).encode()},
            route=self.connection,
            title="",
            type="",
            sender="",
            reference="",
            digest=hashlib.sha256(body).digest(),
            size=len(body),
            keep_for=self._keep_refused,
            answer_status=0,
            answers=None,
            verdict=None,
            code=error.code,
            refused=True,
        )


def _why(error: PermanentError) -> str:
    """What is wrong, for who may look at the message: rules and places, a line each."""
    if not isinstance(error, SchemaViolation) or not error.findings:
        return error.text
    return "\n".join(f"{one.message} (line {one.line})" if one.line else one.message for one in error.findings)
