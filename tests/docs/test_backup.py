"""The commands of ``docs/backup-and-restore.md``, run on a hub at work: what they saved is restored elsewhere and sent."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.intake.intake import Taken
from hub.journal import reading
from hub.journal.units import keeping
from tests.docs.pages import ROOT
from tests.support.hub_processes import HubProcesses
from tests.support.plugin import need_program

PAGE = (ROOT / "docs" / "backup-and-restore.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- run: ([\w-]+) -->\n```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))
#: Documents that are certainly in the backup, and those that are certainly not.
BEFORE, AFTER = 6, 3


class MovableHub(HubProcesses):
    """A hub in one process that is restored elsewhere, with the same partner."""

    held = False

    @property
    def roles(self) -> tuple[tuple[str, ...], ...]:
        """One process, held after a restore."""
        return (("run", "--held"),) if self.held else (("run",),)

    def move(self, *replacements: tuple[str, str]) -> None:
        """Go on with other settings, as another machine would, and held."""
        self.hub.close()
        self.__dict__.pop("hub")
        text = self.config_file.read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        self.config_file.write_text(text, encoding="utf-8")
        self.held = True

    def knows(self, one: Taken) -> bool:
        """Whether the journal has this message."""
        return reading.show(self.hub.journal, one.message_id) is not None

    def seal(self) -> None:
        """Seal what there is now and copy it outside, without waiting for the housekeeper's minute."""
        self.hub.journal.run(keeping.seal, 0)
        self.hub.housekeeper().seal()

    def times_received(self) -> dict[str, int]:
        """How often the partner was offered each message."""
        return {one["reference"]: one["times"] for one in self.partner.ask("received")}


def run(*names: str, **variables: str | Path) -> None:
    """Run blocks of the page in a shell that stops at the first failure."""
    for name in names:
        env = os.environ | {key: str(value) for key, value in variables.items()}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", BLOCKS[name]], env=env, capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


@pytest.fixture
def movable(tmp_path: Path) -> Iterator[Callable[..., MovableHub]]:
    """Make a hub at work in a folder of its own; ended afterwards."""
    with ExitStack() as ending:

        def make(**options: Any) -> MovableHub:
            folder = tmp_path / "here"
            folder.mkdir()
            return ending.enter_context(MovableHub(folder, **options))

        yield make


@pytest.mark.slow
def test_what_was_accepted_before_the_backup_is_delivered_once_after_the_restore(
    movable: Callable[..., MovableHub], tmp_path: Path
) -> None:
    need_program("sqlite3")
    hub = movable()
    finished = hub.accept()
    hub.wait(finished.message_id)
    hub.partner.stop()
    before = [hub.accept() for _ in range(BEFORE)]
    hub.seal()

    with accepting(hub) as during:
        run("sqlite-backup", "keys-backup", DATA=hub.folder, BACKUP=tmp_path / "backup", KEYS=tmp_path / "safe")
    after = [hub.accept(idempotency_key=f"case-{number}") for number in range(AFTER)]
    hub.seal()
    hub.kill()  # the disaster
    evidence = (hub.folder / "seals.jsonl").read_text()

    there = tmp_path / "there"
    there.mkdir()
    shutil.copy(hub.folder / "seals.jsonl", there)  # the seals are kept elsewhere, so they outlive it
    (there / "hub.sqlite3-wal").write_bytes(b"of an older database")
    run("sqlite-restore", "sqlite-seals", DATA=there, BACKUP=tmp_path / "backup", KEYS=tmp_path / "safe")
    assert (there / "before-restore" / "seals.jsonl").read_text() == evidence
    assert (there / "keys.toml").stat().st_mode & 0o777 == 0o600
    hub.move((str(hub.folder), str(there)))
    hub.partner.start()
    hub.command("check")
    hub.start()
    hub.wait_for_connection("paused")

    known = [one for one in during if hub.knows(one)]
    for one in (*before, *known):
        hub.wait(one.message_id, "waiting")  # a call that ran at the moment of the backup ends with its lease
    assert not hub.times_received().keys() & {one.reference for one in (*before, *known)}, "held means that nothing leaves"
    assert not any(hub.knows(one) for one in after), "the backup is older"
    hub.command("audit", "verify")

    again = [hub.accept(idempotency_key=f"case-{number}") for number in range(AFTER)]
    used = {one.kenmerk for one in (finished, *before, *during, *after)}
    assert not used & {one.kenmerk for one in again}, "a number that was given out may be at the partner"
    hub.command("partners", "resume", "corv")
    for one in (*before, *known, *again):
        assert hub.wait(one.message_id).status == "completed"
    assert hub.view(finished.message_id).status == "completed"
    assert hub.times_received() == {one.reference: 1 for one in (finished, *before, *known, *again)}
    hub.seal()
    hub.command("audit", "verify")


class accepting:
    """Documents keep coming in while the body runs; at least one before it begins and one before it ends."""

    def __init__(self, hub: MovableHub) -> None:
        self._hub = hub
        self._taken: list[Taken] = []
        self._one = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go)

    def _go(self) -> None:
        while not self._stop.is_set() or not self._one.is_set():
            self._taken.append(self._hub.accept())
            self._one.set()
            self._stop.wait(0.02)  # not the whole machine: the backup wants its turn

    def __enter__(self) -> list[Taken]:
        self._thread.start()
        assert self._one.wait(30)
        self._one.clear()
        return self._taken

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)


@pytest.mark.slow
@pytest.mark.postgres
def test_a_delivery_that_the_backup_forgot_is_repeated_with_the_same_identity(
    movable: Callable[..., MovableHub], new_database: Callable[..., str], tmp_path: Path
) -> None:
    need_program("pg_dump")
    journal, elsewhere = new_database(), new_database()
    hub = movable(journal=journal)
    hub.partner.stop()
    forgotten = hub.accept()
    run("postgres-backup", BACKUP=tmp_path / "backup", JOURNAL=journal)
    hub.partner.start()
    hub.wait(forgotten.message_id)
    hub.kill()

    run("postgres-restore", BACKUP=tmp_path / "backup", JOURNAL=elsewhere)
    hub.move((journal, elsewhere))
    hub.command("check")
    hub.start()
    hub.wait_for_connection("paused")
    hub.wait(forgotten.message_id, "waiting")  # a call that ran at the moment of the backup ends with its lease
    assert hub.times_received() == {forgotten.reference: 1}
    hub.command("partners", "resume", "corv")
    # The partner recognises it and its answer does not come again: that was confirmed before the disaster.
    hub.wait(forgotten.message_id, "sent")
    assert hub.times_received() == {forgotten.reference: 2}
    (first, *more) = [call for call in hub.partner.ask("calls") if call["message_id"]]
    assert {call["sha256"] for call in more} <= {first["sha256"]}, "the same to the byte"
    assert hub.partner.ask("violations") == []


def test_every_block_that_can_be_run_here_is_run() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert len(BLOCKS) == 6
    assert all(f'"{name}"' in source for name in BLOCKS)


def test_the_containers_that_are_named_are_there() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    commands = re.findall(r"^docker compose (\w+) (.+)$", PAGE, flags=re.MULTILINE)
    assert len(commands) >= 8
    for action, rest in commands:
        words = [word for word in rest.replace("--entrypoint cat", "").replace("--entrypoint sh", "").split() if word[0] != "-"]
        assert action in ("run", "exec", "up")
        assert words[0] in services
    for place in ("/var/lib/hub-keys/keys.toml", "/var/lib/hub/seals.jsonl"):
        assert place in PAGE
        folder = place.rpartition("/")[0]
        assert any(mount.split(":")[1] == folder for mount in services["housekeep"]["volumes"])
