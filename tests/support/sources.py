"""A source in memory, the reference of the contract, and the mailbox at the partner that it empties."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterator

from hub.contracts.adapter import Incoming
from hub.contracts.inbound import Rejected
from hub.errors import DecodeFailure, HubError, NotConnected, Unavailable


def incoming(body: bytes, *, reference: str = "", sender: str = "them") -> Incoming:
    """What ``parse`` makes of a file or letter: its reference is its first word; ``bad`` is none.

    Raises:
        DecodeFailure: It begins with ``bad``.
    """
    if body.startswith(b"bad"):
        raise DecodeFailure("this is no message of ours")
    if body.startswith(b"bug"):
        raise ZeroDivisionError
    name = reference or body.split()[0].decode()
    return Incoming("plain", sender, name, hashlib.sha256(body).digest(), body)


class Mailbox:
    """The partner's side: what waits for us. For any number of threads.

    ``away`` refuses connections; ``fault`` is raised at the next polls; while ``silent`` is set it does not answer.
    """

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.away = False
        self.fault: HubError | None = None
        self.silent = False
        self.asked = threading.Event()


class FakeSource:
    """Takes letters from a mailbox; a letter goes away when it has been gone on after."""

    partner = "fake"
    every = dt.timedelta(seconds=0.05)

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.closed = threading.Event()
        self.closed.set()

    def open(self) -> None:
        """Allow polls."""
        self.closed.clear()

    def close(self) -> None:
        """End a poll that waits."""
        self.closed.set()

    def poll(self) -> Iterator[Incoming | Rejected]:
        """Letter by letter."""
        if self.closed.is_set() or self.mailbox.away:
            raise NotConnected("nobody there")
        self.mailbox.asked.set()
        if self.mailbox.silent:
            self.closed.wait(60)
            raise Unavailable("closed while waiting", code="connection_lost")
        if self.mailbox.fault is not None:
            raise self.mailbox.fault
        for letter in list(self.mailbox.letters):
            if self.closed.is_set():
                raise Unavailable("closed", code="connection_lost")
            try:
                yield incoming(letter)
            except DecodeFailure as error:
                yield Rejected(letter, error)
            self.mailbox.letters.remove(letter)
