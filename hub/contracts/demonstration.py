"""The contract of a demonstration: what ``hub demo`` plays of an exchange, with its partners in processes of their own.

The frame makes a hub in a fresh folder, starts the simulated partners, offers each case's document, follows the message to its
end and tells every step. The exchange says what is sent, to whom, and what only it can tell about a document. All people in it
are synthetic.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """One thing told twice: to the user in Dutch and to the engineer in English. ``tone`` is good, bad, wait or plain."""

    dutch: str
    english: str
    tone: str = "plain"


class DemoPlace(NamedTuple):
    """Where a demonstration runs: the hub's address without a slash at the end, and a folder that is removed afterwards."""

    hub: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPartner:
    """A simulated partner of a demonstration, and the connection to it.

    Demonstrations that name the same connection share the process; the first one says how it is started.

    Attributes:
        connection: Name of the connection.
        arguments: What follows ``hub simulate``: the partner's name and its options, but for ``--port``. When a case takes the
            partner down, it has to remember over a restart what it took (``--state``).
        settings: TOML with the tables ``[connections.<connection>]`` and below, given the URL that the process told.
    """

    connection: str
    arguments: Callable[[DemoPlace], Sequence[str]]
    settings: Callable[[DemoPlace, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCase:
    """One case: what is sent, and what it should come to.

    Attributes:
        name: For scripts.
        title: What happens, in Dutch, for the screen.
        caption: The same in English.
        route: The route that it is offered for.
        expected: The final status that it must reach.
        document: The document as it is offered to the hub, given today.
        partner_down: Whether the partner is away when it is sent.
        heard_of: Whether something must come in about it too, beside the final status.
    """

    name: str
    title: str
    caption: str
    route: str
    expected: str
    document: Callable[[dt.date], bytes]
    partner_down: bool = False
    heard_of: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoComparison:
    """How it is told that the partner received exactly what the hub stored.

    Attributes:
        digest: Of a stored message, in hex, as the partner's books have it (``hub.simulators.received.Received.digest``).
        sentence: In Dutch.
        caption: In English; the digest stands behind it.
    """

    digest: Callable[[bytes], str]
    sentence: str = "De partner ontving precies wat is vastgelegd"
    caption: str = "same digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What ``hub demo`` plays of an exchange; ``EXCHANGE.demo`` names it.

    Attributes:
        opening: What there is to be seen, in one Dutch sentence.
        partners: Its simulated partners.
        settings: TOML with tables ``[routes.<name>]`` and below; empty when the defaults do.
        cases: In the order in which they are played.
        comparison: How it is told that the partner received what was stored.
        describe: What can be told about a document that was accepted, without personal data.
    """

    opening: str
    partners: tuple[DemoPartner, ...]
    cases: tuple[DemoCase, ...]
    comparison: DemoComparison
    settings: str = ""
    describe: Callable[[bytes], Iterable[Line]] = lambda document: ()
