"""Settings whose value must not be shown: they are written as a reference and print as that reference."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

#: A password between ``user:`` and ``@``, and one in the query, as psycopg accepts it.
_PASSWORDS = re.compile(r"(?P<before>://[^:/@]*:).*(?=@)|(?P<name>[?&](?:ssl)?password=)[^&]*")


class Secret:
    """A secret that is read from where its reference points: ``file:PATH`` (its first line) or ``env:NAME``.

    ``reveal`` gives the value; ``str`` and ``repr`` give the reference only.
    """

    __slots__ = ("_shown", "_value")

    def __init__(self, value: str, shown: str) -> None:
        self._value = value
        self._shown = shown

    def reveal(self) -> str:
        """The secret itself. Do not log, format or store it."""
        return self._value

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._value, self._shown) == (other._value, other._shown)

    def __hash__(self) -> int:
        return hash((self._value, self._shown))

    @classmethod
    def parse(cls, text: str, env: Mapping[str, str] | None = None) -> Self:
        """Follow a reference.

        Raises:
            ValueError: It is no reference, or nothing is there. The text never repeats what was written.
        """
        value = _follow(text, os.environ if env is None else env)
        if value is None:
            raise ValueError("a secret is not written here: put it in a file and write file:PATH, or env:NAME")
        return cls(value, text)

    @classmethod
    def _validate(cls, value: Any, info: ValidationInfo) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise ValueError("should be text: file:PATH or env:NAME")
        context = info.context or {}
        return cls.parse(value.replace("{data_dir}", context.get("data_dir", "var")), context.get("env"))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(cls._validate, serialization=core_schema.to_string_ser_schema())


class SecretUrl(Secret):
    """A URL that may hold a password: written out, or as a reference. Shown with the password left out."""

    __slots__ = ()

    @property
    def scheme(self) -> str:
        """What stands before ``://``, without a driver: ``sqlite``, ``postgresql``, ``amqp``, ``memory``."""
        return self._value.partition("://")[0].partition("+")[0]

    @classmethod
    def parse(cls, text: str, env: Mapping[str, str] | None = None) -> Self:
        """As ``Secret.parse``, but a URL may also be written out."""
        value = _follow(text, os.environ if env is None else env)
        if value is not None:
            return cls(value, text)
        if "://" not in text:
            raise ValueError("should be a URL, file:PATH or env:NAME")
        return cls(text, _PASSWORDS.sub(lambda found: f"{found['before'] or found['name']}***", text))


def _follow(text: str, env: Mapping[str, str]) -> str | None:
    """What the reference points at; None when ``text`` is no reference."""
    kind, _, target = text.partition(":")
    if kind == "env":
        if not env.get(target):
            raise ValueError(f"the environment variable {target} is not set")
        return env[target]
    if kind == "file" and not target.startswith("//"):
        try:
            lines = Path(target).read_text(encoding="utf-8-sig").splitlines()  # some editors begin with a mark
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"the file {target} cannot be read: {reason}") from None
        if not lines or not lines[0].strip():
            raise ValueError(f"the file {target} is empty")
        return lines[0].strip()
    return None
