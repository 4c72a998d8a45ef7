"""What the command line says about messages: the console's words, with a caption for each."""

from __future__ import annotations

import datetime as dt
import io
from string import Formatter

import pytest

from hub.cli import wording
from hub.cli.story import SIGNS, print_line, print_message, screen
from hub.journal.reading import MessageView, TimelineEntry
from hub.message import InStatus, Reason, Status, new_id
from hub.web.console import words

AT = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)


def view(status: str, reason: str = "", code: str = "", timeline: tuple[TimelineEntry, ...] = ()) -> MessageView:
    return MessageView(
        id=new_id(), direction="out", route="r", connection="corv", type="vtoDi01", reference="ref", kenmerk="K-1",
        title="", caller="os_user:a", cause=None, status=status, reason=reason, code=code, accepted_at=AT, next_at=AT,
        final_at=None, attempts=1, size=5, has_content=True, timeline=timeline,
    )  # fmt: skip


def entry(event: str, times: int = 1, **detail: str) -> TimelineEntry:
    return TimelineEntry(1, AT, event, detail, "os_user:anna", times, AT if times > 1 else None)


@pytest.mark.parametrize("event", words.events())
def test_every_event_of_the_console_has_a_caption(event):
    line = wording.entry_line(entry(event), "de Raad")
    assert line.english
    assert line.tone in SIGNS
    assert "{" not in line.dutch + line.english


def test_an_unknown_event_is_shown_by_its_own_name():
    assert wording.entry_line(entry("something_new"), "de Raad").dutch == "Something_new"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(status, "") for status in (*Status, *InStatus) if status != Status.WAITING] + [("waiting", one) for one in Reason],
)
def test_every_state_is_one_sentence(status, reason):
    line = wording.state_line(view(status, reason, "refused"), "de Raad")
    assert line.dutch[0].isupper()
    assert "{" not in line.dutch
    assert line.english


def test_every_placeholder_of_the_console_is_filled_in():
    """Told here rather than by a hole in a sentence on somebody's screen."""
    used = {name for one in words.STATES.values() for _, name, _, _ in Formatter().parse(one.sentence) if name}
    assert used <= {"partner", "attempts", "moment", "since", "from_", "what", "reason"}
    used = {name for one in words.events().values() for _, name, _, _ in Formatter().parse(one) if name}
    assert used <= {"partner", "attempt"}


def test_repeated_failures_are_one_line_with_their_number():
    line = wording.entry_line(entry("attempt_failed", 3, code="not_connected", reached="no"), "de Raad")
    assert line.dutch == "3 pogingen zijn niet gelukt: de partner was niet te bereiken"
    assert line.english == "attempt failed: not_connected, surely not sent"


def test_a_rejection_tells_the_reason():
    story = view("rejected", code="refused", timeline=(entry("rejected", type="Fo01Bericht", reason="Te groot."),))
    assert wording.state_line(story, "de Raad").dutch.endswith(": Te groot.")
    assert wording.state_line(story, "de Raad", "eigen woorden").dutch.endswith(": eigen woorden.")


def test_a_piped_story_is_plain_and_on_one_line_each():
    out = io.StringIO()
    print_message(view("completed", timeline=(entry("accepted"), entry("taken_over", code="Bv04"))), "de Raad", stream=out)
    assert "\x1b" not in out.getvalue()
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("K-1")
    assert any("10:30:00  ✓ Afgeleverd bij de Raad (Bv04)" in line and "took over: Bv04" in line for line in lines)


@pytest.mark.parametrize(("width", "lines"), [(60, 2), (200, 1)])
def test_a_narrow_terminal_gets_the_caption_below(width, lines):
    console = screen(out := io.StringIO())
    console._force_terminal, console.width = True, width
    print_line(console, wording.Line("Een zin die vrij lang is", "a caption that is rather long too"), when="10:30:00")
    assert len(out.getvalue().splitlines()) == lines


def test_a_terminal_without_the_signs_gets_question_marks():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_line(screen(stream), wording.Line("Geïnformeerd", "informed", "good"))
    stream.flush()
    assert b"? Ge?nformeerd" in raw.getvalue()
