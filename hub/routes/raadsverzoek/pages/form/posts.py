"""Reading what the form sends: fields, and one file at most, in memory only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from hub.web.auth import Visitor
from hub.web.bodies import form_fields, read_body, without_nul
from hub.web.multipart import read_parts
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
    data: bytes = b""


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
    except ValueError:
        raise HTTPException(400, _UNREADABLE) from None
    finally:
        body.release()
    return Post(visitor, fields, upload, visitor.sent_this(request, fields.get("formulier", "")))


def _multipart(data: bytes, content_type: str) -> tuple[dict[str, str], Upload | None]:
    """Fields and file of a ``multipart/form-data`` body.

    Raises:
        ValueError: It is no such body, has too many parts, or a field that is no UTF-8.
    """
    fields: dict[str, str] = {}
    upload: Upload | None = None
    for part in read_parts(data, content_type, _MOST_PARTS):
        if part.file_name is None:
            fields[part.name] = without_nul(part.data.decode("utf-8"))
        elif upload is None:
            upload = Upload(part.file_name, part.data)
    return fields, upload
