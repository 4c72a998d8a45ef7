"""Named places where a test may kill the process, so that every promise is tried at the worst moment.

``HUB_CRASH_AT=name`` or ``name:3`` (the third time it passes) ends the process with SIGKILL at that place: nothing is flushed,
closed or told. Without the variable a crash point costs one comparison. The names are in ``NAMES`` and ``EFFECTS``;
tests visit each.
"""

from __future__ import annotations

import itertools
import os
import signal

#: Every crash point: before and after each commit, publish, acknowledgement and call.
NAMES = (
    *(
        f"{unit}.{moment}_commit"
        for unit in ("accept", "claim", "lease", "settle", "receive", "expire")
        for moment in ("before", "after")
    ),
    "publish.before",
    "publish.after",
    "acknowledge.before",
    "acknowledge.after",
    "call.before",
    "call.after",
)

#: Between the core's rows and the effects of exchanges, and behind these: passed only where an exchange has effects.
EFFECTS = ("effects.before", "effects.after")

_name, _, _count = os.environ.get("HUB_CRASH_AT", "").partition(":")
_passes = itertools.count(1)
_at = int(_count or 1)


def crashpoint(name: str) -> None:
    """Die here when the environment asks for it."""
    if name == _name and next(_passes) == _at:
        os.kill(os.getpid(), signal.SIGKILL)
