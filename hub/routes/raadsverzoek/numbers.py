"""Numbers people type over: BSN, RSIN, number of a non-resident and telephone number."""

from __future__ import annotations

import re

_NINE = re.compile(r"[0-9]{9}", re.ASCII)
_SEVENTEEN = re.compile(r"[0-9]{17}", re.ASCII)
_PHONE = re.compile(r"[0-9+() \-]{1,20}", re.ASCII)


def is_bsn(text: str) -> bool:
    """Nine digits that pass the elfproef: 9, 8, ... 2 times the first eight minus the last is a multiple of eleven.

    An RSIN passes the same test. All zeros passes arithmetically and is refused.
    """
    if _NINE.fullmatch(text) is None or text == "000000000":
        return False
    return (sum(int(digit) * (9 - place) for place, digit in enumerate(text[:8])) - int(text[8])) % 11 == 0


def is_rni(text: str) -> bool:
    """Seventeen digits."""
    return _SEVENTEEN.fullmatch(text) is not None


def count_digits(text: str) -> int:
    """How many digits a text holds, for the sentence that says so."""
    return sum(character.isdigit() for character in text)


def is_phone(text: str) -> bool:
    """Ten to fifteen digits with ``+``, brackets, spaces or hyphens, at most twenty characters together (RV27)."""
    return _PHONE.fullmatch(text) is not None and 10 <= count_digits(text) <= 15
