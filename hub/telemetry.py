"""The technical log and the metrics: all names in one place, and a guard that keeps BSNs out.

Three kinds of logs exist (docs: logs); this is only the technical one: JSON lines on standard error with event names and
ids, no content. Who saw what and what was processed about whom are in the database (``hub.privacy``).

Log with ``get_logger().info(LogEvent.MESSAGE_ACCEPTED, message_id=str(id), route=name)``. Values are for machines: give
ids, names of routes and connections, counts and codes; never text from a document.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Self, TextIO
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from hub.errors import HubError

#: What takes the place of a value that looks like a BSN.
REDACTED = "[removed: looks like a BSN]"

_TYPED_NINE = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")
_NINE_APART = re.compile(r"(?<![0-9A-Za-z])[0-9]{9}(?![0-9A-Za-z])")
_NINE_DIGITS = re.compile(r"(?<![0-9A-Za-z])(?:\d{9}|\d{3}[. -]\d{3}[. -]\d{3}|\d{4}[. -]\d{2}[. -]\d{3})(?![0-9A-Za-z])")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
#: Names of values with a unit: a number under such a name is a measurement.
_MEASURES = ("_us", "_ms", "_seconds", "_bytes", "_count", "_total")


class LogEvent(StrEnum):
    """Every event of the technical log with what it means; the documentation's list is made from this."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        event = str.__new__(cls, value)
        event._value_ = value
        event.description = description
        return event

    HUB_STARTED = "hub_started", "A process of the hub is ready for work."
    WEB_LISTENING = "web_listening", "The web server answers; url says where, also when web.port is 0."
    HUB_STOPPING = "hub_stopping", "A process was asked to stop and finishes what it began."
    HUB_STOPPED = "hub_stopped", "A process ended in order."
    MESSAGE_ACCEPTED = "message_accepted", "A document was accepted and committed as a message (`debug`)."
    MESSAGE_REPEATED = "message_repeated", "A caller offered the same document again and got the first answer."
    DOCUMENT_REFUSED = "document_refused", "A document was not accepted; rules names what it broke."
    ATTEMPT_FAILED = "attempt_failed", "A call failed and will be tried again; code and reached say how."
    MESSAGE_PARKED = "message_parked", "A message asks for a person; code says why."
    MESSAGE_ANSWERED = "message_answered", "The partner's business answer came."
    MESSAGE_RECEIVED = "message_received", "A message from a partner was stored and confirmed."
    MESSAGE_REFUSED = "message_refused", "A message from a partner was not taken; code says why."
    PROCESS_GONE = "process_gone", "A process is gone or silent; the tickets and leases that it held are free again."
    EFFECT_FAILED = "effect_failed", "What an exchange does with a message failed; the rest was recorded, and a task is open."
    LEASE_EXPIRED = "lease_expired", "A worker kept no word about a message in time; it is given out again."
    CONNECTION_PAUSED = "connection_paused", "Nothing leaves over a connection until its cause is repaired."
    BREAKER_OPENED = "breaker_opened", "A partner failed several times in a row; probes only."
    BREAKER_CLOSED = "breaker_closed", "A partner answers again."
    BROKER_LOST = "broker_lost", "The broker cannot be reached; accepted messages wait in the journal."
    CONTENT_DESTROYED = "content_destroyed", "Contents whose term ended were destroyed."
    CERTIFICATE_ENDS = "certificate_ends", "A certificate that the hub uses ends soon or has ended; `hub check` names the file."
    SEAL_WRITTEN = "seal_written", "The heads of the timelines were sealed."
    SEALS_NOT_COPIED = "seals_not_copied", "The seals could not be written outside the database; tried again every minute."
    BROKER_CONNECTED = "broker_connected", "A connection to the broker was made."
    BROKER_BLOCKED = "broker_blocked", "The broker takes nothing now (memory or disk alarm)."
    BROKER_SILENT = "broker_silent", "The broker said nothing about tickets or does not answer; the connection is made anew."
    QUEUE_DIFFERS = "queue_differs", "A queue exists with other properties; see `hub broker`."
    QUEUE_REDECLARED = "queue_redeclared", "A queue had gone and was made again."
    TICKET_UNDECODABLE = "ticket_undecodable", "Something that is no ticket was in a work queue; it was thrown away."
    SIGN_IN_FAILED = "sign_in_failed", "Somebody did not know the password."
    DISPATCH_POSTPONED = "dispatch_postponed", "Journal or broker are away; tickets are given out later."
    TICKETS_RETURNED = "tickets_returned", "The broker refused tickets; their messages are due again."
    LEASE_POSTPONED = "lease_postponed", "The journal is away; the worker takes nothing new."
    SETTLEMENT_POSTPONED = "settlement_postponed", "The journal is away; the worker holds outcomes until it is back."
    OUTCOMES_LEFT = (
        "outcomes_left",
        "The worker had to stop while the journal was away; the leases of these messages end by themselves.",
    )
    CALL_DEADLINE_PASSED = "call_deadline_passed", "A call took longer than allowed in total and is broken off."
    CALL_NOT_BEGUN = "call_not_begun", "This process stood still for so long that the lease may be another's; nothing was sent."
    CALL_ABANDONED = "call_abandoned", "A call did not even end when broken off; its thread was replaced."
    DEGRADED = (
        "part_degraded",
        "Something in the hub does not do its work, or nothing leaves over a connection; code says what.",
    )
    HOUSEKEEPING_POSTPONED = "housekeeping_postponed", "The journal is away; housekeeping waits."
    DUTY_FAILED = (
        "duty_failed",
        "What is done by the clock failed and is tried again; code says why, a task follows if it goes on.",
    )
    DUTIES_POSTPONED = "duties_postponed", "The journal is away; duties wait."
    DUTIES_ABANDONED = "duties_abandoned", "A duty did not end when this process stopped; another does it again."
    POLLING_PAUSED = "polling_paused", "Nothing is fetched over a connection until its cause is repaired."
    REFUSED_NOT_KEPT = "refused_not_kept", "A refused message could not be kept for a person to look at."
    ROLE_FAILED = "role_failed", "A role of this process failed and is started again; the traceback is beside it."
    LIST_UNREADABLE = "list_unreadable", "A reference list cannot be read; codes are shown instead of names."
    FOLDER_FILE_TAKEN = "folder_file_taken", "A document from a watched folder was accepted, or had been before."
    FOLDER_FILE_REFUSED = "folder_file_refused", "A document from a watched folder was refused; the reason lies beside it."
    FOLDER_POSTPONED = "folder_postponed", "Documents in a watched folder wait: the journal or the folder is away."
    WARNING_LEFT_OUT = "warning_left_out", "A request was accepted, but whether an earlier one runs could not be looked up."
    SETTING_DOUBTED = "setting_doubted", "A setting is allowed but unwise."
    FAULT_MET = "fault_met", "A fault in the hub itself; the traceback is beside it."


def looks_like_bsn(digits: str) -> bool:
    """Whether nine digits pass the elfproef (and are not all zero)."""
    if len(digits) != 9 or not (digits.isascii() and digits.isdigit()) or digits == "000000000":
        return False
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11 == 0


def names_bsn(text: str, *, apart: bool = False) -> bool:
    """Whether nine digits in a name or number that somebody typed are a BSN. For file names, case numbers and keys.

    Digits with dashes between them do not count: a case number may well be a year and a counter.

    Args:
        apart: Only digits that no letter touches count.
    """
    return any(looks_like_bsn(digits) for digits in (_NINE_APART if apart else _TYPED_NINE).findall(text))


def holds_bsn(text: str) -> bool:
    """Whether something in a text looks like a BSN, also written with dots, spaces or dashes."""
    return _clean_text(text) != text


def guard(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: replace whatever looks like a BSN, in names and values, at any depth.

    One nine-digit number in eleven passes the elfproef, so a harmless number may be replaced too: rather that. Runs after
    tracebacks have become text. It marks the event with ``guarded`` so that the place that logged it can be mended.
    """
    cleaned = {_clean_text(str(name)): _clean(value, str(name)) for name, value in event.items()}
    if cleaned != event:
        cleaned["guarded"] = True
    event.clear()
    event.update(cleaned)
    return event


def safe_traceback(exc_info: Any) -> str:
    """A traceback without the texts of exceptions, which may quote a document; only ours are known to be safe.

    Args:
        exc_info: As from ``sys.exc_info()``.
    """
    error: BaseException | None = exc_info[1]
    parts: list[str] = []
    while error is not None and len(parts) < 8:
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        known = f": {error}" if isinstance(error, HubError) else f": {error.strerror}" if isinstance(error, OSError) else ""
        parts.append("".join([*traceback.format_tb(error.__traceback__), kind, known]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nwhich came from\n\n".join(parts)


@contextlib.contextmanager
def _costing_a_line_at_most() -> Iterator[None]:
    """A fault in making or writing a line costs that line, never the caller's work."""
    try:
        yield
    except Exception as error:
        with contextlib.suppress(Exception):  # the fault's text may hold what was to be logged
            sys.stderr.write(f"hub: a line of the log was lost ({type(error).__name__})\n")


class _Logger(structlog.WriteLogger):
    """Writes lines one at a time."""

    def __init__(self, stream: TextIO, name: str = "hub") -> None:
        super().__init__(stream)
        self.name = name

    def msg(self, message: str) -> None:
        with _costing_a_line_at_most():
            super().msg(message)

    debug = info = warning = error = critical = msg


class _FromLibraries(logging.Handler):
    """What libraries log through the standard library, as lines like our own."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._logger = _Logger(stream)

    def emit(self, record: logging.LogRecord) -> None:
        with _costing_a_line_at_most():
            self._logger.msg(self.format(record))


def _made_safely(chain: Sequence[Processor]) -> Processor:
    """These steps as one; where one fails, the event is dropped."""

    def make(logger: Any, method: str, event: EventDict) -> str:
        with _costing_a_line_at_most():
            line: Any = event
            for step in chain:
                line = step(logger, method, line)
            return str(line)
        raise structlog.DropEvent

    return make


def configure(*, level: str = "info", format: str = "json", stream: TextIO | None = None) -> None:
    """Set up the technical log of this process, for the hub and for the libraries in it. Call once, at start.

    Args:
        level: Least important level to write: debug, info, warning or error.
        format: ``json``, a line per event, or ``console`` for people.
        stream: Where to; standard error when absent.
    """
    facts: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(safe_traceback),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=_as_json)
        if format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=(stream or sys.stderr).isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    libraries = _FromLibraries(stream or sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *facts, structlog.stdlib.ExtraAdder()],
            processors=[remove_meta, guard, renderer],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(libraries)
    root.setLevel(level.upper())
    for name in ("amqp", "kombu", "pika", "urllib3", "zeep"):  # chatty below this, and zeep logs envelopes
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[_made_safely([structlog.stdlib.add_logger_name, *facts, guard, renderer])],
        logger_factory=lambda *name: _Logger(stream or sys.stderr, *name),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=False,  # so that a test, or a later call, can set it up again
    )


def get_logger(name: str = "hub") -> FilteringBoundLogger:
    """A logger; ``bind(message_id=...)`` gives one that repeats an id in every event."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


#: Metrics of this process. Labels are names from the configuration and codes from closed lists: never ids, never persons.
REGISTRY = CollectorRegistry(auto_describe=True)
_CALLS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

ACCEPTED = Counter("hub_accepted_total", "Messages accepted and committed.", ["route"], registry=REGISTRY)
REFUSED_DOCUMENTS = Counter("hub_refused_total", "Documents not accepted.", ["route", "code"], registry=REGISTRY)
ACCEPT_SECONDS = Histogram("hub_accept_seconds", "Time to accept a document.", ["route"], registry=REGISTRY, buckets=_CALLS)
ATTEMPTS = Counter(
    "hub_attempts_total", "Calls to a partner; code is ok or an error's.", ["connection", "code"], registry=REGISTRY
)
CALL_SECONDS = Histogram("hub_call_seconds", "Time of one call.", ["connection"], registry=REGISTRY, buckets=_CALLS)
PARKED = Counter("hub_parked_total", "Messages that came to ask for a person.", ["connection", "code"], registry=REGISTRY)
RECEIVED = Counter(
    "hub_received_total", "Messages from partners; code is ok or an error's.", ["partner", "code"], registry=REGISTRY
)
TICKETS = Counter("hub_tickets_total", "Tickets published, by what the broker said.", ["connection", "word"], registry=REGISTRY)
DUTIES = Counter("hub_duties_total", "Runs of duties; code is ok or an error's.", ["duty", "code"], registry=REGISTRY)
DEGRADED = Gauge("hub_degraded", "1 for what the hub itself does not do well.", ["part", "code"], registry=REGISTRY)
OPEN_MESSAGES = Gauge("hub_open_messages", "Unfinished messages.", ["connection", "status"], registry=REGISTRY)
WINDOW = Gauge("hub_window_tickets", "Tickets that may be outstanding; 0 is paused or open.", ["connection"], registry=REGISTRY)
HEARTBEAT = Gauge("hub_heartbeat_timestamp_seconds", "Last round of a loop, Unix time.", ["loop"], registry=REGISTRY)


def _clean(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        is_measure = name.endswith(_MEASURES)
        return REDACTED if not is_measure and looks_like_bsn(str(value).zfill(9)) and value > 9_999_999 else value
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {_clean_text(str(key)): _clean(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = [_clean(item, name) for item in value]
        return items if isinstance(value, list) else tuple(items) if isinstance(value, tuple) else set(items)
    return _clean_text(str(value)) if isinstance(value, BaseException) else value


def _clean_text(text: str) -> str:
    return _NINE_DIGITS.sub(_without_bsn, text)


def _without_bsn(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return REDACTED if looks_like_bsn(digits) else found[0]


def _as_json(value: object) -> object:
    """For what JSON does not know: sets as lists, ids and paths as text, anything else by its type only."""
    if isinstance(value, set):
        return sorted(value, key=str)
    return _clean_text(str(value)) if isinstance(value, UUID | PurePath) else f"[{type(value).__name__}]"
