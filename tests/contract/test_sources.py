"""Every source runs the conformance suite: the one in memory and the one over a folder."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.contracts.inbound import InboundSource
from hub.inbound.folder_source import FolderSource
from hub.testing import source_suite as suite
from tests.support.sources import FakeSource, Mailbox, incoming


class FakeBench:
    """A mailbox in memory."""

    patience = 10.0
    can_hang = True

    def __init__(self, make: Callable[[Mailbox], InboundSource] = FakeSource) -> None:
        self._make = make
        self._mailbox = Mailbox()
        self._made: list[InboundSource] = []

    def source(self) -> InboundSource:
        self._made.append(self._make(self._mailbox))
        return self._made[-1]

    def put(self, reference: str, *, good: bool = True) -> None:
        self._mailbox.letters.append(f"{reference if good else 'bad'} {suite.MARKED}".encode())

    def away(self, away: bool) -> None:
        self._mailbox.away = away

    def hang(self) -> None:
        self._mailbox.silent = True

    def wait_for_poll(self) -> None:
        assert self._mailbox.asked.wait(self.patience)

    def close(self) -> None:
        for source in self._made:
            source.close()


class FolderBench:
    """A folder; it is away when it has another name."""

    patience = 10.0
    can_hang = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "in"
        self._folder.mkdir()
        self._numbers = itertools.count()
        self._made: list[InboundSource] = []

    def source(self) -> InboundSource:
        self._made.append(FolderSource(self._folder, incoming, partner="folder", settle_seconds=0.0))
        return self._made[-1]

    def put(self, reference: str, *, good: bool = True) -> None:
        number = next(self._numbers)
        file = self._folder / f"{reference}.txt"
        file.write_text(f"{reference if good else 'bad'} {suite.MARKED}")
        moment = time.time() - 1000 + number
        os.utime(file, (moment, moment))

    def away(self, away: bool) -> None:
        elsewhere = self._folder.with_name("away")
        if away:
            self._folder.rename(elsewhere)
        else:
            elsewhere.rename(self._folder)

    def hang(self) -> None:
        raise NotImplementedError

    def wait_for_poll(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        for source in self._made:
            source.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_source_keeps_its_word(kind: str, check: suite.Check, tmp_path: Path) -> None:
    bench = FakeBench() if kind == "memory" else FolderBench(tmp_path)
    try:
        check(bench)
    finally:
        bench.close()
