"""Every error the hub raises on purpose, one base per reaction of the engine.

HubError                code (closed list), stage, reached (no | maybe), blames, safe text; ids only, never content
├── ConfigError         at start: file, key, nearest known key; the program ends with exit code 2
├── ConnectionFault     the connection is wrong: pause it, one task; no message is harmed
├── EffectFailed        what an exchange does with a message failed: a fault of ours, and nothing was done
├── TransientError      retry
│   ├── NotConnected    surely not sent; the breaker counts it; does not burn an attempt
│   ├── Unavailable     "not now": time-out, reset, foreign answer, disk full
│   └── Throttled       the partner asked to wait ``after`` seconds
└── PermanentError      park the message, keep the original
    ├── DecodeFailure   not readable at all: encoding, XML, JSON, size
    ├── SchemaViolation readable but against the rules; carries ``findings``
    ├── Untrusted       signature, certificate or sender is not whom we expect
    ├── NoRoute         nobody here handles this kind of message
    └── Refused         the partner understood and said no; ``partner_code`` is its own code

Any other exception is a bug of ours: logged with its traceback, retried a small fixed number of times and then parked with
code ``unexpected``. The text of an error is *safe*: it may be logged, shown and sent, so it never holds content or names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self


class Reached(StrEnum):
    """Whether what we sent may have reached the partner."""

    NO = "no"
    MAYBE = "maybe"


class Blame(StrEnum):
    """Whom an error speaks against. Only ``CONNECTION`` counts for the breaker and for messages parked in a row."""

    CONNECTION = "connection"  # what everybody shares: the line, our credentials, the partner as a whole
    MESSAGE = "message"  # this message alone; says nothing about the next
    ADDRESSEE = "addressee"  # one receiver behind a connection that serves many; costs the others nothing


class Stage(StrEnum):
    """Where in the way of a message an error arose."""

    STARTING = "starting"
    RECEIVING = "receiving"
    PROCESSING = "processing"
    SENDING = "sending"


#: The closed list of codes, each with the line of help that the command line shows. The console has its own sentence per
#: code in Dutch (``hub.web.console.words``); a test holds the two lists against each other.
CODES: dict[str, str] = {
    "config_invalid": "A setting is wrong. Correct the named key in the named file and run `hub check`.",
    "tls_failed": "The TLS connection could not be made. Check certificate, trust store and host name of this connection.",
    "authentication_failed": "The partner does not accept our credentials. Check certificate or key of this connection.",
    "address_wrong": "Nothing answers at this address. Check the URL of this connection.",
    "not_connected": "The partner could not be reached; nothing was sent. The hub tries again by itself.",
    "timed_out": "The partner did not answer in time. The hub tries again with the same identity.",
    "connection_lost": "The connection broke while sending. The hub tries again with the same identity.",
    "foreign_answer": "Something other than the partner answered (a proxy, a maintenance page). The hub tries again.",
    "answer_to_another": "The partner answered about another message than ours. The hub tries again with the same identity.",
    "partner_unavailable": "The partner says: not now. The hub tries again.",
    "throttled": "The partner asked us to slow down. The hub waits that long.",
    "journal_away": "The database cannot be reached or used. Check journal.url and the database's own log.",
    "disk_full": "There is no room to store anything. Free space on the machine of the hub.",
    "undecodable": "The document cannot be read at all. Look at the place that is named and offer it again.",
    "too_large": "The document is larger than allowed. Make it smaller and offer it again.",
    "schema_violation": "The document breaks a rule of its standard. Correct what the findings name and offer it again.",
    "untrusted": "The sender or signature is not whom we expect. Check with the partner before doing anything else.",
    "no_route": "Nothing here handles this kind of message. Check the configuration of routes.",
    "refused": "The partner understood the message and refused it. Read the partner's reason and correct the message.",
    "out_of_scope": "This key or account may not offer documents for that organisation. Use another, or change its scope.",
    "proposal_gone": "This proposal was decided, withdrawn or changed meanwhile. Look at it again.",
    "needs_decision": "A message of this route needs the decision of a signed-in person. That person makes it in the console.",
    "reference_clash": "The partner already knows this reference with other content. Send as new.",
    "in_doubt": "It is unknown whether the partner has this message and repeating is unsafe. Ask the partner first.",
    "attempts_used_up": "All attempts failed. Look at the last reason, then resend.",
    "deadline_passed": "The message could not be delivered before its deadline. Decide whether it still makes sense.",
    "worker_died": "The program died several times while sending this message. Look at the log before resending.",
    "connection_paused": "This connection is paused. Look at its task, repair the cause and resume.",
    "content_gone": "The content of this message has been destroyed, so it cannot be sent.",
    "effect_failed": "What an exchange keeps about this message could not be written. Report it with its id and the log.",
    "no_progress": "A message is due and has not been tried for minutes. Look at its worker and at the queue of the broker.",
    "broker_away": "The broker cannot be reached, or takes nothing (memory or disk alarm). Look at RabbitMQ and its alarms.",
    "role_fails": "A part of the hub fails each time it is started. Look at the log of that process.",
    "unexpected": "A fault in the hub itself. Report it with the message's id and the log.",
}


#: What these codes tell is about one message, whoever sends it and however often.
_OF_ONE_MESSAGE = frozenset({"reference_clash", "too_large", "content_gone", "in_doubt", "deadline_passed"})


class HubError(Exception):
    """Base of all errors of the hub.

    Args:
        text: What is wrong, safe to log and show: ids and rules, never content.
        code: One of ``CODES``; the class's own default when absent.
        reached: Whether the partner may have got what we sent.
        stage: Where it arose.

    Attributes:
        blames: Whom it speaks against: the connection, but for codes that are about one message. An adapter that knows better
            sets another (``error.blaming(Blame.ADDRESSEE)``).
    """

    default_code: ClassVar[str] = "unexpected"

    def __init__(
        self,
        text: str,
        *,
        code: str | None = None,
        reached: Reached = Reached.NO,
        stage: Stage = Stage.PROCESSING,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code or self.default_code
        if self.code not in CODES:
            raise ValueError(f"unknown error code {self.code!r}")
        self.reached = reached
        self.stage = stage
        self.blames = Blame.MESSAGE if self.code in _OF_ONE_MESSAGE else Blame.CONNECTION
        #: The other side's own words, as they came. May hold anything: kept encrypted beside the message, never logged or shown
        #: without the rights to its content.
        self.evidence: bytes | None = None

    def blaming(self, blame: Blame) -> Self:
        """The same error, which speaks against another than its code would say."""
        self.blames = Blame(blame)
        return self

    @property
    def help(self) -> str:
        """One line that says what to do."""
        return CODES[self.code]


class ConfigError(HubError):
    """A setting is missing, unknown or wrong; raised at start only.

    Args:
        text: What is wrong and how to mend it.
        file: The file that holds the setting, or the environment variable's name.
        key: Dotted key of the setting.
        nearest: The nearest known key, when this one is unknown.
    """

    default_code = "config_invalid"

    def __init__(self, text: str, *, file: str = "", key: str = "", nearest: str | None = None) -> None:
        super().__init__(text, stage=Stage.STARTING)
        self.file = file
        self.key = key
        self.nearest = nearest

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.file, self.key) if part)
        hint = f" Did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{place}: {self.text}{hint}" if place else f"{self.text}{hint}"


class ConnectionFault(HubError):
    """The connection itself is wrong (TLS, authentication, address): no message is to blame."""

    default_code = "address_wrong"


class EffectFailed(HubError):
    """What an exchange does in the journal's transaction failed, so the whole transaction was taken back."""

    default_code = "effect_failed"


class TransientError(HubError):
    """Not now; the same message may succeed later."""

    default_code = "partner_unavailable"


class NotConnected(TransientError):
    """Surely not sent: refused, name not found, connect time-out."""

    default_code = "not_connected"


class Unavailable(TransientError):
    """The partner, or what stands before it, could not take the message now."""

    default_code = "partner_unavailable"


class Throttled(TransientError):
    """The partner asked to wait.

    Args:
        after: Seconds to wait before the next attempt.
    """

    default_code = "throttled"

    def __init__(self, text: str, *, after: float, reached: Reached = Reached.NO, stage: Stage = Stage.SENDING) -> None:
        super().__init__(text, reached=reached, stage=stage)
        self.after = after


class PermanentError(HubError):
    """Repeating cannot help; a person has to look."""

    default_code = "refused"


class DecodeFailure(PermanentError):
    """The document cannot be read: size, encoding, XML, JSON."""

    default_code = "undecodable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a document.

    ``message`` names the rule and the place but never the value, so that it may be logged.
    """

    rule: str
    message: str
    line: int | None = None
    path: str = ""
    field: str = ""
    severity: str = "error"


class SchemaViolation(PermanentError):
    """The document can be read but breaks rules; ``findings`` says which and where."""

    default_code = "schema_violation"

    def __init__(self, text: str, findings: Sequence[Finding] = (), *, stage: Stage = Stage.PROCESSING) -> None:
        super().__init__(text, stage=stage)
        self.findings = tuple(findings)


class Untrusted(PermanentError):
    """Signature, certificate or sender is not whom we expect."""

    default_code = "untrusted"


class NoRoute(PermanentError):
    """Nothing here handles this kind of message."""

    default_code = "no_route"


class Refused(PermanentError):
    """The partner understood the message and said no.

    Args:
        partner_code: The partner's own code, for the folded part of the console.
    """

    default_code = "refused"

    def __init__(
        self,
        text: str,
        *,
        partner_code: str = "",
        code: str | None = None,
        reached: Reached = Reached.NO,
        stage: Stage = Stage.SENDING,
    ) -> None:
        super().__init__(text, code=code, reached=reached, stage=stage)
        self.partner_code = partner_code
