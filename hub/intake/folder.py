"""The watched folder: a door for systems that can write a file and nothing more.

``X.json`` and the files it names are taken when they are whole, moved together into ``.bezig/X.json/``, accepted, and moved on
as one directory: to ``klaar/X/`` with a receipt, or to ``afgekeurd/X/`` with what is wrong. Every step is one rename, so a
crash at any moment leaves either the inbox as it was or a directory to go on with; acceptance is idempotent by a keyed digest
of name and content, so going on never makes a second message.

A file of many documents (see ``hub.contracts.fileformat``) goes the same way, with a result file that tells row by row. Good
rows are accepted; it goes to ``afgekeurd`` when there are bad ones, so that somebody looks.

Names of files may hold names of people: they are never logged.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hub import telemetry
from hub.config import FolderSettings
from hub.contracts.fileformat import FileFormat
from hub.crypto.keyring import Keyring
from hub.errors import ConfigError, DecodeFailure, Finding, HubError, NoRoute, SchemaViolation, TransientError
from hub.intake.acceptance import MAX_GROUP
from hub.intake.files import PartOutcome, PartState, format_of, result_lines
from hub.intake.folder_documents import (
    NO_LINK,
    Clash,
    Sentence,
    assemble,
    attachments_of,
    receipt,
    receipt_of_parts,
    receipt_of_proposal,
    refusal,
)
from hub.intake.folder_files import NotAFile, Place, State, documents, shown
from hub.intake.intake import Intake, Proposed
from hub.message import Caller, MessageId
from hub.telemetry import LogEvent

log = telemetry.get_logger()

BUSY, DONE, REFUSED = ".bezig", "klaar", "afgekeurd"
#: A document that meets a fault in the hub this often is refused, so that it does not stand in the way for ever.
MOST_FAULTS = 3
#: Seconds between looks for directories whose term has passed.
CLEAR_EVERY = 60.0
#: Days that a receipt stays when the files themselves are removed at once.
KEEP_RECEIPTS_DAYS = 30.0
_DAY = 86_400.0


#: Message and document -> warnings.
Earlier = Callable[[MessageId, bytes], Sequence[Finding]]


class _Later(Exception):
    """This document cannot be gone on with now; the others can. Holds a code."""


@dataclass(slots=True)
class _Seen:
    """How a file was when it was last looked at, and since when it has been so (monotonic seconds)."""

    state: State
    since: float


@dataclass(slots=True)
class _Memory:
    """What is remembered between rounds; losing it costs time only."""

    seen: dict[str, _Seen] = field(default_factory=dict)
    waiting: dict[str, float] = field(default_factory=dict)  # documents whose attachments are not all there, since when
    faults: dict[str, int] = field(default_factory=dict)
    cleared: float | None = None  # when terms were last looked at


class FolderDoor:
    """Watches one folder. ``run`` blocks; ``stop`` may be called by any thread. Several may watch one folder.

    Args:
        settings: Of this folder.
        name: Of the folder in the configuration; documents are accepted as ``system:map-<name>``.
        intake: Where documents go.
        keyring: For the digest that makes a repeat recognisable.
        sentence: A finding's sentence for its author, see ``hub.contracts.exchange.Document``.
        earlier: Warnings about a document that was accepted, from its message and its bytes.
        clash: What is wrong when a number of a document is in use, see ``hub.contracts.exchange.Document``.
        formats: Of files with many documents for the route of this folder.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        settings: FolderSettings,
        *,
        name: str,
        intake: Intake,
        keyring: Keyring,
        sentence: Sentence,
        earlier: Earlier,
        clash: Clash,
        formats: Sequence[FileFormat] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.name = name
        self.caller = Caller("system", f"map-{name}")
        self._intake = intake
        self._keyring = keyring
        self._sentence = sentence
        self._earlier = earlier
        self._clash = clash
        self._formats = tuple(formats)
        self._suffixes = (".json", *(suffix for one in formats for suffix in one.suffixes))
        self._clock = clock
        self._stopping = threading.Event()
        self._memory = _Memory()

    def run(self) -> None:
        """Watch until ``stop``. A folder or journal that is away is waited for."""
        while not self._stopping.is_set():
            try:
                self.round()
            except (OSError, TransientError) as error:
                code = error.code if isinstance(error, HubError) else type(error).__name__
                log.warning(LogEvent.FOLDER_POSTPONED, folder=self.name, code=code)
            self._stopping.wait(self.settings.poll_seconds)

    def stop(self) -> None:
        """Ask ``run`` to return after the document in hand. Idempotent."""
        self._stopping.set()

    def check(self) -> None:
        """See whether the folder can be used. Raises: ConfigError."""
        key = f"folders.{self.name}.path"
        try:
            with Place.open(self.settings.path) as inbox:
                for name in (BUSY, DONE, REFUSED):
                    inbox.inside(name, make=True).__exit__(None, None, None)
                open_to_all = inbox.mode & 0o002
        except OSError as error:
            raise ConfigError(f"the folder cannot be used: {error.strerror}", key=key) from None
        if open_to_all:
            log.warning(
                LogEvent.SETTING_DOUBTED, key=key, text="everybody may write in this folder, so anyone may send requests"
            )

    def round(self) -> int:
        """Look once; returns how many documents were finished.

        Raises:
            OSError: The folder is away.
            TransientError: The journal is away; what was begun is gone on with in the next round.
        """
        finished = 0
        with (
            Place.open(self.settings.path) as inbox,
            inbox.inside(BUSY, make=True) as busy,
            inbox.inside(DONE, make=True) as done,
            inbox.inside(REFUSED, make=True) as refused,
        ):
            if not busy.locked():
                return 0  # another process that watches this folder is at it
            self._claim_all(inbox, busy)
            for name in busy.names():
                if self._stopping.is_set():
                    break
                finished += self._finish(busy, name, done, refused)
            self._clear_both(done, refused)
        return finished

    # Taking documents that are whole.

    def _claim_all(self, inbox: Place, busy: Place) -> None:
        names = inbox.names()
        self._memory.seen = {name: seen for name, seen in self._memory.seen.items() if name in set(names)}
        self._memory.waiting = {name: since for name, since in self._memory.waiting.items() if name in set(names)}
        for name in busy.names():
            self._give_back(inbox, busy, name)
        for name in names:
            self._settled(inbox, name)  # from now on it is known how long each has been as it is
        for name in documents(names, self._suffixes):
            try:
                self._claim(inbox, busy, name)
            except FileNotFoundError:
                continue  # taken away by somebody else
            except OSError as error:  # unreadable now: the others go on, this one waits
                log.warning(LogEvent.FOLDER_POSTPONED, folder=self.name, code=type(error).__name__)

    def _claim(self, inbox: Place, busy: Place, name: str) -> None:
        state = inbox.state(name)
        if busy.state(name) is not None or state is None or not self._settled(inbox, name):
            return
        attachments = self._attachments(inbox, name, state)
        if attachments is None:
            return
        # Attachments first: a directory that holds its document is complete.
        with busy.inside(name, make=True) as own:
            for attachment in attachments:
                with contextlib.suppress(FileNotFoundError):
                    inbox.move(attachment, own)
            inbox.move(name, own)

    def _attachments(self, inbox: Place, name: str, state: State) -> list[str] | None:
        """Files to take along; None when some are not there yet. A link stays where it is: it is refused for being absent."""
        if format_of(name, self._formats) is not None:
            return []
        try:
            named = attachments_of(inbox.read(name, self.settings.max_bytes)[0])
        except (NotAFile, OverflowError):
            return []
        here = [one for one in named if one != name and (found := inbox.state(one)) is not None and found.regular]
        whole = [one for one in here if self._settled(inbox, one)]
        since = self._memory.waiting.setdefault(name, self._clock())
        if len(whole) < len(named) and self._clock() - since < self.settings.attachments_within_seconds:
            return None
        del self._memory.waiting[name]
        return whole

    def _settled(self, inbox: Place, name: str) -> bool:
        """Whether a file has been as it is for long enough; its own times count for the time before we looked."""
        state, now = inbox.state(name), self._clock()
        if state is None:
            return False
        seen = self._memory.seen.get(name)
        if seen is None or seen.state != state:
            seen = _Seen(state, now - max(0.0, time.time() - state.touched))
            self._memory.seen[name] = seen
        return now - seen.since >= self.settings.settle_seconds

    def _give_back(self, inbox: Place, busy: Place, name: str) -> None:
        """Undo a claim that a crash broke off: its document is still in the inbox."""
        with contextlib.suppress(OSError), busy.inside(name) as own:
            held = own.names()
            if name in held or inbox.state(name) is None:
                return
            for each in held:
                if inbox.state(each) is None:
                    own.move(each, inbox)
                else:
                    own.remove(each)  # a newer file of this name has been put in the inbox since
            busy.remove_empty(name)

    # Going on with what was taken.

    def _finish(self, busy: Place, name: str, done: Place, refused: Place) -> int:
        try:
            with busy.inside(name) as own:
                if own.state(name) is None:
                    return 0
                accepted = self._accept(own, name)
            stem = _stem(name)
            if not accepted:
                busy.move_directory(name, refused, stem)
            else:
                moved = busy.move_directory(name, done, stem)
                if self.settings.delete_after_days == 0:
                    self._leave_receipt(done, moved)
        except (OSError, _Later) as error:
            # For instance no right to read, or the route is switched off: the others go on, this one waits.
            code = str(error) if isinstance(error, _Later) else type(error).__name__
            log.warning(LogEvent.FOLDER_POSTPONED, folder=self.name, code=code)
            return 0
        self._memory.faults.pop(name, None)
        return 1

    def _accept(self, own: Place, name: str) -> bool:
        """Offer a document and write the answer beside it; whether it was accepted."""
        given = {}
        stem = _stem(name)
        format_ = format_of(name, self._formats)
        try:
            if format_ is not None:
                return self._accept_parts(own, name, format_)
            assembled = assemble(own, name, self.settings.max_bytes)
            given = dict(assembled.given)
            digests = self._keyring.all_fingerprints(name.encode("utf-8", "surrogateescape") + b"\0" + assembled.document)
            key = self._intake.key_in_use(self.caller, digests)
            taken = self._intake.offer(self.settings.route, assembled.document, self.caller, idempotency_key=key)
        except (TransientError, OSError, _Later):
            raise
        except NoRoute as error:
            raise _Later(error.code) from None
        except HubError as error:
            self._write_refusal(own, stem, error, given)
            log.warning(LogEvent.FOLDER_FILE_REFUSED, folder=self.name, code=error.code)
            return False
        except Exception as error:
            return self._met_fault(own, name, stem, error)
        if isinstance(taken, Proposed):
            own.write(f"{stem}.ontvangst.json", receipt_of_proposal(taken), mode=_readable(own))
            log.info(LogEvent.FOLDER_FILE_TAKEN, folder=self.name, proposal_id=str(taken.proposal_id), again=taken.again)
            return True
        warnings = (*taken.warnings, *self._earlier(taken.message_id, assembled.document))
        files = [each for each in own.names() if not each.startswith(".")]
        mode = _readable(own)
        own.write(f"{stem}.ontvangst.json", receipt(taken, warnings, given, files, self._sentence), mode=mode)
        log.info(LogEvent.FOLDER_FILE_TAKEN, folder=self.name, message_id=str(taken.message_id), again=taken.again)
        return True

    def _accept_parts(self, own: Place, name: str, format_: FileFormat) -> bool:
        """Accept the parts of a file and write what became of each beside it; whether all of them are good.

        After a crash the whole file is offered again: what was accepted before is told as repeated.
        """
        stem = _stem(name)
        counts: Counter[PartState] = Counter()

        def counted(outcomes: Iterable[PartOutcome]) -> Iterator[PartOutcome]:
            for number, outcome in enumerate(outcomes, 1):
                if self._stopping.is_set() and number % MAX_GROUP == 0:
                    raise _Later("stopped")
                counts[outcome.state] += 1
                yield outcome

        try:
            with own.reading(name, min(format_.max_bytes, self.settings.max_bytes)) as file:
                outcomes = self._intake.accept_many(self.settings.route, format_.read(file), self.caller)
                own.write_pieces(f"{stem}.resultaat.csv", result_lines(counted(outcomes)), mode=_readable(own))
        except NotAFile:
            raise SchemaViolation("a link in the folder", [NO_LINK]) from None
        except OverflowError:
            raise DecodeFailure("a file in the folder is too large", code="too_large") from None
        own.write(f"{stem}.ontvangst.json", receipt_of_parts(counts), mode=_readable(own))
        log.info(LogEvent.FOLDER_FILE_TAKEN, folder=self.name, **{state.value: counts[state] for state in PartState})
        return not counts[PartState.REFUSED]

    def _write_refusal(self, own: Place, stem: str, error: HubError, given: dict[str, object]) -> None:
        machine, people = refusal(error, given, self._sentence, self._clash)
        own.write(f"{stem}.fout.json", machine, mode=_readable(own))
        own.write(f"{stem}.fout.txt", people, mode=_readable(own))

    def _met_fault(self, own: Place, name: str, stem: str, error: Exception) -> bool:
        """A fault of ours: tried again a few times, then refused so that somebody looks."""
        log.error(LogEvent.FAULT_MET, folder=self.name, exc_info=error)
        self._memory.faults[name] = self._memory.faults.get(name, 0) + 1
        if self._memory.faults[name] < MOST_FAULTS:
            raise _Later("unexpected") from None
        self._write_refusal(own, stem, HubError("a fault in the hub"), {})
        return False

    # Nothing stays for longer than it should.

    def _leave_receipt(self, done: Place, name: str) -> None:
        with done.inside(name) as own:
            for each in own.names():
                if not each.endswith((".ontvangst.json", ".resultaat.csv")):
                    own.remove(each)

    def _clear_both(self, done: Place, refused: Place) -> None:
        now = self._clock()
        if self._memory.cleared is not None and now - self._memory.cleared < CLEAR_EVERY:
            return
        self._memory.cleared = now
        if self.settings.delete_after_days == 0:
            for name in done.names():  # where a crash came between moving and removing
                with contextlib.suppress(OSError):
                    self._leave_receipt(done, name)
        _clear(done, self.settings.delete_after_days or KEEP_RECEIPTS_DAYS)
        _clear(refused, self.settings.delete_refused_after_days)


def _clear(place: Place, days: float) -> None:
    """Remove directories whose term has passed."""
    for name in place.names():
        with contextlib.suppress(OSError):
            state = place.state(name)
            if state is not None and time.time() - state.touched >= days * _DAY:
                place.remove(name)


def _stem(name: str) -> str:
    """A file's name without its ending, as it may stand in a name that we make."""
    return shown(name[: name.rfind(".")])


def _readable(own: Place) -> int:
    """Permissions of a file that we write: who may enter the directory may read it."""
    return own.mode & 0o666
