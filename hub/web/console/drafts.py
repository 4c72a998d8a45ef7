"""Drafts as pages use them: opened, changed and destroyed. In the journal there is ciphertext only.

A draft belongs to the organisation: everybody with the right to its exchange sees it, with the name of whoever made it, because
the work goes on when somebody is ill.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar, cast

from hub.assembly import Hub
from hub.errors import Unavailable
from hub.journal import drafts, reading
from hub.journal.units import drafting
from hub.message import Caller, MessageId, new_id

#: Tries to save over changes that came in between.
_RACES = 5
#: A draft's body ends with this many spaces at least, so that its length tells nothing.
_ROUND = 4096

#: What a draft holds: a form's state, as typed.
S = TypeVar("S")
T = TypeVar("T")
#: Longest case number in a list.
_NUMBER_LIMIT = 40


class Codec(NamedTuple, Generic[S]):
    """How a form's state is stored: as bytes and back, and the case number that a list shows, which holds no personal data."""

    write: Callable[[S], bytes]
    read: Callable[[bytes], S]
    number: Callable[[S], str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft in a list, without its content."""

    id: MessageId
    owner: str
    kenmerk: str
    cause: MessageId | None
    changed_at: dt.datetime


@dataclass(slots=True)
class Draft(Generic[S]):
    """An opened draft."""

    id: MessageId
    owner: str
    cause: MessageId | None
    changed_at: dt.datetime
    version: int
    key: bytes
    state: S


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to add, in the clear."""

    id: MessageId
    data: bytes | bytearray


class DraftStore(Generic[S]):
    """The drafts of one route. Any thread."""

    def __init__(self, hub: Hub, route: str, codec: Codec[S]) -> None:
        self._hub = hub
        self._route = route
        self._codec = codec

    def create(self, caller: Caller, state: S, cause: MessageId | None = None, files: Iterable[NewFile] = ()) -> MessageId:
        """Store a new draft; its id."""
        draft_id = new_id()
        key = self._hub.keyring.new_data_key(draft_id)
        sealed = tuple(self._seal_file(draft_id, key.key, file) for file in files)
        body = self._seal_state(draft_id, key.key, state)
        row = drafting.NewDraft(draft_id, str(caller), self._route, self._number(state), cause, key.key_id, key.wrapped, body)
        self._hub.journal.run(drafting.create, row, sealed)
        return draft_id

    def open(self, draft_id: MessageId) -> Draft[S] | None:
        """A draft, None when it is not there (any more)."""
        row = drafts.find_draft(self._hub.journal, draft_id, self._route)
        if row is None:
            return None
        key = self._hub.keyring.unwrap(bytes(row["data_key"]), row["key_id"], draft_id)
        plain = self._hub.keyring.open(bytes(row["body"]), key, message_id=draft_id, kind="draft")
        changed = reading.moment(row["changed_at"])
        return Draft(draft_id, row["owner"], row["cause"], changed, row["version"], key, self._codec.read(plain))

    def change(
        self, draft_id: MessageId, change: Callable[[Draft[S]], T], added: NewFile | None = None, dropped: str = ""
    ) -> tuple[Draft[S], T] | None:
        """Change a draft and save it: ``change`` changes the state it is given, and is called again when another was faster.

        None when the draft is gone. When ``change`` raises, nothing is saved.

        Raises:
            Unavailable: Others kept changing it.
        """
        sealed: drafting.SealedFile | None = None
        for _ in range(_RACES):
            draft = self.open(draft_id)
            if draft is None:
                return None
            result = change(draft)
            if added is not None and sealed is None:
                sealed = self._seal_file(draft_id, draft.key, added)
            body = self._seal_state(draft_id, draft.key, draft.state)
            gone = reading.parse_id(dropped) if dropped else None
            kenmerk = self._number(draft.state)
            if self._hub.journal.run(drafting.save, draft_id, draft.version, kenmerk, body, sealed, gone):
                draft.version += 1
                return draft, result
        raise Unavailable("this draft is being changed by others all the time")

    def file(self, draft: Draft[S], file_id: str) -> bytes:
        """The content of a file of a draft.

        Raises:
            KeyError: It has no such file.
        """
        wanted = reading.parse_id(file_id)
        sealed = drafts.find_file(self._hub.journal, draft.id, wanted)
        if sealed is None:
            raise KeyError(file_id)
        return self._hub.keyring.open(sealed, draft.key, message_id=draft.id, kind=f"file {wanted}")

    def listed(self) -> list[Listed]:
        """Every draft, the one that changed last on top."""
        rows = drafts.list_drafts(self._hub.journal, self._route)
        return [Listed(row[0], row[1], row[2], row[3], reading.moment(row[4])) for row in rows]

    def count(self) -> int:
        """How many drafts there are, up to what a list shows."""
        return len(self.listed())

    def destroy(self, draft_id: MessageId) -> bool:
        """Destroy a draft with its key; False when there was none."""
        return self._hub.journal.run(drafting.destroy, draft_id)

    def destroy_untouched(self, keep: dt.timedelta) -> int:
        """Destroy drafts in which nothing changed for so long; how many."""
        return self._hub.journal.run(drafting.destroy_untouched, int(keep.total_seconds() * 1_000_000))

    def _seal_state(self, draft_id: MessageId, key: bytes, state: S) -> bytes:
        plain = self._codec.write(state)
        padded = plain.ljust(-(-len(plain) // _ROUND) * _ROUND)
        return self._hub.keyring.seal(padded, key, message_id=draft_id, kind="draft")

    def _seal_file(self, draft_id: MessageId, key: bytes, file: NewFile) -> drafting.SealedFile:
        data = cast(bytes, file.data)  # sealing reads it as a buffer; a copy of a large file is not made for its type
        sealed = self._hub.keyring.seal(data, key, message_id=draft_id, kind=f"file {file.id}")
        return drafting.SealedFile(file.id, len(file.data), sealed)

    def _number(self, state: S) -> str:
        return self._codec.number(state).strip()[:_NUMBER_LIMIT]
