"""The way out and in as files, for who brings messages to the portal: an out-folder, an in-folder, and receipts.

A message is one file in the out-folder, named after its type and its reference, which are nobody's data. Who uploads it, a
person or a robot, moves it to ``verzonden`` in that folder; a repeat finds it there and writes nothing. What comes back, in its
envelope or without, is put in the in-folder and taken from there by ``hub.inbound.folder_source``.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
from collections.abc import Iterator
from typing import ClassVar

from hub.adapters.svb.endpoint import SvbEndpoint
from hub.adapters.svb.settings import FileSettings, SvbSettings
from hub.contracts.adapter import Incoming, PartnerHealth
from hub.contracts.inbound import InboundSource, Rejected
from hub.errors import ConfigError, ConnectionFault, NotConnected, Unavailable
from hub.inbound.folder_source import FolderSource
from hub.intake.folder_files import Place
from hub.message import Outgoing, Receipt, Repeat

#: Where in the out-folder lies what was uploaded.
SENT = "verzonden"
#: Code of the receipt: a file is in the out-folder, or was there before.
WRITTEN = "bestand"
#: Its owner's rights and its group's, never everybody's.
_MODE = 0o660
#: No disk space: it may be there again in a while.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class SvbFiles:
    """A connection whose messages are files. Holds no state; ``close`` does nothing."""

    partner: ClassVar[str] = "svb"
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    can_ping: ClassVar[bool] = True

    def __init__(self, settings: SvbSettings) -> None:
        self._files = files_of(settings)

    def open(self) -> None:
        """Nothing is kept open: a folder on a network drive comes and goes."""

    def close(self) -> None:
        """Nothing is kept open."""

    def send(self, outgoing: Outgoing) -> Receipt:
        """Put the message in the out-folder, whole or not at all, and durably; one that lies there already is left alone.

        Raises:
            NotConnected: The folder is away.
            Unavailable: The disk is full.
            ConnectionFault: The folder is none, or may not be written.
        """
        name = f"{outgoing.type}-{outgoing.reference}.xml"
        remark = ""
        try:
            with Place.open(self._files.uit) as folder, folder.inside(SENT, make=True) as sent:
                if folder.state(name) is not None or sent.state(name) is not None:
                    remark = "the file was there already"
                else:
                    folder.write(name, outgoing.body, mode=_MODE)
        except (NotADirectoryError, PermissionError) as error:
            raise ConnectionFault(f"the out-folder cannot be used: {error.strerror}") from None
        except OSError as error:
            if error.errno in _FULL:
                raise Unavailable(f"the out-folder cannot be written now: {error.strerror}") from None
            raise NotConnected(f"the out-folder is away: {error.strerror}") from None
        return Receipt(WRITTEN, remark, _evidence(name, outgoing.body))

    def ping(self) -> PartnerHealth:
        """Whether the out-folder is there. Raises: ConnectionFault."""
        try:
            with Place.open(self._files.uit):
                return PartnerHealth(True, "the out-folder is there")
        except (NotADirectoryError, PermissionError) as error:
            raise ConnectionFault(f"the out-folder cannot be used: {error.strerror}") from None
        except OSError as error:
            return PartnerHealth(False, f"the out-folder is away: {error.strerror}")


class NoFiles:
    """The source of a connection that is called and asks for nothing."""

    partner = "svb"
    every = dt.timedelta(hours=1)

    def open(self) -> None:
        """Nothing to get ready."""

    def close(self) -> None:
        """Nothing to let go of."""

    def poll(self) -> Iterator[Incoming | Rejected]:
        """Nothing waits."""
        return iter(())


def make_source(settings: SvbSettings, connection: str) -> InboundSource:
    """The source of one connection: its in-folder, where it has one."""
    del connection
    if settings.transport != "files":
        return NoFiles()
    files, endpoint = files_of(settings), SvbEndpoint(settings)
    return FolderSource(
        files.binnen,
        endpoint.parse_file,
        partner="svb",
        every=dt.timedelta(seconds=files.every_seconds),
        settle_seconds=files.settle_seconds,
        max_bytes=settings.inbound.max_bytes,
    )


def files_of(settings: SvbSettings) -> FileSettings:
    """The folders of a connection. Raises: ConfigError, when it has none."""
    if settings.files is None:
        raise ConfigError('transport = "files" needs the folders uit and binnen', key="files")
    return settings.files


def _evidence(name: str, body: bytes) -> bytes:
    """What is kept as receipt: which file, how large, its digest, and since when."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    told = {"bestand": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "moment": now}
    return json.dumps(told).encode()
