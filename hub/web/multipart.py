"""The parts of a ``multipart/form-data`` body (RFC 7578), in memory only, as python-multipart reads them.

Starlette's own reader was tried. It breaks four promises: of a body that was cut off it leaves out the last part without a
word; what is no UTF-8 it reads as Latin-1, so that a name is kept spoiled; of a part without a file name it drops the media
type; and it spools files above 1 MB to disk in the clear.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

# It logs what a sender wrote.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body.

    Attributes:
        file_name: What a file is called at the sender, without NUL; None when the part is a field.
        content_type: Media type that the sender gave, in lower case and without parameters; empty when it gave none.
    """

    name: str
    file_name: str | None
    content_type: str
    data: bytes


def read_parts(data: bytes, content_type: str, limit: int) -> list[Part]:
    """The parts of a body, in its order.

    Args:
        data: The body, read under its cap and the byte budget; the parts take as much again.
        content_type: The header of the request, with its boundary.
        limit: Parts that it may have.

    Raises:
        ValueError: It is no whole multipart body, has too many parts, or a name that is no UTF-8.
    """
    parts: list[Part] = []
    ended: list[bool] = []

    def add(part: Field | File) -> None:
        if len(parts) == limit:
            raise ValueError("too many parts")
        parts.append(_read(part))

    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise ValueError("there is no boundary")
    try:
        parser = FormParser(
            "multipart/form-data",
            add,
            add,
            lambda: ended.append(True),
            boundary=boundary,
            config={"MAX_MEMORY_FILE_SIZE": len(data)},  # no file is larger than the body: none goes to disk
        )
        parser.write(data)
        parser.finalize()
    except FormParserError:
        raise ValueError("this is no multipart body") from None
    if not ended:
        raise ValueError("the last boundary is missing")
    return parts


def _read(part: Field | File) -> Part:
    kind = parse_options_header(part.content_type)[0].decode("latin-1").lower()
    name = (part.field_name or b"").decode("utf-8")
    if isinstance(part, Field):
        return Part(name, None, kind, part.value or b"")
    part.file_object.seek(0)
    return Part(name, (part.file_name or b"").decode("utf-8").replace("\0", ""), kind, part.file_object.read())
