"""``Dockerfile`` against the code, and the package it would install."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.cli import COMMANDS
from hub.config import HubSettings, load

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Every instruction with what it says, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word.upper(), rest.strip()) for line in lines if line.strip() for word, _, rest in [line.partition(" ")]]


def final_stage() -> list[tuple[str, str]]:
    """The instructions that make the image itself."""
    every = instructions()
    last = max(number for number, (word, _) in enumerate(every) if word == "FROM")
    return every[last + 1 :]


def the(word: str) -> str:
    """What the only such instruction of the final stage says."""
    (found,) = [rest for one, rest in final_stage() if one == word]
    return found


def copied() -> list[str]:
    """What is taken from this checkout into the first stage."""
    taken = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    return [source for sources in taken for source in sources]


def test_both_stages_start_from_one_python_of_a_known_version() -> None:
    (argument,) = [rest for word, rest in instructions() if word == "ARG"]
    found = re.fullmatch(r"PYTHON=python:(\d+\.\d+)\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", argument)
    assert found
    assert PROJECT["project"]["requires-python"] == f">={found[1]}"
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert bases == ["${PYTHON}", "${PYTHON}"]


def test_it_runs_as_a_user_without_rights() -> None:
    user = the("USER").split(":")
    assert all(part.isdigit() and int(part) > 0 for part in user)
    words = [word for word, _ in final_stage()]
    assert not {"RUN", "COPY", "ADD"} & set(words[words.index("USER") :])
    (made,) = [rest for word, rest in final_stage() if word == "RUN"]
    assert f"--uid {user[0]} " in made
    assert f"--gid {user[1]} " in made


def test_everything_that_is_copied_exists_and_is_let_through() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*", "only what is named goes to the builder"
    let_through = {rule[1:] for rule in rules if rule.startswith("!")}
    assert let_through == set(copied())
    assert all((ROOT / source).exists() for source in copied())


def test_only_the_built_environment_comes_into_the_image() -> None:
    taken = [rest for word, rest in final_stage() if word in ("COPY", "ADD") and not rest.startswith("--from=build /opt/hub")]
    assert taken == ["LICENSE /opt/hub/"]


def test_everything_is_installed_from_the_lock_with_hashes() -> None:
    installs = re.findall(r"\bpip install ([^&]*)", " ".join(rest for word, rest in instructions() if word == "RUN"))
    assert len(installs) == 3
    for options in installs:
        assert "--require-hashes" in options or "--no-index" in options
    assert "-r requirements/base.txt" in installs[0]
    # What tests and checks need is in another lock, of which this takes the builder only.
    assert not re.search(r"^(pytest|ruff|mypy|hypothesis|httpx)==", (ROOT / "requirements/base.txt").read_text(), re.MULTILINE)


def test_the_builder_is_taken_from_the_lock() -> None:
    (made,) = [rest for word, rest in instructions() if "requirements/build.txt" in rest]
    (expression,) = re.findall(r"sed -n '([^']+)'", made)
    found = subprocess.run(["sed", "-n", expression, ROOT / "requirements/dev.txt"], capture_output=True, text=True, check=True)
    name, *hashes = found.stdout.replace("\\", "").split()
    assert re.fullmatch(r"setuptools==[\d.]+", name)
    assert hashes
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)


def test_it_starts_the_hub() -> None:
    (entry,) = json.loads(the("ENTRYPOINT"))
    assert entry in PROJECT["project"]["scripts"]
    (command,) = json.loads(the("CMD"))
    assert command in COMMANDS


def test_health_and_port_are_those_of_the_defaults() -> None:
    web = load(env={}).web
    assert the("EXPOSE") == str(web.port)
    (url,) = re.findall(r"http://[^'\"]+", the("HEALTHCHECK"))
    assert urlsplit(url).port == web.port
    assert urlsplit(url).path == "/_healthz/readyz/"


def test_settings_of_the_image_are_settings() -> None:
    given = dict(re.findall(r"\b(HUB_\w+)=(\S+)", the("ENV")))
    config = load(env=given)
    assert config.hub == HubSettings(data_dir=Path("/var/lib/hub"))
    (made,) = [rest for word, rest in final_stage() if word == "RUN"]
    assert f" {config.hub.data_dir} " in made, "the folder is there, and the user's own"
    assert the("WORKDIR") == str(config.hub.data_dir)


@pytest.mark.slow
def test_the_package_made_of_what_is_copied_is_whole(tmp_path: Path) -> None:
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        elif "/" not in source:
            shutil.copy(ROOT / source, tmp_path / source)
    here = {str(one.relative_to(tmp_path)) for one in (tmp_path / "hub").rglob("*") if one.is_file()}
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", "."]
    subprocess.run([sys.executable, "-m", *build], cwd=tmp_path, check=True, capture_output=True, timeout=100)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert here <= set(archive.namelist())
