"""Reading what a form of several pages sends: fields, and one file at most, in memory only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.message import Caller
from hub.web.auth import Visitor
from hub.web.bodies import form_fields, read_body, without_nul
from hub.web.multipart import read_parts
from hub.web.site import Site

#: A page of a form without a file: hundreds of fields fit many times.
PAGE_BYTES_LIMIT = 400_000
#: What a page with a file may hold besides the file.
BESIDE_FILE_BYTES = 100_000
_FIELDS_LIMIT = 2_000
_PARTS_LIMIT = 50
#: The page was shown to another session than the one that sends it.
EXPIRED = "Deze pagina was verlopen. Ga terug, ververs de pagina en probeer het nog eens."
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


async def read_post(site: Site, request: Request, file_limit: int = 0) -> Post:
    """The form in a request. Who sent it, and whether they may, is for the caller to look at.

    Args:
        file_limit: Bytes of the file that may come along; 0 takes none.

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
    with_file = file_limit > 0 and kind.lower().startswith("multipart/form-data")
    # Somebody who has not signed in does not get to fill the memory.
    cap = file_limit + BESIDE_FILE_BYTES if with_file and visitor.caller else PAGE_BYTES_LIMIT
    body = await read_body(request, site.hub.budget, cap, site.patience)
    try:
        fields, upload = (
            await run_in_threadpool(_multipart, body.data, kind) if with_file else (form_fields(body.data, _FIELDS_LIMIT), None)
        )
    except ValueError:
        raise HTTPException(400, _UNREADABLE) from None
    finally:
        body.release()
    return Post(visitor, fields, upload, visitor.sent_this(request, fields.get("formulier", "")))


def refuse(site: Site, request: Request, post: Post, right: str, back: str) -> Response | None:
    """The answer to somebody who may not do this; None when they may.

    What somebody typed who was away too long comes back to them on a page from which they go on after signing in.

    Args:
        right: What they need.
        back: Where signing in leads, in another window; what was typed goes on from this one.

    Raises:
        HTTPException: 403 for another role.
    """
    if post.visitor.caller is None:
        kept = {name: text for name, text in post.fields.items() if name not in ("formulier", "actie")}
        values = {"kept": kept, "address": request.url.path, "file": bool(post.upload), "back": back}
        return site.page("signed_out.html", post.visitor, 401, **values)
    if not site.may(post.visitor, right):
        raise HTTPException(403)
    return None


def sender(site: Site, post: Post, right: str) -> Caller:
    """Who sent this form from one of our own pages, and has this right: for what must not be done twice or by accident.

    Raises:
        HTTPException: 401, 403, or 400 when the page was too old.
    """
    if post.visitor.caller is None:
        raise HTTPException(401)
    if not site.may(post.visitor, right):
        raise HTTPException(403)
    if not post.ours:
        raise HTTPException(400, EXPIRED)
    return post.visitor.caller


def _multipart(data: bytes, content_type: str) -> tuple[dict[str, str], Upload | None]:
    """Fields and file of a ``multipart/form-data`` body.

    Raises:
        ValueError: It is no such body, has too many parts, or a field that is no UTF-8.
    """
    fields: dict[str, str] = {}
    upload: Upload | None = None
    for part in read_parts(data, content_type, _PARTS_LIMIT):
        if part.file_name is None:
            fields[part.name] = without_nul(part.data.decode("utf-8"))
        elif upload is None:
            upload = Upload(part.file_name, part.data)
    return fields, upload
