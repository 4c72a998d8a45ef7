"""Looking at content: only for who may, only with a purpose, and never without a line in the access log.

The line is written before anything is opened: what cannot be recorded is not shown. Whoever is refused is recorded too.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from hub.message import Caller
from hub.privacy import access
from hub.web.auth import Visitor
from hub.web.site import Form, Site


def allowed(site: Site, request: Request, right: str, object_: str) -> Visitor:
    """The visitor, who has this right to content; a denied attempt is recorded.

    Raises:
        HTTPException: 401 or 403.
    """
    visitor = site.visitor(request)
    if visitor.caller is not None and not site.may(visitor, right):
        access.record(site.hub.journal, visitor.caller, "denied", object_, "", remote(request))
    return site.require(request, right)


def looked(site: Site, form: Form, request: Request, object_: str, purposes: Mapping[str, str]) -> str:
    """Record a look for the purpose that was chosen.

    Args:
        purposes: Name of a choice -> what stands in the access log: chosen, not typed, so that it holds no personal data.

    Returns:
        The name of the choice, or an empty string when none was made and nothing is recorded.
    """
    purpose = form.text("doel")
    if purpose not in purposes:
        return ""
    access.record(site.hub.journal, caller_of(form.visitor), "read", object_, purposes[purpose], remote(request))
    return purpose


def caller_of(visitor: Visitor) -> Caller:
    """Who looks; a form with a right always has one."""
    assert visitor.caller is not None
    return visitor.caller


def remote(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""
