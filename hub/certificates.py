"""Which certificates the hub counts on, and when they end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509

from hub import configured
from hub.config import Config
from hub.errors import ConfigError, HubError

#: What they are for when it is not a connection.
BROKER = "broker"


class CertificateFile(NamedTuple):
    """A PEM file that a setting names: the setting, the file, and what it is for: ``broker`` or ``connections.<name>``."""

    key: str
    path: Path
    use: str


class Term(NamedTuple):
    """How many certificates a file holds, and when the first of them ends."""

    number: int
    ends: dt.datetime

    @property
    def days(self) -> int:
        """Whole days that are left; negative when it ended."""
        return (self.ends - dt.datetime.now(dt.UTC)).days


def files(config: Config) -> list[CertificateFile]:
    """Every certificate file in the settings. Connections whose settings are wrong are left out: their own check tells."""
    found: list[tuple[str, Path | None, str]] = [
        ("broker.ca_file", config.broker.ca_file, BROKER),
        ("broker.certificate_file", config.broker.certificate_file, BROKER),
    ]
    for name in config.connections:
        try:
            tls: Any = getattr(configured.connection_settings(config, name), "tls", None)
        except HubError:
            continue
        use = f"connections.{name}"
        found += [(f"{use}.settings.tls.{kind}", getattr(tls, kind, None), use) for kind in ("trust_store", "certificate")]
    return [CertificateFile(key, path, use) for key, path, use in found if path is not None]


def term(path: Path) -> Term:
    """How long the certificates in a file last.

    Raises:
        ConfigError: It cannot be read, or holds no certificates in PEM.
    """
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
        return Term(len(found), min(one.not_valid_after_utc for one in found))
    except (OSError, ValueError, x509.InvalidVersion) as error:
        raise ConfigError("cannot be read as PEM", file=str(path)) from error


class Ending(NamedTuple):
    """Per use of which certificates end the code of the task about it, and the uses that could not be judged here."""

    codes: Mapping[str, str]
    unknown: Collection[str]


def ending(config: Config) -> Ending:
    """What ended (``certificate_ended``), or ends within the days of the settings (``certificate_ends``).

    Connections that are off are left out. A file that cannot be read is no matter of time: it may lie on the machine of the
    worker only, which does not start without.
    """
    codes: dict[str, str] = {}
    unknown: set[str] = set()
    for one in files(config):
        name = one.use.removeprefix("connections.")
        if one.use != BROKER and not config.connections[name].enabled:
            continue
        try:
            days = term(one.path).days
        except ConfigError:
            unknown.add(one.use)
            continue
        if days < 0:
            codes[one.use] = "certificate_ended"
        elif days < config.housekeeping.certificate_warning_days:
            codes.setdefault(one.use, "certificate_ends")
    return Ending(codes, unknown)
