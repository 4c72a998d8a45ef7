"""The technical log is JSON that machines can read, and no BSN or content gets into it."""

from __future__ import annotations

import io
import json
import logging
import re
import uuid

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from hub import telemetry
from hub.errors import Refused
from hub.telemetry import REDACTED, REGISTRY, LogEvent, configure, get_logger, guard, looks_like_bsn

BSNS = ["999999047", "999990342", "999900006", "111222333", "123456782"]


@pytest.fixture
def log():
    """A configured log; calling it gives the events written so far."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure(level="debug", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_event_is_a_line_of_json_with_its_ids(log):
    message_id = uuid.uuid4()
    get_logger().bind(message_id=message_id).info(LogEvent.MESSAGE_ACCEPTED, route="raadsverzoek", bytes_=3)
    (event,) = log()
    assert event["event"] == "message_accepted"
    assert event["message_id"] == str(message_id)
    assert (event["level"], event["route"], event["bytes_"]) == ("info", "raadsverzoek", 3)
    assert event["timestamp"].endswith("Z")
    assert "guarded" not in event


@pytest.mark.parametrize("bsn", BSNS)
def test_a_bsn_is_removed_wherever_it_hides(log, bsn):
    dotted = f"{bsn[:4]}.{bsn[4:6]}.{bsn[6:]}"
    get_logger().warning(
        f"x {bsn}.", text=f"bsn={bsn};", dots=dotted, number=int(bsn), deep={"a": [(bsn, {bsn: {bsn}})]}, fault=ValueError(bsn)
    )
    (event,) = log()
    line = json.dumps(event)
    assert bsn not in line
    assert dotted not in line
    assert REDACTED in line
    assert event["guarded"] is True


def test_what_libraries_log_is_guarded_too(log):
    logging.getLogger("some.dependency").error("person %s was not found", "999999047")
    (event,) = log()
    assert event["event"] == f"person {REDACTED} was not found"
    assert event["logger"] == "some.dependency"


def test_a_traceback_shows_places_but_no_text_of_others(log):
    try:
        try:
            int("Jan Jansen")
        except ValueError as error:
            raise Refused("message 7 was refused") from error
    except Refused:
        get_logger().exception(LogEvent.FAULT_MET)
    (event,) = log()
    assert "test_telemetry.py" in event["exception"]
    assert "hub.errors.Refused: message 7 was refused" in event["exception"]
    assert "builtins.ValueError" in event["exception"]
    assert "invalid literal" not in event["exception"]


def test_bytes_and_unknown_things_are_not_written_out(log):
    get_logger().info("x", body=b"<vto/>", thing=object(), names={"b", "a"})
    (event,) = log()
    assert (event["body"], event["thing"], event["names"]) == ("[6 bytes]", "[object]", ["a", "b"])


def test_a_line_that_cannot_be_made_or_written_does_not_stop_the_work(log, capsys):
    class Unspeakable:
        def __str__(self) -> str:
            raise ValueError("Jan Jansen")

    get_logger().info("x", deep={Unspeakable(): 1})
    assert log() == []
    closed = io.StringIO()
    closed.close()
    configure(stream=closed)
    get_logger().info("x")
    told = capsys.readouterr().err
    assert told == "hub: a line of the log was lost (ValueError)\n" * 2


def test_ids_times_and_measures_are_left_alone(log):
    harmless = {
        "id": "018f4e2a-1234-7abc-9def-123456782abc",
        "stamp": "20261123101112123",
        "duration_us": 999999047,
        "other": 999999048,
        "pair": (1, 2),
        "phone": "0612345678",
    }
    get_logger().info("x", **harmless)
    (event,) = log()
    assert {name: event[name] for name in harmless} == harmless | {"pair": [1, 2]}
    assert "guarded" not in event


@given(st.integers(10_000_000, 999_999_999))
def test_every_number_that_passes_the_elfproef_is_removed(number):
    digits = str(number).zfill(9)
    event = guard(None, "info", {"event": "x", "a": f"({digits})"})
    assert (digits in event["a"]) is not looks_like_bsn(digits)


@pytest.mark.parametrize(
    ("digits", "verdict"), [*[(bsn, True) for bsn in BSNS], ("000000000", False), ("99999904", False), ("", False)]
)
def test_the_elfproef_knows_the_published_numbers(digits, verdict):
    assert looks_like_bsn(digits) is verdict


def test_people_get_lines_without_json():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    try:
        configure(format="console", stream=stream)
        get_logger().info(LogEvent.HUB_STARTED, bsn="999999047")
        get_logger().debug("unseen")
        assert "hub_started" in stream.getvalue()
        assert "999999047" not in stream.getvalue()
        assert "unseen" not in stream.getvalue()
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)


def test_every_event_is_named_and_described():
    for event in LogEvent:
        assert re.fullmatch(r"[a-z]+_[a-z_]+", event)
        assert event.description.endswith(".")


def test_every_metric_is_named_and_has_bounded_labels():
    allowed = {"route", "connection", "partner", "code", "status", "word", "loop", "duty", "part"}
    for collector in [value for value in vars(telemetry).values() if hasattr(value, "_labelnames")]:
        assert set(collector._labelnames) <= allowed
    for family in REGISTRY.collect():
        assert re.fullmatch(r"hub_[a-z_]+", family.name)
        assert family.documentation


def test_a_bsn_among_what_people_type_is_told_from_a_digest() -> None:
    assert telemetry.names_bsn("kind999999047")
    assert telemetry.names_bsn("kind-999999047", apart=True)
    assert not telemetry.names_bsn("a1:be999999047fc", apart=True)
    assert not telemetry.names_bsn("9999-99-047")
    assert not telemetry.names_bsn("999999048")
