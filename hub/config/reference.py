"""The commented reference of every setting, ``config/hub.example.toml``, made from the models' descriptions."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.config.models import Config, Connection, FolderSettings, RouteSettings
from hub.config.secrets import Secret

#: Width of the comments.
WIDTH = 110

_HEAD = """\
# Every setting of the hub with its default. Copy this file to config/hub.toml (or /etc/hub/hub.toml, or where HUB_CONFIG
# points) and take the # away where you want something else. A line that starts with "# " is an explanation.
#
# Each setting can also come from the environment, which goes before the file: the variable stands above its setting.
# Secrets are never written here: write file:/run/secrets/name (first line of that file) or env:NAME.
# Relative paths start at the working directory. `hub check` says whether everything is right.
#
# Made by `make docs` from hub/config/models.py; change the texts there.
"""


def reference() -> str:
    """The reference as TOML that loads as it is and equals the defaults; so does the same with every ``#key`` opened."""
    parts = [_HEAD]
    for name, field in Config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            parts.append(_table(name, field.annotation))
    parts.append(_free_table("connections.name", Connection, {"partner": "partner"}))
    parts.append(_free_table("routes.name", RouteSettings, {}))
    parts.append(_free_table("folders.name", FolderSettings, {"path": "/srv/documents", "route": "route"}))
    return "\n".join(parts)


def _table(name: str, model: type[BaseModel]) -> str:
    lines = [*_comment(model.__doc__ or ""), f"[{name}]"]
    for key, field in model.model_fields.items():
        lines += _setting(name, key, field, field.default)
    return "\n".join(lines) + "\n"


def _free_table(name: str, model: type[BaseModel], values: dict[str, Any]) -> str:
    family = name.partition(".")[0]
    doc = f"{model.__doc__} As many of these tables as you need: [{family}.NAME], a name of small letters, digits and _."
    lines = [*_comment(doc), f"#[{name}]"]
    for key, field in model.model_fields.items():
        if key == "settings":
            lines += ["", *_comment(field.description or ""), f"#[{name}.settings]"]
        else:
            lines += _setting(name, key, field, values.get(key, field.default))
    return "\n".join(lines) + "\n"


def _setting(table: str, key: str, field: FieldInfo, default: Any) -> list[str]:
    variable = f"HUB_{table}__{key}".upper().replace(".", "__")
    line = f"# {key} = (not set)" if default is None else f"#{key} = {_toml(default)}"
    return ["", *_comment(field.description or ""), f"# {variable}", line]


def _toml(value: Any) -> str:
    if isinstance(value, Path | Secret):
        value = str(value)
    return json.dumps(value, ensure_ascii=False)  # for text, numbers and booleans JSON is TOML


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(" ".join(text.split()), WIDTH)]
