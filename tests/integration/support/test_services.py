"""The private servers themselves: durable over a kill, gone with the test run, and a clear word when they are absent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.support.processes import ChildProcess
from tests.support.services import PostgresServer, wait_until

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.postgres
def test_what_is_committed_survives_a_kill(postgres_server: PostgresServer, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    postgres_server.restart(kill=True)
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


@pytest.mark.postgres
def test_databases_are_apart_and_copied_from_a_template(new_database: Callable[..., str]) -> None:
    first = new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE here (n int)")
    name = first.rpartition("/")[2]
    with psycopg.connect(new_database(template=name)) as connection:
        assert connection.execute("SELECT to_regclass('here')::text").fetchone() == ("here",)
    with psycopg.connect(new_database()) as connection:
        assert connection.execute("SELECT to_regclass('here')::text").fetchone() == (None,)


@pytest.mark.postgres
def test_servers_and_folders_disappear_with_a_killed_test_run(postgres_server: PostgresServer, tmp_path: Path) -> None:
    assert postgres_server.running  # that is: the program is there
    script = (
        "from tests.support.services import PostgresServer\n"
        "server = PostgresServer().start()\n"
        "print(server.pid, server.folder, flush=True)\n"
        "import threading; threading.Event().wait()\n"
    )
    with ChildProcess([sys.executable, "-c", script], log=tmp_path / "log", cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        words = run.stdout.readline().split()
        assert len(words) == 2, run.last_words()
        pid, folder = words
        assert Path("/proc", pid).exists()
        run.kill()
        wait_until(lambda: not Path("/proc", pid).exists(), "the server ends")
        wait_until(lambda: not Path(folder).exists(), "the folder goes")


@pytest.mark.parametrize(("environment", "outcome"), [({}, "skipped"), ({"CI": "true"}, "failed")])
def test_an_absent_server_skips_on_a_laptop_and_fails_in_ci(tmp_path: Path, environment: dict[str, str], outcome: str) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "import tests.support.rabbit_server as server\n"
        "@pytest.fixture(autouse=True, scope='session')\n"
        "def absent():\n"
        "    server.SCRIPTS = ()\n"
        "    server.shutil.which = lambda name: None\n"
        "def test_needs_a_server(amqp_url):\n"
        "    pass\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.support.plugin",
        "-p",
        "no:cacheprovider",
        "-q",
        "-rsfE",
        str(tmp_path),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "RabbitMQ is not installed: run `make services`" in done.stdout
    assert (done.returncode == 0) is (outcome == "skipped")
    assert f"1 {outcome}" in done.stdout or (outcome == "failed" and "1 error" in done.stdout)
