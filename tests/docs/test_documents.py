"""The pages say what the program does: links, named tests, made parts, commands and settings are all held against it."""

from __future__ import annotations

import ast
import datetime as dt
import functools
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import config, configured
from hub.adapters.corv.settings import CorvSettings
from hub.cli import COMMANDS
from hub.cli.frame import LazyGroup, Row
from hub.contracts.route import AMSTERDAM, Identity
from hub.registry import exchanges
from tests.docs.pages import MAKERS, ROOT, made_parts, name_of, pages, with_made_parts

PAGES = pages()
_LINK = re.compile(r"!?\[(?P<label>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def fences(page: Path) -> Iterator[tuple[str, str]]:
    """Info line and body of every fenced block."""
    for found in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield found["info"].strip(), found["body"]


def anchors(page: Path) -> set[str]:
    """What can stand after # in a link to a page, as GitHub and GitLab make it."""
    heads = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@functools.cache
def functions(file: Path) -> frozenset[str]:
    """Names of the functions at the top of a Python file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def wrong_link(page: Path, label: str, target: str) -> str | None:
    """Why a link leads nowhere; None when it is fine or leaves the project."""
    if re.match(r"https?://|mailto:", target):
        return None
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return f"{target} does not exist"
    if not file.is_relative_to(ROOT):
        return f"{target} is outside the project"
    if anchor and anchor not in anchors(file):
        return f"{target}: there is no such heading"
    name = label.strip("`")
    if file.suffix == ".py" and file.is_relative_to(ROOT / "tests") and name != label and name not in functions(file):
        return f"{target} has no test {name}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere_and_every_named_test_exists(page):
    links = [(found["label"], found["target"]) for found in _LINK.finditer(prose(page))]
    wrong = [why for label, target in links if (why := wrong_link(page, label, target))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("x", "nowhere.md"),
        ("x", "architecture.md#no-such-heading"),
        ("`a_test_that_is_not_there`", "../tests/contract/journal_keeping.py"),
        ("x", "../../elsewhere"),
    ],
)
def test_a_wrong_link_is_seen(label, target):
    assert wrong_link(ROOT / "docs" / "delivery-guarantees.md", label, target)


def test_every_promise_names_its_proof():
    text = prose(ROOT / "docs" / "delivery-guarantees.md")
    unproven = []
    for table in re.findall(r"\| [^\n]*proven by \|\n\| [-| ]+\|\n((?:\|.*\n)+)", text):
        unproven += [row for row in table.splitlines() if "](../tests/" not in row.rpartition(" | ")[2]]
    assert not unproven, "\n".join(unproven)
    assert text.count("](../tests/") > 40


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_made_from_code_is_up_to_date(page):
    text = page.read_text(encoding="utf-8")
    assert with_made_parts(text) == text, "run `python -m tests.docs.pages`"


def test_every_made_part_is_in_some_page():
    assert {name for page in PAGES for name in made_parts(page.read_text(encoding="utf-8"))} == set(MAKERS)


def commands_in(page: Path) -> Iterator[str]:
    """Everything in a page that is written as a hub command."""
    for text in _CODE.findall(prose(page)):
        if text.startswith("hub "):
            yield text
    for info, body in fences(page):
        if info.startswith("console"):
            yield from (line[2:] for line in body.splitlines() if line.startswith("$ hub "))


def unknown_in(command: str) -> str | None:
    """What in a command the program does not know; None when it knows all of it."""
    words = [word for word in shlex.split(command, comments=True)[1:] if word != "..."]
    own = {"--version", "-h", "--config", "--debug", "FILE", "COMMAND"}
    if not words or words[0] in own:
        return None
    if (found := _Table().get_command(None, words[0])) is None:
        return words[0]
    for word in words[1:]:
        if hasattr(found, "get_command") and not word.startswith("-"):
            if (below := found.get_command(None, word)) is None:
                return word
            found = below
        elif word.startswith("-") and not word.lstrip("-").isdigit():
            known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
            if word.partition("=")[0] not in {*known, "-h", "--help"}:
                return word
    return None


class _Table(LazyGroup):
    """The hub's own commands, and those that exchanges bring."""

    def rows(self):
        brought = (one for exchange in exchanges().values() for one in exchange.commands)
        return COMMANDS | {one.name: Row.of(one.target, one.help) for one in brought}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_and_option_that_is_named_exists(page):
    wrong = {command: unknown for command in commands_in(page) if (unknown := unknown_in(command))}
    assert not wrong


@pytest.mark.parametrize("command", ["hub fly", "hub parked fly", "hub parked resend --quickly"])
def test_a_command_that_does_not_exist_is_seen(command):
    assert unknown_in(command)


#: Tables of which there may be many, each with a name of its own.
MANY = {"connections": config.Connection, "routes": config.RouteSettings, "folders": config.FolderSettings}


def known_settings() -> set[str]:
    """Dotted names of all settings with a fixed table, and of a connection's and route's own."""
    names = set()
    for table, field in config.Config.model_fields.items():
        model = NAMED.get(table) or type(getattr(DEFAULTS, table))
        prefix = f"{table}.NAME" if table in NAMED else table
        names |= {prefix if name is None else f"{prefix}.{name}" for name in (None, *model.model_fields)}
        del field
    return names


DEFAULTS = config.load(env={})
#: Families of tables, each with a name of its own.
NAMED = {"connections": config.Connection, "routes": config.RouteSettings, "folders": config.FolderSettings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_that_is_named_exists(page):
    known = known_settings()
    tables = "|".join(config.Config.model_fields)
    wrong = []
    for text in _CODE.findall(prose(page)):
        if not re.fullmatch(rf"({tables})(\.[A-Za-z_]+)+", text) or text.endswith((".toml", ".py")):
            continue
        generic = re.sub(rf"^({'|'.join(MANY)})\.\w+", r"\1.NAME", text)
        if generic not in known:
            wrong.append(text)
    assert not wrong


def test_every_setting_of_a_connection_that_is_named_exists():
    """In the page of the partner they stand without the name of their table."""
    text = prose(ROOT / "docs" / "connect-digikoppeling.md")
    named = set(re.findall(r"`((?:inbound|own|partner)\.[a-z_]+)`", text))
    assert len(named) > 6
    for name in named:
        table, key = name.split(".")
        annotation = CorvSettings.model_fields[table].annotation
        assert key in annotation.model_fields, name


@pytest.mark.parametrize(
    ("page", "body"),
    [(page, body) for page in PAGES for info, body in fences(page) if info == "toml"],
    ids=lambda value: name_of(value) if isinstance(value, Path) else "",
)
def test_every_example_of_settings_can_be_used(page, body, tmp_path):
    file = tmp_path / "hub.toml"
    file.write_text(body, encoding="utf-8")
    loaded = config.load(file, {})
    for name in loaded.connections:
        configured.connection_settings(loaded, name)
    configured.make_routes(loaded)
    assert tomllib.loads(body)


def test_with_the_settings_of_the_page_a_request_can_be_sent(tmp_path):
    page = ROOT / "docs" / "connect-digikoppeling.md"
    (settings,) = [body for info, body in fences(page) if info == "toml"]
    (tmp_path / "hub.toml").write_text(settings, encoding="utf-8")
    route = configured.make_routes(config.load(tmp_path / "hub.toml", {}))["raadsverzoek"]
    named = re.findall(r"hub send raadsverzoek (\S+/\S+)", page.read_text(encoding="utf-8"))
    identity = Identity(
        "0b0f5a52-0000-4000-8000-000000000123", "CJG-2026-000001", dt.datetime(2026, 11, 23, 14, 30, tzinfo=AMSTERDAM)
    )
    built = [route.build((ROOT / file).read_bytes(), identity) for file in named]
    assert [one.type for one in built] == ["vtoDi01"]
    route.verify(built[0])
