"""Reading settings: the file, the ``HUB_*`` variables over it, and errors that name file, key and nearest known key.

``HUB_JOURNAL__URL`` overrides ``journal.url``, ``HUB_CONNECTIONS__NAME__CONCURRENCY`` overrides
``connections.name.concurrency``; a value that starts with ``[`` or ``{`` is read as JSON.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from hub.config.models import Config
from hub.errors import ConfigError
from hub.near_names import nearest

M = TypeVar("M", bound=BaseModel)

#: Variables with a name that users of comparable software expect, and the setting they stand for.
SHORT_NAMES: Mapping[str, str] = {"HUB_CONSOLE_THEME": "web.theme_file"}
#: Variables that are no settings: where the file is, and what the tests use.
NOT_SETTINGS = ("HUB_CONFIG", "HUB_TEST_")
#: Kubernetes puts these into every pod beside a service whose name begins with "hub".
_KUBERNETES = re.compile(r"HUB(_\w+)?_SERVICE_(HOST|PORT)\w*|HUB(_\w+)?_PORT_\d+_(TCP|UDP)\w*")


def find_file(path: Path | None = None, env: Mapping[str, str] | None = None) -> Path | None:
    """The settings file: ``path``, else $HUB_CONFIG, else ./config/hub.toml, else /etc/hub/hub.toml, else None.

    Raises:
        ConfigError: A file that was named does not exist.
    """
    env = os.environ if env is None else env
    named = path or (Path(env["HUB_CONFIG"]) if env.get("HUB_CONFIG") else None)
    if named:
        if not named.is_file():
            source = "" if path else " (named by HUB_CONFIG)"
            raise ConfigError(f"this settings file does not exist{source}", file=str(named))
        return named
    usual = (Path("config/hub.toml"), Path("/etc/hub/hub.toml"))
    return next((candidate for candidate in usual if candidate.is_file()), None)


def load(path: Path | None = None, env: Mapping[str, str] | None = None) -> Config:
    """Read all settings. Without any file the defaults run a hub for trying out, with its data in ./var.

    Args:
        path: The settings file; see ``find_file`` when absent.
        env: The environment; this process's own when absent.

    Raises:
        ConfigError: The first thing that is wrong, with file (or variable), key and nearest known key.
    """
    env = os.environ if env is None else env
    file = find_file(path, env)
    table = _read(file) if file else {}
    from_env: dict[str, str] = {}
    for variable, key in _overrides(env):
        _put(table, key.split("."), _value(env[variable]), variable)
        from_env[key] = variable
    source = str(file) if file else "default settings"
    hub = table.get("hub")
    data_dir = hub.get("data_dir", "var") if isinstance(hub, dict) else "var"
    places = Config.model_construct()
    places._source, places._from_env = source, from_env
    try:
        config = Config.model_validate(table, context={"env": env, "data_dir": str(data_dir)})
    except ValidationError as error:
        raise _translate(error, Config, places, "") from None
    config._source, config._from_env = source, from_env
    _check_connections(config)
    return config


def section(
    model: type[M],
    table: Mapping[str, Any],
    *,
    file: str,
    key: str,
    env: Mapping[str, str] | None = None,
    environment: str = "",
) -> M:
    """Check an adapter's or route's own table, with the same kind of errors as ``load``.

    Args:
        model: A subclass of ``hub.config.Settings``.
        table: As in ``config.connections[name].settings``.
        file: Where it came from, for errors: ``config.file_of(key)``.
        key: Dotted key of the table, e.g. ``connections.name.settings``.
        env: For secrets by reference; this process's own when absent.
        environment: ``config.hub.environment``, for what productie asks; models find it in the validation context.

    Raises:
        ConfigError: The first thing that is wrong.
    """
    places = Config.model_construct()
    places._source, places._from_env = file, {}
    try:
        context = {"env": os.environ if env is None else env, "environment": environment}
        return model.model_validate(dict(table), context=context)
    except ValidationError as error:
        raise _translate(error, model, places, key) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"this is not valid TOML: {error}.", file=str(file)) from None
    except UnicodeDecodeError:
        raise ConfigError("this file is not UTF-8 text", file=str(file)) from None
    except OSError as error:
        raise ConfigError(f"this file cannot be read: {error.strerror}", file=str(file)) from None


def _overrides(env: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """(variable, dotted key) of every setting in the environment, shorter keys first."""
    found = []
    for variable in env:
        if not variable.startswith("HUB_") or variable.startswith(NOT_SETTINGS) or _is_kubernetes(variable, env):
            continue
        if not env[variable]:
            continue  # set to nothing, as compose files do: not set
        if variable in SHORT_NAMES:
            found.append((variable, SHORT_NAMES[variable]))
            continue
        parts = variable.removeprefix("HUB_").lower().split("__")
        if len(parts) < 2 or not all(parts):
            raise ConfigError(
                "this variable is no setting: a setting's variable is HUB_<TABLE>__<KEY>.",
                file=variable,
                nearest=nearest(variable, (*_variables(), *SHORT_NAMES)),
            )
        found.append((variable, ".".join(parts)))
    return sorted(found, key=lambda pair: (pair[1].count("."), pair[1]))


def _is_kubernetes(variable: str, env: Mapping[str, str]) -> bool:
    return bool(_KUBERNETES.fullmatch(variable)) or (
        variable.endswith("_PORT") and env[variable].startswith(("tcp://", "udp://"))
    )


def _variables() -> list[str]:
    """The variable of every fixed setting."""
    return [
        f"HUB_{table}__{key}".upper()
        for table, field in Config.model_fields.items()
        if (model := _model_of(field.annotation)) and not get_args(field.annotation)
        for key in model.model_fields
    ]


def _put(table: dict[str, Any], path: Sequence[str], value: Any, variable: str) -> None:
    for step in path[:-1]:
        table = table.setdefault(step, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{step} holds one value, so nothing can be set below it", file=variable, key=".".join(path))
    table[path[-1]] = value


def _value(text: str) -> Any:
    if text.lstrip().startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _translate(error: ValidationError, model: type[BaseModel], places: Config, prefix: str) -> ConfigError:
    """The first of pydantic's findings in our words; never repeats the value that was written."""
    findings = error.errors(include_url=False, include_input=False, include_context=False)
    # An unknown key comes first: a misspelt key is often also a required one that is missing.
    first = min(findings, key=lambda finding: finding["type"] != "extra_forbidden")
    path = [str(step) for step in first["loc"] if step != "[key]"]
    path_to = [prefix, *path] if prefix else path
    key = ".".join(path_to)
    guess = None
    if first["type"] == "extra_forbidden":
        text = "there is no such setting."
        found = nearest(path[-1], _known_keys(model, path[:-1]))
        guess = ".".join([*path_to[:-1], found]) if found else None
    elif first["type"] == "missing":
        text = "this setting is required"
    else:
        text = first["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
    if len(findings) > 1:
        text = f"{text.rstrip('.')} (and {len(findings) - 1} more wrong)."
    return ConfigError(text, file=places.file_of(key), key=key, nearest=guess)


def _known_keys(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    """Names of the settings in the table at ``path`` below ``model``."""
    annotation: Any = model
    for step in path:
        here = _model_of(annotation)
        if here and not get_args(annotation):
            field = here.model_fields.get(step)
            annotation = field.annotation if field else None
        else:
            annotation = here  # the name of an entry in a table of tables, or an index
    here = _model_of(annotation)
    return list(here.model_fields) if here else []


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model that ``annotation`` is, may be, or holds."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    candidates = (_model_of(part) for part in reversed(get_args(annotation)) if part is not NoneType)
    return next((found for found in candidates if found), None)


def _check_connections(config: Config) -> None:
    """A route that names a connection names one that exists."""
    for name, route in config.routes.items():
        if route.connection and route.connection not in config.connections:
            key = f"routes.{name}.connection"
            raise ConfigError(
                "there is no such connection.",
                file=config.file_of(key),
                key=key,
                nearest=nearest(route.connection, config.connections),
            )
