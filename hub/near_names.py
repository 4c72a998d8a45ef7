"""The known name that somebody may have meant. The one place that searches, because what is searched for may be hostile."""

from __future__ import annotations

from collections.abc import Iterable

#: No name of ours is longer. The search costs memory for each character: one key of 35 MB took 1.6 GB.
LONGEST = 40


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like ``wrong``, if any looks like it; None for a word that is no slip of the keyboard."""
    if len(wrong) > LONGEST:
        return None
    import difflib  # most commands never need it

    matches = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None
