"""The key file: master keys that wrap data keys, and hash keys. Reads, writes and rotates; encrypts nothing.

The file is TOML with mode 0600: the ids of the active keys, then each key as 32 bytes in base64. Old keys stay in it as
long as anything encrypted or hashed with them is kept. It is written beside itself and moved into place, so that a
power cut leaves the old file or the new one.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
import secrets
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from hub.errors import ConfigError

KEY_BYTES = 32
_ID = re.compile(r"[a-z0-9-]{1,32}")

_HEAD = """\
# Keys of the hub. Whoever has this file and the database can read every message; without it nobody can.
# Keep a copy offline, apart from the backups of the database, and give it to no one who does not run the hub.
# Change it with `hub keys`, not by hand.
"""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file holds. Immutable: ``with_new_*`` and ``with_active`` return a changed copy."""

    masters: Mapping[str, bytes] = field(repr=False)
    hashes: Mapping[str, bytes] = field(repr=False)
    active_master: str
    active_hash: str

    @classmethod
    def generate(cls) -> Self:
        """One new master key and one new hash key."""
        master, hash_ = _new_id("m"), _new_id("h")
        return cls(_frozen({master: _new_key()}), _frozen({hash_: _new_key()}), master, hash_)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file.

        Raises:
            ConfigError: It is absent, can be read by others, or is not a key file. The text never holds a key.
        """
        table = _read(path)
        masters, hashes = _keys(table, "master", path), _keys(table, "hash", path)
        active = table.get("active", {})
        chosen = [active.get(name) if isinstance(active, dict) else None for name in ("master", "hash")]
        for name, choice, known in zip(("master", "hash"), chosen, (masters, hashes), strict=True):
            if choice not in known:
                raise ConfigError("this names no key in the file.", file=str(path), key=f"active.{name}")
        return cls(masters, hashes, str(chosen[0]), str(chosen[1]))

    def with_new_master(self, *, activate: bool) -> Self:
        """A copy with one more master key."""
        name = _new_id("m")
        masters = _frozen({**self.masters, name: _new_key()})
        return replace(self, masters=masters, active_master=name if activate else self.active_master)

    def with_new_hash(self, *, activate: bool) -> Self:
        """A copy with one more hash key."""
        name = _new_id("h")
        hashes = _frozen({**self.hashes, name: _new_key()})
        return replace(self, hashes=hashes, active_hash=name if activate else self.active_hash)

    def with_active(self, name: str) -> Self:
        """A copy in which the key ``name`` is the active one of its kind.

        Raises:
            KeyError: There is no such key.
        """
        if name in self.masters:
            return replace(self, active_master=name)
        if name in self.hashes:
            return replace(self, active_hash=name)
        raise KeyError(name)

    def create(self, path: Path) -> None:
        """Write to ``path`` with mode 0600; makes its folder.

        Raises:
            ConfigError: A file is there already, which is never overwritten, or it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path)
            _sync_folder(path)
        except FileExistsError:
            raise ConfigError("a key file is there already; it is never overwritten.", file=str(path)) from None
        except OSError as error:
            raise ConfigError(f"the key file cannot be written: {error.strerror}.", file=str(path)) from None

    def save(self, path: Path) -> None:
        """Put this in the place of the key file at ``path``, all or nothing.

        Raises:
            ConfigError: It cannot be written, or another change is going on.
        """
        beside = path.with_name(f"{path.name}.new")
        try:
            self._write(beside)
            beside.replace(path)
            _sync_folder(path)
        except FileExistsError:
            text = "another change of the keys is going on, or was broken off: remove this file if not."
            raise ConfigError(text, file=str(beside)) from None
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise ConfigError(f"the key file cannot be written: {error.strerror}.", file=str(path)) from None

    def _write(self, path: Path) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self._text())
            file.flush()
            os.fsync(file.fileno())

    def _text(self) -> str:
        lines = [_HEAD, "[active]", f'master = "{self.active_master}"', f'hash = "{self.active_hash}"']
        for table, keys in (("master", self.masters), ("hash", self.hashes)):
            lines += ["", f"[{table}]"]
            lines += [f'{name} = "{base64.b64encode(key).decode()}"' for name, key in keys.items()]
        return "\n".join(lines) + "\n"


def _sync_folder(path: Path) -> None:
    """Put the file's name on disk too: what is sealed with a new key before that could never be read after a power cut."""
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                text = f"others than its owner can reach the key file. Run: chmod 600 {path}"
                raise ConfigError(text, file=str(path))
            return tomllib.loads(file.read().decode("utf-8-sig"))  # some editors begin a file with a mark
    except FileNotFoundError:
        raise ConfigError("there is no key file; make it with `hub keys init`.", file=str(path), key="keys.file") from None
    except OSError as error:
        raise ConfigError(f"the key file cannot be read: {error.strerror}.", file=str(path), key="keys.file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigError("this is not a key file; restore it from its copy.", file=str(path)) from None


def _keys(table: Mapping[str, Any], kind: str, path: Path) -> Mapping[str, bytes]:
    entries = table.get(kind)
    if not isinstance(entries, dict) or not entries:
        raise ConfigError(f"the key file has no {kind} key; restore it from its copy.", file=str(path), key=kind)
    keys = {}
    for name, text in entries.items():
        try:
            key = base64.b64decode(text, validate=True)
        except (TypeError, ValueError, binascii.Error):
            key = b""
        if len(key) != KEY_BYTES or not _ID.fullmatch(name):
            raise ConfigError("this is not a key of 32 bytes in base64.", file=str(path), key=f"{kind}.{name}")
        keys[name] = key
    return _frozen(keys)


def _frozen(keys: dict[str, bytes]) -> Mapping[str, bytes]:
    return MappingProxyType(keys)


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _new_id(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(4)}"
