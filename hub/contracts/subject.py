"""What an exchange tells a person who asks what was processed about them (AVG, article 15), from tables of its own.

Messages, contents, proposals and looks at them are the core's to tell. An exchange whose own tables hold anything about a
person names a function ``(SubjectAsked) -> Iterable[Kept]`` in its manifest.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from hub.message import MessageId


class SubjectAsked(NamedTuple):
    """Who is asked about. The number itself is not given: rows are found by hash, or by the messages that they belong to.

    Attributes:
        journal: To read in, a ``hub.journal.database.Database``.
        hashes: Keyed hashes of the BSN, one for each hash key that is kept, as ``Effects`` are given them: ``<key id>:<hash>``.
        messages: The messages about this person, oldest first.
    """

    journal: Any
    hashes: tuple[str, ...]
    messages: tuple[MessageId, ...]


class Kept(NamedTuple):
    """Something that an exchange keeps about a person.

    Attributes:
        object: What it belongs to, as the access log names what was looked at, without personal data: ``message:<id>``, or
            ``<exchange>_<table>:<id>`` for what belongs to no message.
        what: What is kept, in one Dutch line without content.
        since: Since when.
    """

    object: str
    what: str
    since: dt.datetime
