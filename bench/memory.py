"""Memory: whether an embedded hub grows over many messages, and what the largest documents cost at their peak."""

from __future__ import annotations

from typing import Any

from bench import hub_job
from bench.services import Servers

#: Bytes of attachments: the largest that CORV takes makes a message of 28 MB.
LARGE = 21_000_000


def flat(servers: Servers, *, count: int, step: int = 2_000) -> dict[str, Any]:
    """Send ``count`` messages through one embedded hub; its memory in MB after each twentieth part."""
    marks: list[tuple[int, float]] = []
    every = max(step, count // 20)
    sent = 0
    with hub_job.running(servers, embedded=True) as hub:
        while sent < count:
            part = min(step, count - sent)
            hub_job.burst(hub, servers, part)
            sent += part
            if sent % every < step:
                marks.append((sent, hub.order(do="facts")["memory"] / 1e6))
    return {"count": sent, "marks": marks}


def largest(servers: Servers) -> dict[str, float]:
    """One large message through an embedded hub: peak memory in MB before, after, and the size of the document."""
    with hub_job.running(servers, embedded=True) as hub:
        before = hub.order(do="facts")["peak"]
        servers.partner.reset()
        answer = hub.order(do="one", size=LARGE)
        servers.partner.wait_for(1, timeout=120)
        hub.wait_until_settled(60)
        after = hub.order(do="facts")["peak"]
    return {
        "document": answer["document"] / 1e6,
        "accept_seconds": answer["seconds"],
        "before": before / 1e6,
        "peak": after / 1e6,
    }
