"""How a message looks on a terminal: its state in a sentence, its timeline, its references. Plain text when it is piped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from hub.cli.wording import Line, clock, day, entry_line, state_line

if TYPE_CHECKING:
    from hub.journal.reading import MessageView

#: A sign per tone, so that colour is never the only one.
SIGNS = {"good": ("✓", "green"), "bad": ("✗", "red"), "wait": ("…", "yellow"), "plain": ("·", "cyan")}
#: Where the English caption begins, when the Dutch sentence leaves room.
_CAPTION_AT = 70


def screen(stream: IO[str] | None = None) -> Console:
    """A console that wraps nothing, colours only on a terminal, and shows ``?`` where a terminal lacks a character."""
    stream = stream or sys.stdout
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(file=stream, soft_wrap=True, highlight=False, emoji=False)


def print_line(console: Console, line: Line, *, when: str = "", indent: int = 2) -> None:
    """One line of a story: moment, sign, sentence, and the caption beside it or, on a narrow terminal, below it."""
    sign, colour = SIGNS.get(line.tone, SIGNS["plain"])
    text = Text(" " * indent)
    if when:
        text.append(f"{when}  ", style="dim")
    text.append(f"{sign} ", style=f"bold {colour}")
    margin = len(text.plain)
    text.append(line.dutch)
    beside = max(2, _CAPTION_AT - len(text.plain))
    if line.english and console.is_terminal and len(text.plain) + beside + len(line.english) > console.width:
        text.append("\n" + " " * margin + line.english, style="dim")
    elif line.english:
        text.append(" " * beside + line.english, style="dim")
    console.print(text)


def print_message(view: MessageView, partner: str, related: Sequence[MessageView] = (), stream: IO[str] | None = None) -> None:
    """A message as a story: what it is, where it stands, what happened, references last."""
    console = screen(stream)
    title = view.title or view.type or view.direction
    console.print(Text(f"{view.kenmerk or view.reference or view.id}  {title}", style="bold"))
    print_line(console, state_line(view, partner), indent=0)
    console.print()
    last = ""
    for entry in view.timeline:
        if (today := day(entry.at)) != last:
            console.print(Text(f"  {today}", style="dim"))
            last = today
        print_line(console, entry_line(entry, partner), when=clock(entry.at))
    console.print()
    facts = [
        ("id", str(view.id)),
        ("reference", view.reference),
        ("route", f"{view.route} over {view.connection}" if view.direction == "out" else view.connection),
        ("type", f"{view.type}, {view.size} bytes{'' if view.has_content else ', content destroyed'}"),
        ("accepted by", view.caller),
        ("follows", str(view.cause or "")),
    ]
    facts += [("related", f"{one.id} {one.type} {one.status}") for one in related]
    for name, value in facts:
        if value:
            console.print(Text(f"  {name:<12}", style="dim") + Text(value))


def row_of(view: MessageView, partner: str) -> str:
    """A message in a list: id, moment, case number, state and sentence in one line."""
    where = view.route if view.direction == "out" else f"from {view.connection}"
    name = view.kenmerk or view.reference
    return f"{view.id}  {day(view.accepted_at)} {clock(view.accepted_at)}  {where:<14} {name:<22} {view.status:<11} " + (
        state_line(view, partner).dutch
    )
