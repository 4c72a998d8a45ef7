"""Columns of a batch as PostgreSQL arrays in binary, written directly.

psycopg derives the element type of every list anew, element by element; here the statement has told the type. The format is
PostgreSQL's ``array_send``: dimensions, null flag, element type, length, lower bound, then length and bytes of each element.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)


def _text(value: str) -> bytes:
    return value.encode()


def _uuid(value: UUID) -> bytes:
    return value.bytes


def _bigint(value: int) -> bytes:
    return value.to_bytes(8, "big", signed=True)


def _int(value: int) -> bytes:
    return value.to_bytes(4, "big", signed=True)


def _boolean(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"


class _Kind(NamedTuple):
    element_oid: int
    array_oid: int
    encode: Callable[[Any], bytes]


_KINDS = {
    "uuid": _Kind(2950, 2951, _uuid),
    "text": _Kind(25, 1009, _text),
    "bigint": _Kind(20, 1016, _bigint),
    "int": _Kind(23, 1007, _int),
    "bytea": _Kind(17, 1001, bytes),
    "boolean": _Kind(16, 1000, _boolean),
}


class Column:
    """One column of a batch, encoded; a subclass per type, so that psycopg finds the dumper by the class."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column) -> Buffer:
        return obj.data


_CLASSES = {kind: type(f"{kind.title()}Column", (Column,), {"__slots__": ()}) for kind in _KINDS}


def column(kind: str, values: Sequence[Any]) -> Column:
    """A column of this PostgreSQL type."""
    element_oid, _, encode = _KINDS[kind]
    pieces: list[bytes] = []
    nulls = 0
    for value in values:
        if value is None:
            nulls = 1
            pieces.append(_NULL)
        else:
            data = encode(value)
            pieces.append(_LENGTH.pack(len(data)))
            pieces.append(data)
    made: Column = _CLASSES[kind](_HEAD.pack(1, nulls, element_oid, len(values), 1) + b"".join(pieces))
    return made


def register(connection: Connection[Any]) -> None:
    """Make these columns known to a connection."""
    for kind, (_, oid, _) in _KINDS.items():
        dumper = type(f"{kind.title()}ColumnDumper", (_ColumnDumper,), {"oid": oid})
        connection.adapters.register_dumper(_CLASSES[kind], dumper)
