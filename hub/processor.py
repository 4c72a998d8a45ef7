"""Keeping a process to one processor.

The threads of a Python process take the interpreter in turn. Spread over processors, each turn wakes a thread on another one,
which often comes too late and finds cold caches (decision 17). Other processes are moved out of the way by the kernel.
"""

from __future__ import annotations

import os
import random

#: Wishes that are no number.
ONE, ANY = "one", "any"


def keep_to(wish: str) -> int | None:
    """Keep this thread, and those it starts from now on, to one processor; returns its number, None when free.

    Args:
        wish: ``any``: whatever the kernel likes; ``one``: one of those that this process may use; or the number of one.

    Raises:
        ValueError: Not such a wish, or this process may not use that processor.
    """
    if wish == ANY or not hasattr(os, "sched_setaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    if wish == ONE:
        chosen = random.choice(allowed)
    elif wish.isdecimal() and int(wish) in allowed:
        chosen = int(wish)
    else:
        known = ", ".join(str(number) for number in allowed)
        raise ValueError(f"there is no processor {wish!r} for this process: say {ONE}, {ANY} or one of {known}")
    os.sched_setaffinity(0, {chosen})
    return chosen
