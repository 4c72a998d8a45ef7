"""How a toekenning becomes the payer's message, as a file says it: element by element. So another schema needs no other code.

See ``hub/schemas/ipgb/*/toekenning.toml`` for the form. The result is held against the schema by the route.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import hub.schemas
from hub.schemas.registry import MessageType, Registry, types_in
from hub.standards.xml_writer import element, group

#: Where the stand-ins lie: a folder per version.
STAND_INS = Path(hub.schemas.__file__).parent / "ipgb"

_STEP = re.compile(r"([A-Za-z_][\w.\-]*)(?:\[([A-Za-z]+)\])?")

Fields = Mapping[str, Any]


@dataclass(slots=True)
class _Node:
    """An element to write: a leaf with a source, or a holder of others, once or for each part of a list."""

    name: str
    each: str = ""
    source: str = ""
    children: list[_Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Family:
    """One way of telling the payer about a toekenning.

    Attributes:
        type: The message type of the payload.
        returns: The message type of the return to it.
        code: Its berichtcode.
        functie: Its function in the envelope.
        ontvanger: To whom it goes, as the envelope names it.
        registry: Judges both.
        stand_in: Whether the schema is ours and not the official one.
    """

    type: MessageType
    returns: str
    code: str
    functie: str
    ontvanger: str
    registry: Registry
    stand_in: bool
    _root: _Node = field(repr=False)

    def write(self, fields: Fields) -> bytes:
        """The payload: UTF-8 without byte order mark and without XML declaration."""
        inner = "".join(_write(child, fields, fields) for child in self._root.children)
        namespace = self.type.tag[1:].partition("}")[0]
        return group(f"p:{self._root.name}", inner, ("xmlns:p", namespace)).encode()


def load(folder: Path) -> Family:
    """The family that a folder describes: ``toekenning.toml`` beside schemas and their ``messages.toml``.

    Raises:
        ValueError: The file is not complete, or names a type that the folder does not describe.
        OSError: It cannot be read.
    """
    told = tomllib.loads((folder / "toekenning.toml").read_text(encoding="utf-8"))
    known = {one.name: one for one in types_in(folder)}
    missing = [name for name in ("type", "returns", "code", "functie", "ontvanger", "fields") if not told.get(name)]
    if missing or told["type"] not in known:
        raise ValueError(f"{folder}/toekenning.toml: {', '.join(missing) or 'an unknown type'} is missing")
    message = known[told["type"]]
    return Family(
        type=message,
        returns=told["returns"],
        code=told["code"],
        functie=told["functie"],
        ontvanger=told["ontvanger"],
        registry=Registry(known.values()),
        stand_in="stand-in" in message.version,
        _root=_tree(message.element, told["fields"]),
    )


def _tree(root: str, lines: Sequence[Sequence[str]]) -> _Node:
    top = _Node(root)
    for path, source in lines:
        here = top
        for step in path.split("/"):
            found = _STEP.fullmatch(step)
            if found is None:
                raise ValueError(f"{path!r} is no path of elements")
            name, each = found[1], found[2] or ""
            last = here.children[-1] if here.children else None
            if last is None or (last.name, last.each) != (name, each) or last.source:
                here.children.append(_Node(name, each))
            here = here.children[-1]
        here.source = source
    return top


def _write(node: _Node, scope: Fields, top: Fields) -> str:
    if node.each:
        return "".join(_one(node, item, top) for item in scope.get(node.each) or ())
    return _one(node, scope, top)


def _one(node: _Node, scope: Fields, top: Fields) -> str:
    if node.source:
        return element(f"p:{node.name}", _value(node.source, scope, top))
    return group(f"p:{node.name}", "".join(_write(child, scope, top) for child in node.children))


def _value(source: str, scope: Fields, top: Fields) -> str:
    if source.startswith("="):
        return source[1:]
    path, _, form = source.partition(":")
    value: Any = top if path.startswith("/") else scope
    for step in path.strip("/").split("/"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return "" if value is None else FORMS[form](value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "2"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


#: How a value is written, by the word behind the colon.
FORMS: Mapping[str, Callable[[Any], str]] = {
    "": _plain,
    "centen": lambda value: str(int(Decimal(value) * 100)),
    "datum8": lambda value: f"{value:%Y%m%d}",
}
