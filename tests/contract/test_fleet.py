"""The fleet: every registered partner and route has all that belongs to one, so that none is half finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli import simulate
from hub.config import load
from hub.message import Repeat
from hub.registry import PARTNERS, ROUTES, connection_settings, make_routes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(PARTNERS))
def test_a_partner_has_all_that_belongs_to_one(name: str) -> None:
    partner = PARTNERS[name]
    assert (ROOT / "hub" / "adapters" / name / "__init__.py").exists()
    assert isinstance(partner.repeat, Repeat)
    assert name in simulate.PARTNERS, "a partner comes with a simulated one"
    config = load(ROOT / "config" / f"{name}.example.toml", env={})  # a config example that works
    settings = connection_settings(config, name)
    partner.adapter(settings, name).close()
    assert make_routes(config)
    assert name in (ROOT / "tests" / "contract" / "test_adapters.py").read_text(encoding="utf-8"), "and the adapter contract"
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    assert any(f"connections.{name}" in page for page in pages), "and a page that says how to connect"


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_route_has_all_that_belongs_to_one(name: str) -> None:
    assert ROUTES[name].partner in PARTNERS
    assert (ROOT / "hub" / "routes" / f"{name}.py").exists()
    cases = (ROOT / "tests" / "contract" / "test_routes.py").read_text(encoding="utf-8")
    assert f'"{name}"' in cases, "the route contract runs for it"


def test_no_adapter_folder_is_left_unregistered() -> None:
    folders = {path.parent.name for path in (ROOT / "hub" / "adapters").glob("*/__init__.py")}
    assert folders == set(PARTNERS)


def test_no_route_file_is_left_unregistered() -> None:
    files = {path.stem for path in (ROOT / "hub" / "routes").glob("*.py")} - {"__init__", "contract"}
    assert files == set(ROUTES)
