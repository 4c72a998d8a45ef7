"""``docs/api.md``: its commands are run against a hub that listens, and what they answer has the shape that is shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.web.accounts import create_api_key
from hub.web.api.problems import _TITLES
from tests.docs.pages import ROOT
from tests.support.live_site import LiveSite
from tests.support.plugin import need_program

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = {
    (kind, name): body
    for kind, name, body in re.findall(r"<!-- (\w+): ([\w.-]+) -->\n```\w*\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    with LiveSite(tmp_path_factory.mktemp("api")) as live:
        yield live


@pytest.fixture
def folder(site: LiveSite, tmp_path: Path) -> Path:
    """A folder with the files of the page, and a key that is real."""
    key = create_api_key(site.hub.journal, "zaaksysteem", ["secretary"])
    for (kind, name), body in BLOCKS.items():
        if kind == "file":
            (tmp_path / name).write_text(body.replace("hub_0123456789ab_...", key), encoding="utf-8")
    return tmp_path


def run(name: str, folder: Path, **variables: str) -> Any:
    """The JSON that a command of the page writes."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", BLOCKS["run", name]],
        cwd=folder, env=os.environ | variables, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shape(value: Any) -> Any:
    """Keys and kinds of values; whatever differs from run to run is left out. A moment that is not there yet is a kind too."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f-]{36}|CJG-\d{4}-\d{6}|\d{4}-\d\d-\d\dT[\d:.]+Z", value):
        return type(value)
    return value


def test_a_request_is_offered_and_followed_as_the_page_says(site: LiveSite, folder: Path):
    need_program("curl")
    offered = run("offer", folder, HUB=site.url)
    assert shape(offered) == shape(json.loads(BLOCKS["answer", "offer"]))
    assert run("offer", folder, HUB=site.url) == offered, "the same key is the same request"
    shown = run("show", folder, HUB=site.url, ID=offered["id"])
    assert shape(shown) == shape(json.loads(BLOCKS["answer", "show"]))


def test_a_refusal_looks_as_the_page_shows_it(site: LiveSite, folder: Path):
    wrong = json.loads((folder / "verzoek.json").read_text()) | {"urgentie": "Nu"}
    name, _, value = (folder / "sleutel.txt").read_text().strip().partition(": ")
    answer = httpx.post(f"{site.url}/v1/raadsverzoeken", json=wrong, headers={name: value})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == json.loads(BLOCKS["refused", "urgentie"])


def test_every_operation_is_on_a_page_and_no_other(site: LiveSite):
    """On the page of the API, or on that of the partner whose exchange brings it."""
    paths = httpx.get(f"{site.url}/v1/openapi.json").json()["paths"]
    real = {f"{method.upper()} /v1{path}" for path, operations in paths.items() for method in operations}
    assert set(re.findall(r"^\| `([A-Z]+ /v1\S+)` \|", PAGE, flags=re.MULTILINE)) <= real
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    told = {one for page in pages for one in re.findall(r"`([A-Z]+ /v1[^\s`]+)`", page)}
    assert real - told == set()


def test_every_error_status_is_on_the_page(site: LiveSite):
    table = PAGE.partition("| status | means |")[2]
    told = {int(number) for row in re.findall(r"^\| ([\d, ]+) \|", table, flags=re.MULTILINE) for number in row.split(", ")}
    paths = httpx.get(f"{site.url}/v1/openapi.json").json()["paths"]
    answers = (answers for operations in paths.values() for one in operations.values() for answers in one["responses"])
    assert {int(one) for one in answers if int(one) >= 400} <= told <= set(_TITLES)
