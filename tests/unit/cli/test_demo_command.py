"""What ``hub demo`` plays: the demonstrations of all exchanges, or of those that are named."""

from __future__ import annotations

import pytest
import typer

from hub import registry
from hub.cli.demo import _demonstrations
from hub.cli.exits import ExitCode
from tests.support.desk import Desk


def test_every_exchange_with_a_demonstration_is_played() -> None:
    titles = [one.title for one in registry.exchanges().values() if one.demo]
    assert list(_demonstrations(None)) == titles
    assert titles


def test_those_that_are_named_are_played_alone() -> None:
    first = next(one for one in registry.exchanges().values() if one.demo)
    assert list(_demonstrations([first.name])) == [first.title]


def test_an_exchange_that_is_not_there_is_told(desk: Desk) -> None:
    with pytest.raises(typer.BadParameter, match="no demonstration of 'nothing'; known: "):
        _demonstrations(["nothing"])
    assert "--only" in desk.run("demo", "--only", "nothing", expect=ExitCode.CANNOT)[1]
