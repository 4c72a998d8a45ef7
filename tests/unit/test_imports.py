"""Imports point one way (docs, architecture, section 3), so that a part can be understood without what is above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import registry

ROOT = Path(__file__).resolve().parents[2]

#: Each part may import itself and the parts before it. A line is a layer of section 3; within a layer the order holds too,
#: so that there are no circles. Partners and exchanges stand on top: they import downward, and only the registry loads them.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("hub", "message", "errors", "crashpoints", "near_names", "config", "telemetry", "entry_points"),
    ("contracts",),
    ("crypto",),
    ("schemas", "standards", "journal", "broker", "transports"),
    ("privacy",),
    ("delivery", "intake", "inbound"),
    ("registry", "configured", "certificates"),
    ("assembly",),
    ("web", "demo", "cli", "__main__"),
    ("adapters", "routes"),
)
RANK = {part: number for number, part in enumerate(part for layer in LAYERS for part in layer)}
#: Simulators stand aside: they use these and are imported by nobody but one another.
SIMULATORS_MAY_USE = {*LAYERS[0], "contracts", "crypto", "schemas", "standards", "transports", "simulators"}
#: The conformance suites stand aside too: they use these, and are imported by tests only.
TESTING_MAY_USE = {*LAYERS[0], "contracts", "simulators", "testing"}
ASIDE = {"simulators", "testing"}

#: Inside an exchange a file's name is its layer: what it may import beside the ground floor, contracts and crypto. A name that
#: is not here is pure: it may be tested with values alone.
PURE = {"schemas", "standards"}
KEEPING = PURE | {"journal"}
FACES = set(RANK) - {"demo", "cli"}
LAYER_OF: dict[str, set[str]] = {
    "__init__": set(),
    "tables": KEEPING,
    "effects": KEEPING,
    "migrations": KEEPING,
    "cases": KEEPING,
    "deciding": KEEPING,
    "dossier": KEEPING,
    "earlier": KEEPING | {"privacy"},
    "subject": KEEPING,
    "formats": PURE | {"intake"},
    "duties": KEEPING | {"privacy", "intake"},
    "setup": KEEPING | {"transports", "registry", "configured"},
    "checks": PURE | {"registry", "configured", "transports"},
    "lists": PURE | {"registry", "configured"},
    "pages": FACES,
    "api": FACES,
    "commands": FACES | {"cli"},
    "demo": FACES | {"demo", "cli"},
}


def imports_of(source: str, module: str, *, is_package: bool = False) -> Iterator[str]:
    """Dotted names of everything of the hub that ``source`` imports, wherever in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                keep = len(parents) - node.level + (1 if is_package else 0)
                base = ".".join([*parents[:keep], *([base] if base else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name == "hub" or name.startswith("hub."))


def part_of(name: str) -> str:
    """The part of the hub that a dotted name lies in: ``hub.journal.tables`` is in ``journal``."""
    steps = name.split(".")
    if steps[1:2] == ["contracts"]:
        return "contracts"
    return steps[1] if len(steps) > 1 and (steps[1] in RANK or steps[1] in ASIDE) else "hub"


def wrong(module: str, imported: str) -> str | None:
    """Why ``module`` may not import ``imported``; None when it may."""
    here, there = part_of(module), part_of(imported)
    if there == "hub" and imported.count(".") and not imported.startswith("hub.__"):
        return f"{imported} is in no layer: add it to LAYERS"
    if here == "simulators":
        return None if there in SIMULATORS_MAY_USE else "a simulator uses schemas, standards and transports only"
    if here == "testing":
        return None if there in TESTING_MAY_USE else "a conformance suite uses contracts and errors only"
    if there == "testing":
        return "conformance suites are imported by tests and nobody else"
    if there == "simulators":
        return "simulators are named by their partner's manifest and imported by nobody"
    if there in {"adapters", "routes"} and imported.count(".") >= 2:
        return _folder_wrong(module, imported)
    if here == "routes":
        return _layer_wrong(module, there)
    return f"{here} is below {there}" if RANK[there] > RANK[here] and there not in {"adapters", "routes"} else None


def _folder_wrong(module: str, imported: str) -> str | None:
    """Partners and exchanges never import each other, but an exchange its own partner's folder."""
    mine, other = module.split(".")[1:3], imported.split(".")[1:3]
    if mine == other:
        return None
    if mine[0] == "routes" and other[0] == "adapters" and len(mine) == 2 and partner_of(mine[1]) == other[1]:
        return None
    return f"only the registry loads {'.'.join(other)}, by the name in its manifest"


def _layer_wrong(module: str, there: str) -> str | None:
    names = module.split(".")[3:]
    name = names[0] if names else "__init__"
    allowed = {*LAYERS[0], *LAYERS[1], *LAYERS[2], "routes", "adapters"} | LAYER_OF.get(name, PURE)
    return None if there in allowed else f"{name}.py of an exchange may not import {there}"


def partner_of(exchange: str) -> str:
    """The partner of an exchange, by its manifest."""
    return registry.exchanges()[exchange].partner if exchange in registry.exchanges() else ""


def modules() -> list[Path]:
    return sorted((ROOT / "hub").rglob("*.py"))


def name_of(path: Path) -> str:
    steps = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(steps[:-1] if steps[-1] == "__init__" else steps)


def test_imports_point_one_way():
    found = [
        f"{path.relative_to(ROOT)} imports {imported}: {why}"
        for path in modules()
        for imported in imports_of(path.read_text(encoding="utf-8"), name_of(path), is_package=path.name == "__init__.py")
        if (why := wrong(name_of(path), imported))
    ]
    assert not found, "\n".join(found)


#: Circles that are there for a reason: their modules, and why.
CIRCLES: dict[frozenset[str], str] = {}


def loaded_by(path: Path, known: set[str]) -> set[str]:
    """The modules that a module needs to be understood: imported by it when it is loaded, or for its types only."""
    nodes = _outside_functions(ast.parse(path.read_text(encoding="utf-8")))
    tree = ast.Module([node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)], [])
    found = set()
    for name in imports_of(ast.unparse(tree), name_of(path), is_package=path.name == "__init__.py"):
        while name not in known:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {name_of(path)}


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def circles(needs: dict[str, set[str]]) -> set[frozenset[str]]:
    """Groups of modules that need one another, directly or not."""
    reached: dict[str, set[str]] = {}
    for module in needs:
        todo, seen = list(needs[module]), set[str]()
        while todo:
            other = todo.pop()
            if other not in seen:
                seen.add(other)
                todo.extend(needs[other])
        reached[module] = seen
    return {
        frozenset(other for other in reached if other in reached[module] and module in reached[other])
        for module in reached
        if module in reached[module]
    }


def test_no_modules_need_one_another():
    known = {name_of(path): path for path in modules()}
    found = circles({name: loaded_by(path, set(known)) for name, path in known.items()})
    assert not found - set(CIRCLES), [sorted(circle) for circle in found - set(CIRCLES)]
    assert not set(CIRCLES) - found, "a waiver that is no longer needed"


def test_a_circle_is_seen_and_a_tree_is_none():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == {frozenset({"b", "c"})}
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == set()


def test_every_module_is_in_a_layer():
    unknown = {name_of(path) for path in modules() if part_of(name_of(path)) == "hub"} - {"hub"}
    assert not unknown, f"add these to LAYERS: {unknown}"


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("hub.errors", "hub.crypto"),
        ("hub.crypto.keys", "hub.journal"),
        ("hub.journal.sqlite", "hub.broker.rabbitmq"),
        ("hub.journal.sqlite", "hub.transports.soap"),
        ("hub.contracts.broker", "hub.journal"),
        ("hub.adapters.corv.client", "hub.routes.raadsverzoek.document"),
        ("hub.routes.raadsverzoek.rules", "hub.journal.tables"),
        ("hub.routes.raadsverzoek.effects", "hub.web.site"),
        ("hub.routes.raadsverzoek.pages.cases.case", "hub.cli.frame"),
        ("hub.routes.raadsverzoek.document", "hub.adapters.svb.settings"),
        ("hub.adapters.corv.client", "hub.adapters.svb.settings"),
        ("hub.delivery.worker", "hub.adapters.corv.client"),
        ("hub.registry", "hub.adapters.corv.client"),
        ("hub.cli.simulate", "hub.simulators.corv.simulator"),
        ("hub.intake.accept", "hub.inbound.reception"),
        ("hub.delivery.worker", "hub.registry"),
        ("hub.web.api", "hub.routes.raadsverzoek.api"),
        ("hub.web.api", "hub.simulators.corv.simulator"),
        ("hub.cli.list", "hub.adapters.corv.settings"),
        ("hub.simulators.corv.simulator", "hub.journal"),
        ("hub.simulators.corv.simulator", "hub.adapters.corv.client"),
        ("hub.testing.adapter_suite", "hub.journal"),
        ("hub.delivery.worker", "hub.testing.adapter_suite"),
        ("hub.simulators.corv.simulator", "hub.testing.http_bench"),
        ("hub.web.api", "hub.unheard_of"),
    ],
)
def test_an_import_the_wrong_way_is_seen(module, imported):
    assert wrong(module, imported)


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("hub.crypto.keys", "hub.errors.ConfigError"),
        ("hub.journal.records", "hub.contracts.route.Slot"),
        ("hub.transports.soap", "hub.schemas.parsing"),
        ("hub.config.loading", "hub.errors.ConfigError"),
        ("hub.adapters.corv.client", "hub.contracts.adapter.Adapter"),
        ("hub.adapters.corv.client", "hub.adapters.corv.settings"),
        ("hub.routes.raadsverzoek.answers", "hub.adapters.corv.notificatie"),
        ("hub.routes.raadsverzoek.pages.cases.case", "hub.web.site"),
        ("hub.routes.raadsverzoek.dossier", "hub.journal.reading"),
        ("hub.delivery.worker", "hub.contracts.adapter.Adapter"),
        ("hub.registry", "hub.adapters"),
        ("hub.cli.run", "hub.web.app"),
        ("hub.simulators.corv.simulator", "hub.transports.digikoppeling"),
        ("hub.testing.http_bench", "hub.simulators.serving"),
        ("hub.cli", "hub.__version__"),
    ],
)
def test_an_import_the_right_way_is_fine(module, imported):
    assert wrong(module, imported) is None


def test_imports_are_found_in_every_form():
    source = (
        "import hub.errors\ndef f():\n    from hub import config\n    from ..broker import contract\nfrom . import tables\n"
    )
    assert set(imports_of(source, "hub.journal.sqlite")) == {
        "hub.errors",
        "hub.config",
        "hub.broker.contract",
        "hub.journal.tables",
    }
    assert set(imports_of("from . import tables", "hub.journal", is_package=True)) == {"hub.journal.tables"}
