"""Columns of a batch as PostgreSQL arrays in binary, written directly.

psycopg derives the element type of every list anew, element by element; here the statement has told the type. The format is
PostgreSQL's ``array_send``: dimensions, null flag, element type, length, lower bound, then length and bytes of each element.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

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
    encode: Callable[[Any], bytes]


_KINDS = {
    "uuid": _Kind(2950, _uuid),
    "text": _Kind(25, _text),
    "bigint": _Kind(20, _bigint),
    "int": _Kind(23, _int),
    "bytea": _Kind(17, bytes),
    "boolean": _Kind(16, _boolean),
}


def column(kind: str, values: Sequence[Any]) -> bytes:
    """A column of this PostgreSQL type, for a parameter in binary format."""
    element_oid, encode = _KINDS[kind]
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
    return _HEAD.pack(1, nulls, element_oid, len(values), 1) + b"".join(pieces)
