"""A source over a folder: a partner, or a program of its, puts files there, each one message.

A file is taken when it has been left alone for a while, read whole, and looked at again: what changed meanwhile waits. What was
taken is moved to ``verwerkt/``, what cannot be taken to ``geweigerd/`` with a text beside it that says why and holds nothing of
the file. Every step is one rename, so a crash leaves a file where it was or where it belongs.

Names of files may hold names of people: they are never logged.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hub import telemetry
from hub.contracts.adapter import Incoming
from hub.contracts.inbound import Rejected
from hub.errors import (
    ConfigError,
    ConnectionFault,
    DecodeFailure,
    HubError,
    PermanentError,
    SchemaViolation,
    Stage,
    Unavailable,
)
from hub.intake.folder_files import NotAFile, Place, State, is_plain, shown
from hub.telemetry import LogEvent

log = telemetry.get_logger()

DONE, REFUSED = "verwerkt", "geweigerd"
#: A file that meets a fault in the hub this often is refused, so that it does not come back for ever.
MOST_FAULTS = 3
#: Its owner's rights and its group's, never everybody's.
_REASON_MODE = 0o660


@dataclass(slots=True)
class _Seen:
    """How a file was when it was last looked at, and since when it has been so (monotonic seconds)."""

    state: State
    since: float


class FolderSource:
    """See ``hub.contracts.inbound.InboundSource``.

    Args:
        path: The folder; it must exist. ``verwerkt`` and ``geweigerd`` are made in it.
        parse: Makes a message of a file's bytes. Raises a ``PermanentError`` for what is none.
        partner: Name of the partner.
        every: From one look to the next.
        settle_seconds: A file is taken when it has not changed for this long.
        max_bytes: A larger file is refused before it is read.
    """

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes], Incoming],
        *,
        partner: str,
        every: dt.timedelta = dt.timedelta(seconds=10),
        settle_seconds: float = 5.0,
        max_bytes: int = 40_000_000,
    ) -> None:
        self.partner = partner
        self.every = every
        self._path = path
        self._parse = parse
        self._settle_seconds = settle_seconds
        self._max_bytes = max_bytes
        self._closed = threading.Event()
        self._seen: dict[str, _Seen] = {}
        self._faults: dict[str, int] = {}

    def open(self) -> None:
        """Allow polls."""
        self._closed.clear()

    def close(self) -> None:
        """End a poll after the file in hand."""
        self._closed.set()

    def check(self) -> None:
        """See whether the folder can be used, and make the folders in it. Raises: ConfigError."""
        try:
            with Place.open(self._path) as inbox:
                for name in (DONE, REFUSED):
                    inbox.inside(name, make=True).__exit__(None, None, None)
        except OSError as error:
            raise ConfigError(f"the folder {self._path} cannot be used: {error.strerror}") from None

    def poll(self) -> Iterator[Incoming | Rejected]:
        """Every file that has settled, the oldest first."""
        try:
            with (
                Place.open(self._path) as inbox,
                inbox.inside(DONE, make=True) as done,
                inbox.inside(REFUSED, make=True) as refused,
            ):
                for name in self._settled(inbox):
                    if self._closed.is_set():
                        raise Unavailable("the source was closed", code="connection_lost", stage=Stage.RECEIVING)
                    yield from self._one(inbox, name, done, refused)
        except (NotADirectoryError, PermissionError) as error:
            raise ConnectionFault(f"the folder cannot be used: {error.strerror}", stage=Stage.RECEIVING) from None
        except OSError as error:  # a network drive that is away now, or a full disk
            raise Unavailable(f"the folder cannot be used now: {error.strerror}", stage=Stage.RECEIVING) from None

    def _settled(self, inbox: Place) -> list[str]:
        """Names of files that nobody is writing any more, by the moment of their last change."""
        now, found, seen = time.monotonic(), [], {}
        for name in inbox.names():
            state = inbox.state(name) if is_plain(name) else None
            if state is None or name in (DONE, REFUSED):
                continue
            known = self._seen.get(name)
            if known is None or known.state != state:
                known = _Seen(state, now - max(0.0, time.time() - state.touched))
            seen[name] = known
            if now - known.since >= self._settle_seconds:
                found.append((state.modified, name))
        self._seen = seen
        self._faults = {name: count for name, count in self._faults.items() if name in seen}
        return [name for _, name in sorted(found)]

    def _one(self, inbox: Place, name: str, done: Place, refused: Place) -> Iterator[Incoming | Rejected]:
        """Yield what is in a file, and move it when that has been committed."""
        body, before = b"", inbox.state(name)
        try:
            body, _ = inbox.read(name, self._max_bytes)
            if inbox.state(name) != before:
                return  # somebody writes it after all
            incoming = self._parse(body)
        except FileNotFoundError:
            return  # taken away by somebody else
        except NotAFile:
            yield from self._refuse(inbox, name, refused, body, DecodeFailure("a link or something else that is no file"))
        except OverflowError:
            error = DecodeFailure(f"larger than {self._max_bytes} bytes", code="too_large")
            yield from self._refuse(inbox, name, refused, body, error)
        except PermanentError as error:
            yield from self._refuse(inbox, name, refused, body, error)
        except OSError as error:  # this one cannot be read now; the others can
            log.warning(LogEvent.FOLDER_POSTPONED, partner=self.partner, code=type(error).__name__)
        except HubError:
            raise
        except Exception as error:
            self._faults[name] = self._faults.get(name, 0) + 1
            log.error(LogEvent.FAULT_MET, partner=self.partner, exc_info=error)
            if self._faults[name] >= MOST_FAULTS:
                fault = PermanentError("a fault in the hub itself", code="unexpected", stage=Stage.RECEIVING)
                yield from self._refuse(inbox, name, refused, body, fault)
        else:
            yield incoming
            _move(inbox, name, done)

    def _refuse(
        self, inbox: Place, name: str, refused: Place, body: bytes, error: PermanentError
    ) -> Iterator[Incoming | Rejected]:
        yield Rejected(body, error)
        moved = _move(inbox, name, refused)
        if moved:
            refused.write(f"{moved}.reden.txt", _reason(error).encode(), mode=_REASON_MODE)


def _move(inbox: Place, name: str, to: Place) -> str:
    """Move a file under a name that is free there; returns that name, empty when somebody took the file away."""
    stem, dot, ending = shown(name).partition(".")
    for number in range(1, 10_000):
        free = f"{stem}{dot}{ending}" if number == 1 else f"{stem}-{number}{dot}{ending}"
        if to.state(free) is None:
            try:
                inbox.move(name, to, free)
            except FileNotFoundError:
                return ""
            os.fsync(to.fd)
            return free
    raise FileExistsError(f"no free name in {DONE} or {REFUSED}")


def _reason(error: PermanentError) -> str:
    """Why a file was refused: rules and places, nothing of its content."""
    lines = [f"{error.code}: {error.text}", error.help]
    if isinstance(error, SchemaViolation):
        lines += [f"{one.message} (line {one.line})" if one.line else one.message for one in error.findings]
    return "\n".join(lines) + "\n"
