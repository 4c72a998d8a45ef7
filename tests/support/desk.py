"""Somebody at a keyboard: runs commands of `hub` in this process on a hub of its own whose partner is away."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub.assembly import Hub
from hub.cli import main
from hub.cli.exits import ExitCode
from hub.config import load
from hub.journal import reading
from hub.journal.records import Change
from hub.journal.units import finishing
from hub.message import Event, MessageId
from tests.support import raadsverzoeken as rv
from tests.support.processes import refused_port

SETTINGS = """\
[hub]
data_dir = {folder}

[connections.corv]
partner = "corv"

[connections.corv.settings]
url = "http://127.0.0.1:{port}/digikoppeling"
own = {{ organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }}
partner = {{ organisatie = "00000002003214436001_OTA", applicatie = "RvdK-applicatie" }}
"""


class Desk:
    """Somebody at a keyboard beside a hub; embedded unless ``more`` settings say otherwise."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], more: str = "") -> None:
        self.folder = folder
        self.config_file = folder / "hub.toml"
        self._capsys = capsys
        settings = SETTINGS.format(folder=json.dumps(str(folder / "var")), port=refused_port())
        self.config_file.write_text(settings + more, encoding="utf-8")

    def run(self, *words: str, expect: int = ExitCode.OK) -> tuple[str, str]:
        """Run a command; what it wrote to standard output and standard error."""
        self._capsys.readouterr()
        code = main([*words, "--config", str(self.config_file)])
        shown = self._capsys.readouterr()
        assert code == expect, shown.err
        return shown.out, shown.err

    def json(self, *words: str, expect: int = ExitCode.OK) -> Any:
        """Run a command with --json; its result."""
        return json.loads(self.run(*words, "--json", expect=expect)[0])

    def document(self, name: str = "verzoek.json", **changes: Any) -> str:
        """A valid document in a file; the file's name."""
        path = self.folder / name
        path.write_bytes(rv.encoded(rv.raadsverzoek(**changes)))
        return str(path)

    def send(self, **changes: Any) -> str:
        """Have a document accepted; the message's id."""
        return self.run("send", "raadsverzoek", self.document(**changes))[0].strip()

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The hub's parts, to prepare or to look behind a command."""
        hub = Hub(load(self.config_file, env={}))
        try:
            yield hub
        finally:
            hub.close()

    def park(self, *ids: str, code: str = "attempts_used_up") -> None:
        """Let messages be parked, as a worker would."""

        def unit(tx: Any, parsed: list[MessageId]) -> None:
            rows = finishing.lock(tx, parsed)
            finishing.apply(tx, [Change(row, Event.PARKED, "parked", code, detail={"code": code}) for row in rows.values()])

        with self.hub() as hub:
            hub.journal.run(unit, [_id(one) for one in ids])

    def state(self, message_id: str) -> str:
        """Status of a message."""
        with self.hub() as hub:
            view = reading.show(hub.journal, _id(message_id))
            assert view is not None
            return view.status


def _id(text: str) -> MessageId:
    found = reading.parse_id(text)
    assert found is not None
    return found


@contextmanager
def quiet_log() -> Iterator[None]:
    """Put the log of this process back as it was: commands set it up for themselves."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()
