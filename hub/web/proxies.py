"""Which requests a proxy of our own handed over. Whom such a proxy names as its caller is uvicorn's to read."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from hub.config.models import Network

_BY_OWN_PROXY = "hub.by_own_proxy"


class OwnProxies:
    """ASGI middleware: behind one of our own proxies, the caller is whom that proxy names in ``X-Forwarded-For``.

    A proxy adds its caller at the end, so the list is read from there, past other proxies of ours; what stands before is the
    caller's own story. From anybody else the header means nothing.

    Args:
        networks: Where our own proxies are.
    """

    def __init__(self, app: ASGIApp, *, networks: Collection[Network]) -> None:
        self._networks = tuple(networks)
        self._app = ProxyHeadersMiddleware(app, [str(network) for network in networks])  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = {**scope, _BY_OWN_PROXY: self._is_own(scope)}  # before the caller takes the proxy's place
        await self._app(scope, receive, send)  # type: ignore[arg-type]

    def _is_own(self, scope: Scope) -> bool:
        try:
            address = ipaddress.ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def came_by_own_proxy(request: Request) -> bool:
    """Whether one of our own proxies handed this request over."""
    return bool(request.scope.get(_BY_OWN_PROXY))
