"""Who calls the API: the holder of a key, with a role that may do this."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import HTTPException, Request

from hub.assembly import Hub
from hub.message import Caller
from hub.web.auth import bearer, may


def needs(hub: Hub, *rights: str) -> Callable[[Request], Caller]:
    """A dependency that gives the caller, who has one of these rights.

    Its function raises ``HTTPException`` 401 without a valid key and 403 without the right.
    """

    def caller(request: Request) -> Caller:
        found = bearer(request, hub.journal)
        if found is None:
            text = "Geef een geldige sleutel: Authorization: Bearer hub_..."
            raise HTTPException(401, text, headers={"WWW-Authenticate": "Bearer"})
        if not any(may(found, right) for right in rights):
            raise HTTPException(403, "Deze sleutel heeft de rol niet die hiervoor nodig is.")
        return found

    return caller
