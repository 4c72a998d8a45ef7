"""The console's words hold against the engine's: nothing can happen that has no sentence."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from hub import registry
from hub.errors import CODES
from hub.journal.reading import MessageView
from hub.message import InStatus, Reason, Status, new_id
from hub.routes.raadsverzoek.cases import Notification
from hub.routes.raadsverzoek.pages.cases.facts import CaseFacts
from hub.routes.raadsverzoek.pages.cases.presenting import CASE_STATES, state_key
from hub.web.console import times, words
from hub.web.console.presenting import MessagePresenter

NOW = dt.datetime(2026, 11, 22, 13, 0, tzinfo=dt.UTC)  # 14:00 in Amsterdam


def test_every_code_has_its_dutch_words_and_no_other_code_has():
    assert set(words.CODES) == set(CODES)


def test_every_help_is_two_whole_sentences():
    for code, help_ in {**words.CODES, **words.CONNECTION_CODES}.items():
        assert help_.what.endswith("."), code
        assert help_.do.endswith("."), code
        assert "misgegaan" not in help_.what + help_.do


#: Words of the code that no page may show; "partner" is Dutch too.
ENGLISH = re.compile(
    r"\b(?:" + "|".join({*Status, *InStatus, *Reason, "status", "paused", "broken", "off", "unknown"} - {"partner"}) + r")\b",
    re.IGNORECASE,
)
EVERY_STATUS = [(str(status), "") for status in (*Status, *InStatus) if status != Status.WAITING] + [
    ("waiting", str(reason)) for reason in Reason
]


def view(status: str, reason: str, **more: Any) -> MessageView:
    facts: dict[str, Any] = {
        "id": new_id(), "direction": "out", "route": "raadsverzoek", "connection": "corv", "type": "", "reference": "r",
        "kenmerk": "K-1", "title": "", "caller": "user:a", "cause": None, "code": "", "accepted_at": NOW, "next_at": NOW,
        "final_at": None, "attempts": 2, "size": 1, "has_content": True,
    }  # fmt: skip
    return MessageView(**{**facts, "status": status, "reason": reason, **more})


@pytest.mark.parametrize(("status", "reason"), EVERY_STATUS)
@pytest.mark.parametrize("code", ["", *CODES])
def test_no_message_is_told_in_english(status: str, reason: str, code: str):
    presenter = MessagePresenter({"corv": "de Raad"}, NOW)
    message = view(status, reason, code=code)
    row = presenter.row(message)
    told = f"{row.state.label} {row.sentence.striptags()} {presenter.next(message).striptags()}"
    assert row.state != words.UNKNOWN
    assert not ENGLISH.search(told), told
    assert "{" not in told


@pytest.mark.parametrize(("status", "reason"), [one for one in EVERY_STATUS if one[0] in {*Status}])
def test_no_case_is_told_in_english(status: str, reason: str):
    notified = (Notification(new_id(), None, NOW, "Intake afgerond", "", False, False, 1, None, False),)
    for known in (
        CaseFacts(),
        CaseFacts(sent_at=NOW, tasks=frozenset({"overdue"})),
        CaseFacts(sent_at=NOW, notifications=notified),
        CaseFacts(sent_at=NOW, notifications=notified, ended=True),
        CaseFacts(sent_at=NOW, closed_at=NOW, ended=True),
        CaseFacts(corrected=new_id()),
    ):
        for message in (view(status, reason), view(status, reason, attempts=0, next_at=NOW + dt.timedelta(hours=1))):
            state = CASE_STATES.get(state_key(message, known, NOW))
            assert state is not None, (status, reason, known)
            assert not ENGLISH.search(f"{state.label} {re.sub('{[a-z_]+}', '', state.sentence + state.next)}")


def test_every_state_of_a_connection_has_its_words():
    assert set(words.CONNECTION_STATES) == {"open", "paused", "broken", "off"}
    for state in words.CONNECTION_STATES.values():
        assert not ENGLISH.search(f"{state.label} {state.sentence}".replace("{moment}", ""))
    assert words.connection_state_of("melted") == words.state_of("melted", "") == words.UNKNOWN


def test_general_words_and_pages_are_about_no_exchange():
    """An exchange brings its own words; another organisation may not even have it."""
    names = {name for exchange in registry.exchanges().values() for name in (exchange.name, exchange.partner)}
    about = re.compile(
        "|".join((*names, r"\braad\b", r"\bde Raad\b", r"verzoek(?!t)", r"kinderen", r"secretar")), re.IGNORECASE
    )
    folder = Path(words.__file__).parent
    for file in (*folder.rglob("*.py"), *folder.rglob("*.html"), *folder.rglob("*.js"), *folder.rglob("*.css")):
        assert not (found := about.search(file.read_text(encoding="utf-8"))), f"{file.name}: {found}"


def test_every_status_has_its_words():
    wanted = {(status.value, "") for status in (*Status, *InStatus)} - {("waiting", "")}
    assert set(words.STATES) == wanted | {("waiting", reason.value) for reason in Reason}


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, "zojuist"),
        (0.5, "zo meteen"),
        (3, "over 3 minuten"),
        (1, "over 1 minuut"),
        (-1, "1 minuut geleden"),
        (-59, "59 minuten geleden"),
        (90, "vandaag om 15:30"),
        (-60 * 23, "gisteren om 15:00"),
        (60 * 20, "morgen om 10:00"),
        (-60 * 24 * 3, "19 november om 14:00"),
        (60 * 24 * 60, "21 januari 2027 om 14:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(minutes: float, expected: str):
    assert times.near(NOW + dt.timedelta(minutes=minutes), NOW) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(0, "14:00"), (-60 * 24, "gisteren 14:00"), (-60 * 72, "19 november 14:00")])
def test_a_moment_from_which_something_lasts_is_a_time(minutes: float, expected: str):
    assert times.since(NOW + dt.timedelta(minutes=minutes), NOW) == expected


def test_a_moment_is_exact_on_hover():
    assert 'title="22 november 2026, 14:00:00"' in times.element(NOW, NOW)
