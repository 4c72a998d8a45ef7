"""The parts of a ``multipart/form-data`` body (RFC 7578), in memory only.

The framework's own reader spools uploads to disk in the clear and has no cap on the whole; here a body that was read under
its cap and the byte budget is taken apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header


@dataclass(slots=True)
class Part:
    """One part of a body.

    Attributes:
        file_name: What a file is called at the sender, without NUL; None when the part is a field.
        content_type: Media type that the sender gave, in lower case and without parameters; empty when it gave none.
    """

    name: str = ""
    file_name: str | None = None
    content_type: str = ""
    data: bytearray = field(default_factory=bytearray)


def read_parts(data: bytes, content_type: str, most: int) -> list[Part]:
    """The parts of a body, in its order.

    Args:
        content_type: The header of the request, with its boundary.
        most: Parts that it may have.

    Raises:
        ValueError: It is no whole multipart body, has too many parts, or a name that is no UTF-8.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise ValueError("there is no boundary")
    reader = _Reader(most)
    parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
    try:
        parser.write(data)
        parser.finalize()
    except FormParserError:
        raise ValueError("this is no multipart body") from None
    if not reader.ended:
        raise ValueError("the last boundary is missing")
    return reader.parts


class _Reader:
    """Collects the parts of one body."""

    def __init__(self, most: int) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._most = most
        self._header = b""
        self._value = b""

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_part_data": self._on_data,
            "on_end": self._on_end,
        }

    def _begin(self) -> None:
        if len(self.parts) == self._most:
            raise ValueError("too many parts")
        self.parts.append(Part())

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        part, header = self.parts[-1], self._header.lower()
        if header == b"content-disposition":
            options = parse_options_header(self._value)[1]
            part.name = options.get(b"name", b"").decode("utf-8")
            if b"filename" in options:
                part.file_name = options[b"filename"].decode("utf-8").replace("\0", "")
        elif header == b"content-type":
            part.content_type = parse_options_header(self._value)[0].decode("latin-1").lower()
        self._header = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].data += memoryview(data)[start:end]

    def _on_end(self) -> None:
        self.ended = True
