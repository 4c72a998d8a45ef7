"""Reads how families of messages describe themselves: ``messages.toml`` beside their XSDs (see ``hub.schemas.registry``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

#: The folder of the project's own families.
HERE = Path(__file__).parent


def described(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every description in this folder with its file, by the order of their paths."""
    for file in sorted(folder.rglob("messages.toml")):
        yield file, tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def prefixes() -> dict[str, str]:
    """Namespace -> prefix, as the project's own families write them.

    Raises:
        ValueError: Two families give one namespace another prefix, or two namespaces one prefix.
    """
    found: dict[str, str] = {}
    for file, description in described(HERE):
        for prefix, namespace in description.get("prefixes", {}).items():
            if found.setdefault(namespace, prefix) != prefix:
                raise ValueError(f"{file}: {namespace} has the prefix {found[namespace]} elsewhere")
    if len(set(found.values())) != len(found):
        raise ValueError("two namespaces have one prefix")
    return found
