"""General code names no partner and no exchange: their names, roles, types, events and words stand in their own folders only.

What is still elsewhere stands in ``WAIVERS`` with the reason; a waiver that is no longer needed is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from hub import registry
from hub.contracts.exchange import Exchange
from hub.web.accounts import _GENERAL

ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "hub"

#: Kinds of files that are code.
SUFFIXES = {".py", ".html", ".js", ".css", ".toml", ".mako"}

#: Words of standards that several partners speak, and the only general places for them.
STANDARDS_WORDS = ("StUF", "stuurgegevens", "Bv01Bericht", "Bv03Bericht", "Bv04Bericht", "Fo01Bericht", "Fo03Bericht")
STANDARDS_WORDS += ("GGk", "ggk_Di01", "ggk_Du01")
STANDARDS_PLACES = ("standards", "transports/digikoppeling")

#: Places where data of standards lie that several partners use: a folder per family.
DATA = re.compile(r"schemas/[^/]+/")

#: File, or folder with a slash at the end -> why it still holds such words.
WAIVERS: dict[str, str] = {}


#: Names of routes that are plain Dutch words too, which other pages and standards use in their own sense.
PLAIN_WORDS = frozenset({"melding", "signaal"})


def words_of(exchange: Exchange) -> Iterator[str]:
    """What only this exchange may say."""
    routes = {*exchange.inbound, *(route.name for route in exchange.routes)} - PLAIN_WORDS
    yield from (exchange.name, *sorted(routes), *exchange.own_words)
    yield from set(exchange.roles) - set(_GENERAL)
    if exchange.words:
        words = registry.load(exchange.words)
        yield from words.types
        yield from (f'"{event}"' for event in words.events)  # an event is plain English: only as a name in code


def homes(partner: str, *exchanges: str) -> tuple[str, ...]:
    return (f"adapters/{partner}", f"simulators/{partner}", *(f"routes/{name}" for name in exchanges))


@cache
def owned() -> dict[str, tuple[str, ...]]:
    """Word -> the folders of the hub in which it may stand."""
    exchanges = registry.exchanges().values()
    every = tuple(home for one in exchanges for home in homes(one.partner, one.name))
    found: dict[str, tuple[str, ...]] = dict.fromkeys(STANDARDS_WORDS, (*STANDARDS_PLACES, *every))
    for partner in registry.partners().values():
        allowed = homes(partner.name, *(one.name for one in exchanges if one.partner == partner.name))
        found |= dict.fromkeys((partner.name, *partner.own_words), allowed)
    for exchange in exchanges:
        for word in words_of(exchange):
            found[word] = found.get(word, ()) + homes(exchange.partner, exchange.name)
    return found


@cache
def pattern() -> re.Pattern[str]:
    """All words, longest first; a name may be part of a longer one in code (``make_corv``), not of a longer word."""
    words = sorted(owned(), key=len, reverse=True)
    return re.compile(f"(?<![a-z])(?i:{'|'.join(map(re.escape, words))})(?![a-z])")


def strange_words(text: str, place: str) -> set[str]:
    """The words in a text that may not stand at this place, a path below ``hub``."""
    known = {word.lower(): homes for word, homes in owned().items()}
    return {
        found[0]
        for found in pattern().finditer(text)
        if not any(place.startswith(f"{home}/") or place == f"{home}.py" for home in known[found[0].lower()])
    }


@cache
def strange() -> dict[str, set[str]]:
    """File below ``hub`` -> the words that may not stand there."""
    files = [path for path in sorted(HUB.rglob("*")) if path.suffix in SUFFIXES]
    found = {}
    for path in files:
        place = path.relative_to(HUB).as_posix()
        if not DATA.match(place) and (words := strange_words(path.read_text(encoding="utf-8"), place)):
            found[place] = words
    return found


def waived(place: str) -> str | None:
    """The waiver of a file."""
    return next((name for name in WAIVERS if place == name or (name.endswith("/") and place.startswith(name))), None)


def test_general_code_names_no_partner_and_no_exchange() -> None:
    wrong = [f"hub/{place}: {', '.join(sorted(words))}" for place, words in strange().items() if waived(place) is None]
    assert not wrong, "\n".join(wrong)


def test_no_waiver_is_left_that_is_not_needed() -> None:
    assert set(WAIVERS) - {waived(place) for place in strange()} == set()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("settings of corv", "cli/check.py"),
        ("make_corv()", "registry.py"),
        ("CorvAdapter", "delivery/worker.py"),
        ("een Verzoek tot Onderzoek", "web/console/words.py"),
        ('"vtoDi01"', "journal/reading.py"),
        ('entry.event == "child_confirmed"', "web/console/story.py"),
        ("de Raad", "simulators/control.py"),
        ("StUF 03.01", "contracts/route.py"),
    ],
)
def test_a_word_of_somebody_is_seen(text: str, place: str) -> None:
    assert strange_words(text, place)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("settings of corv", "adapters/corv/client.py"),
        ("de Raad", "adapters/corv/notificatie.py"),
        ("corv", "routes/raadsverzoek/demo.py"),
        ("StUF 03.01", "standards/stuf/__init__.py"),
        ("raadplegen, it was notified", "web/console/words.py"),
    ],
)
def test_a_word_in_its_own_house_and_plain_words_are_fine(text: str, place: str) -> None:
    assert not strange_words(text, place)
