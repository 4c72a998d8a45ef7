"""Whom the hub takes for the caller, with and without a proxy of its own before it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from hub.web.proxies import OwnProxies, came_by_own_proxy

OWN = [ip_network(one) for one in ("10.0.0.5", "10.0.0.6", "10.1.0.0/16", "fd00::/8")]


def _run(coroutine: Any) -> Any:
    """In a thread of its own: a browser of an earlier test may have left a running loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("10.0.0.5", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.5", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),  # what the caller says of itself does not count
        ("10.0.0.5", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.5", ["203.0.113.7, 10.0.0.6"], "203.0.113.7"),
        ("10.0.0.5", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.5", ["203.0.113.7:5120"], "203.0.113.7"),
        ("10.0.0.5", ["[2001:db8::7]:5120"], "2001:db8::7"),
        ("10.0.0.5", ["203.0.113.7:5120, 10.0.0.6:443"], "203.0.113.7"),
        ("10.1.2.3", ["203.0.113.7, 10.1.4.5"], "203.0.113.7"),
        ("fd00::1", ["2001:db8::7, fd00::2"], "2001:db8::7"),
        ("10.0.0.5", ["10.0.0.6"], "10.0.0.6"),
        ("10.2.0.1", ["203.0.113.7"], "10.2.0.1"),
        ("10.0.0.5", [], "10.0.0.5"),
        ("127.0.0.1", ["203.0.113.7"], "127.0.0.1"),
        ("203.0.113.9", ["10.0.0.5"], "203.0.113.9"),
    ],
)
def test_only_a_proxy_of_our_own_tells_who_calls(peer: str, forwarded: list[str], caller: str):
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    _run(OwnProxies(app, networks=OWN)(scope, None, None))  # type: ignore[arg-type]
    assert seen[0]["client"][0] == caller
    own = peer.startswith(("10.0.0.", "10.1.", "fd00:"))
    assert came_by_own_proxy(Request(seen[0])) == own
