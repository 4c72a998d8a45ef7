"""Files of a watched folder, handled without ever following a link or leaving the folder.

Everything goes by a directory's descriptor and a plain name, so that nobody who may write in the folder can make the hub read
or write elsewhere by swapping a folder for a link.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

#: Endings of files that somebody is still writing.
_TEMPORARY = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")
#: A name longer than this leaves no room for the names that are made of it.
_LONGEST_NAME = 180
#: Directories in one another that are removed; more of them are somebody else's joke.
_DEEPEST = 8
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class NotAFile(Exception):
    """A link, a device or a file with a second name: never read."""


class State(NamedTuple):
    """What changes when somebody writes a file."""

    inode: int
    size: int
    modified: int
    changed: int
    regular: bool

    @property
    def touched(self) -> float:
        """Seconds since 1970 of the last change."""
        return max(self.modified, self.changed) / 1e9


class Place:
    """An open directory. Use as a context manager."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open a directory that is no link itself. Raises: OSError."""
        return cls(os.open(path, _FOLDER))

    def inside(self, name: str, *, make: bool = False) -> Place:
        """Open a directory in this one, made with this one's permissions when asked. Raises: OSError."""
        made = make and self.state(name) is None
        if made:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=self.fd)
        fd = os.open(name, _FOLDER, dir_fd=self.fd)
        if made:
            os.fchmod(fd, self.mode)  # whatever the umask, so that who works in the folder can take files out
        return Place(fd)

    @property
    def mode(self) -> int:
        """Permission bits of this directory."""
        return stat.S_IMODE(os.fstat(self.fd).st_mode) & 0o777

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self.fd)

    def names(self) -> list[str]:
        """Names of everything in it, sorted."""
        with os.scandir(self.fd) as found:
            return sorted(each.name for each in found)

    def state(self, name: str) -> State | None:
        """How a file stands now, None when it is not there."""
        try:
            found = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        except (FileNotFoundError, ValueError):
            return None
        regular = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
        return State(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, regular)

    def read(self, name: str, most: int) -> tuple[bytes, float]:
        """Content and moment of change of a regular file of at most ``most`` bytes.

        Raises:
            NotAFile: It is a link or something else that is no plain file.
            OverflowError: It is larger.
            BlockingIOError: Somebody writes it meanwhile: later it may be whole.
            OSError: It cannot be read.
        """
        with self.reading(name, most) as file:
            before = os.fstat(file.fileno())
            content = file.read(most + 1)
            after = os.fstat(file.fileno())
            if len(content) <= most and (before.st_size, before.st_mtime_ns) != (len(content), after.st_mtime_ns):
                raise BlockingIOError(errno.EAGAIN, "the file is being written")
            changed = after.st_mtime
        if len(content) > most:
            raise OverflowError
        return content, changed

    def write(self, name: str, content: bytes, *, mode: int) -> None:
        """Write a file whole or not at all; an earlier one of this name is replaced."""
        self.write_pieces(name, [content], mode=mode)

    @contextlib.contextmanager
    def reading(self, name: str, most: int) -> Iterator[BinaryIO]:
        """A regular file of at most ``most`` bytes, open to be read piece by piece. Raises as ``read`` does."""
        try:
            fd = os.open(name, _READ, dir_fd=self.fd)
        except OSError as error:
            state = self.state(name)
            if state is not None and not state.regular:
                raise NotAFile from None
            raise error
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                raise NotAFile
            if found.st_size > most:
                raise OverflowError
            yield file

    def write_pieces(self, name: str, pieces: Iterable[bytes], *, mode: int) -> None:
        """Write a file piece by piece, whole or not at all; an earlier one of this name is replaced."""
        temporary = f".{name}.tmp"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=self.fd)
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self.fd)
        with os.fdopen(fd, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fchmod(fd, mode)
            os.fsync(fd)
        os.rename(temporary, name, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def move(self, name: str, to: Place, as_: str = "") -> None:
        """Move a file or directory; within one file system this is one step. Raises: OSError."""
        os.rename(name, as_ or name, src_dir_fd=self.fd, dst_dir_fd=to.fd)

    def move_directory(self, name: str, to: Place, wanted: str) -> str:
        """Move a directory under a name that is free there; returns that name. Raises: OSError."""
        for number in range(1, 10_000):
            free = wanted if number == 1 else f"{wanted}-{number}"
            # An empty directory may be replaced by a rename, so a name counts as free only when nothing has it.
            if to.state(free) is None:
                self.move(name, to, free)
                os.fsync(to.fd)
                return free
        raise FileExistsError(wanted)

    def locked(self) -> bool:
        """Lock this directory until it is closed; False when another process has it. A crash frees it."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def remove_empty(self, name: str) -> None:
        """Remove an empty directory. Raises: OSError when there is something in it."""
        os.rmdir(name, dir_fd=self.fd)

    def remove(self, name: str, *, depth: int = _DEEPEST) -> None:
        """Remove a file, or a directory with the files in it; links are removed and not followed.

        Raises:
            OSError: It cannot be removed, or directories stand deeper in it than we make them.
        """
        try:
            os.unlink(name, dir_fd=self.fd)
        except IsADirectoryError:
            if not depth:
                raise
            with self.inside(name) as inner:
                for each in inner.names():
                    inner.remove(each, depth=depth - 1)
            os.rmdir(name, dir_fd=self.fd)


def documents(names: list[str], suffixes: tuple[str, ...] = (".json",)) -> Iterator[str]:
    """Names of documents: of these endings, and not hidden; a temporary file has another ending (``X.json.tmp``)."""
    yield from (name for name in names if name.lower().endswith(suffixes) and not name.startswith("."))


def is_plain(name: str) -> bool:
    """Whether a document may name a file so: no path, nothing hidden or temporary, nothing that cannot be shown."""
    return (
        0 < len(name.encode("utf-8", "surrogatepass")) <= 255
        and name.isprintable()
        and not name.startswith((".", " "))
        and not name.lower().endswith(_TEMPORARY)
        and not any(character in name for character in "/\\:\0")
    )


def shown(name: str) -> str:
    """A file's name as it may stand in a name that we make: odd ones are shortened, with a digest that keeps them apart."""
    plain = "".join(character if character.isprintable() and character not in "/\\" else "_" for character in name)
    if plain == name and len(name.encode("utf-8", "surrogateescape")) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{plain[:40]}-{digest}"
