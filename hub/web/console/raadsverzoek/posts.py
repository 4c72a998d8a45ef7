"""Reading what the form sends: fields, and one file at most, in memory only.

The framework's own reader spools uploads to disk in the clear and has no cap on the whole; here the body comes in under its
cap and the byte budget first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from hub.web.auth import Visitor
from hub.web.bodies import form_fields, read_body, without_nul
from hub.web.site import Site

#: A page of the form without a file: twenty children and a hundred roles fit many times.
MOST_BYTES = 400_000
#: What a page with a file may hold besides the file.
BESIDES_FILE = 100_000
_MOST_FIELDS = 2_000
_MOST_PARTS = 50
_UNREADABLE = "Dit formulier is niet te lezen. Ga terug en probeer het nog eens."


@dataclass(slots=True)
class Upload:
    """A file that came along."""

    name: str
    data: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Post:
    """A form that was sent.

    Attributes:
        ours: It carries the token of this visitor's pages: it may change something.
    """

    visitor: Visitor
    fields: Mapping[str, str]
    upload: Upload | None
    ours: bool

    def text(self, name: str) -> str:
        """A field as it was typed; empty when absent."""
        return self.fields.get(name, "")


async def read_post(site: Site, request: Request, most_file: int = 0) -> Post:
    """The form in a request. Who sent it, and whether they may, is for the caller to look at.

    Args:
        most_file: Bytes of the file that may come along; 0 takes none.

    Raises:
        HTTPException: 400: it comes from another site or cannot be read.
        DecodeFailure: It is too large.
        Throttled: The byte budget is used up.
        Unavailable: It did not come whole in time.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(400, _UNREADABLE)
    visitor = await run_in_threadpool(site.visitor, request)
    kind = request.headers.get("content-type", "")
    with_file = most_file > 0 and kind.lower().startswith("multipart/form-data")
    # Somebody who has not signed in does not get to fill the memory.
    cap = most_file + BESIDES_FILE if with_file and visitor.caller else MOST_BYTES
    body = await read_body(request, site.hub.budget, cap, site.patience)
    try:
        fields, upload = (
            await run_in_threadpool(_multipart, body.data, kind) if with_file else (form_fields(body.data, _MOST_FIELDS), None)
        )
    except (ValueError, MultipartParseError):
        raise HTTPException(400, _UNREADABLE) from None
    finally:
        body.release()
    return Post(visitor, fields, upload, visitor.sent_this(request, fields.get("formulier", "")))


def _multipart(data: bytes, content_type: str) -> tuple[dict[str, str], Upload | None]:
    """Fields and file of a ``multipart/form-data`` body (RFC 7578).

    Raises:
        ValueError: It has too many parts, or a field that is no UTF-8.
        MultipartParseError: It is no multipart body.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    reader = _Parts()
    parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
    parser.write(data)
    parser.finalize()
    return reader.fields, reader.upload


class _Parts:
    """Collects the parts of one body."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.upload: Upload | None = None
        self._count = 0
        self._header = b""
        self._value = b""
        self._name = ""
        self._data = bytearray()
        self._file: Upload | None = None

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._count += 1
        if self._count > _MOST_PARTS:
            raise ValueError("too many parts")
        self._name, self._data, self._file = "", bytearray(), None

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            options = parse_options_header(self._value)[1]
            self._name = options.get(b"name", b"").decode("utf-8")
            if b"filename" in options:
                self._file = Upload(without_nul(options[b"filename"].decode("utf-8")))
        self._header = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        target = self._data if self._file is None else self._file.data
        target += memoryview(data)[start:end]

    def _end(self) -> None:
        if self._file is None:
            self.fields[self._name] = without_nul(self._data.decode("utf-8"))
        elif self.upload is None:
            self.upload = self._file
