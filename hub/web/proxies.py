"""Who really calls when a proxy of our own stands before the hub: only such a proxy is believed, and only about its caller."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

_PROXY = "hub.proxy"


class OwnProxies:
    """ASGI middleware: behind one of our own proxies, the caller is whom that proxy names in ``X-Forwarded-For``.

    A proxy adds its caller at the end, so the list is read from there, past other proxies of ours; what stands before is the
    caller's own story. From anybody else the header means nothing.

    Args:
        addresses: Of our own proxies.
    """

    def __init__(self, app: ASGIApp, *, addresses: Collection[str]) -> None:
        self._app = app
        self._addresses = frozenset(addresses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client") and scope["client"][0] in self._addresses:
            scope = {**scope, _PROXY: scope["client"][0]}
            if caller := self._caller(scope):
                scope["client"] = (caller, 0)
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> str:
        told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
        for one in reversed(told.split(",")):
            address = one.strip()
            if address in self._addresses:
                continue
            try:
                return str(ipaddress.ip_address(address))
            except ValueError:
                return ""
        return ""


def came_by_own_proxy(request: Request) -> bool:
    """Whether one of our own proxies handed this request over."""
    return _PROXY in request.scope
