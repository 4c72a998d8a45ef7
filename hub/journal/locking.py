"""Who uses an embedded journal: ``hub run`` alone, or several processes together.

The lock is on a file of its own beside the database. Never on the database itself: SQLite drops every POSIX lock of a process
when any descriptor of the file is closed. The kernel frees it at the end of the process, however that came.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import ConfigError


@contextmanager
def in_use(database: Path, *, alone: bool) -> Iterator[None]:
    """Hold the journal in this file for a process that delivers: alone, or beside others that are not alone.

    Commands that only offer or look need no lock.

    Raises:
        ConfigError: Another process holds it, or its folder cannot be locked.
    """
    path = database.with_name(database.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error.strerror}", key="journal.url") from None
    try:
        _lock(descriptor, path, database, alone=alone)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, database: Path, *, alone: bool) -> None:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        text = (
            f"another process of a hub works on {database}; stop it first, or give this one a folder of its own "
            "(hub.data_dir or journal.url)"
        )
        raise ConfigError(text, key="journal.url") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be locked: {error.strerror}; use a disk of this machine", key="journal.url") from None
