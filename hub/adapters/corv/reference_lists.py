"""The reference lists of the standard, loaded from a folder: names of institutions, and what a role means.

They are reissued about monthly, so they are data that an administrator puts there and not constants of ours. A list that is
absent or cannot be read leaves codes as they are ("instantie met code RC0108"); it never stops a message. A newer file is seen
by itself.
"""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from hub import telemetry
from hub.telemetry import LogEvent

T = TypeVar("T")

log = telemetry.get_logger()

INSTITUTIONS = "instanties.csv"
ROLES = "jeugdzorgrollen.csv"

#: Larger files are no reference list.
MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Role:
    """A role that an interested party may have: a row of ``jeugdzorgrollen.csv``."""

    text: str
    code: str
    explanation: str
    group: str


class ReferenceLists:
    """Both lists of one folder; each is read again when its file changes. Thread-safe.

    Args:
        folder: Where the files are; None has no lists.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._read: dict[str, tuple[tuple[int, int], object]] = {}

    @property
    def institutions(self) -> Mapping[str, str]:
        """Names by code. Also of institutions that have ended, because older decisions name them."""
        return self._list(INSTITUTIONS, _institutions) or {}

    @property
    def roles(self) -> Mapping[str, Role]:
        """Roles by their text, without those that have ended."""
        return self._list(ROLES, _roles) or {}

    def missing(self) -> list[str]:
        """Names of the files that are absent or unreadable; for the configuration check."""
        return [name for name, found in ((INSTITUTIONS, self.institutions), (ROLES, self.roles)) if not found]

    def _list(self, name: str, parse: Callable[[list[dict[str, str]]], T]) -> T | None:
        if self._folder is None:
            return None
        path = self._folder / name
        with self._lock:
            try:
                facts = path.stat()
                state = (facts.st_mtime_ns, facts.st_size)
                known = self._read.get(name)
                if known is None or known[0] != state:
                    known = (state, parse(_rows(path, facts.st_size)))
                    self._read[name] = known
            except (OSError, ValueError, csv.Error, KeyError) as error:
                log.warning(LogEvent.LIST_UNREADABLE, file=name, text=type(error).__name__)
                known = self._read.get(name)  # an unreadable newer file leaves what was known
        return None if known is None else cast(T, known[1])


def _rows(path: Path, size: int) -> list[dict[str, str]]:
    if size > MAX_BYTES:
        raise ValueError("too large for a reference list")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items() if key} for row in csv.DictReader(file)]


def _institutions(rows: list[dict[str, str]]) -> Mapping[str, str]:
    """The longest name is the one people understand: of courts one column is only a place, of others an abbreviation."""
    names = {}
    for row in rows:
        whole = f"{row['NMINST1']} {row['NMINST2']}".strip()
        names[row["IDINST"]] = max(row["CORRNMINST"], whole, row["PRESNMINST"], key=len)
    return {code: name for code, name in names.items() if code and name}


def _roles(rows: list[dict[str, str]]) -> Mapping[str, Role]:
    current = (row for row in rows if row["Rolomschrijving"] and not row["Datum einde geldigheid"])
    return {
        row["Rolomschrijving"]: Role(row["Rolomschrijving"], row["Rolcode"], " ".join(row["Toelichting"].split()), row["Groep"])
        for row in current
    }
