"""TLS of one partner connection: none, one-way or two-way, with a trust store of its own.

Security is a setting per connection (Digikoppeling Intern 1.0, chapter on security), never of the program as a whole, so that
a municipality's private root for one partner does not become trusted for another.
"""

from __future__ import annotations

import ssl
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from hub.errors import ConfigError


class TlsMode(StrEnum):
    """How much of TLS a connection uses."""

    NONE = "none"  # plain HTTP, inside one trusted network only
    ONE_WAY = "one-way"  # the partner shows a certificate
    TWO_WAY = "two-way"  # both do


class TlsSettings(BaseModel):
    """TLS of one connection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: none, one-way or two-way.
    mode: TlsMode = TlsMode.NONE
    #: PEM file with the only roots this connection trusts; absent means those of the system.
    trust_store: Path | None = None
    #: PEM file with our certificate and its chain (two-way).
    certificate: Path | None = None
    #: PEM file with the private key of ``certificate``; absent means it is in the same file.
    key: Path | None = None
    #: Lowest version allowed. 1.2 is the least that Digikoppeling permits.
    minimum: Literal["1.2", "1.3"] = "1.2"

    @model_validator(mode="after")
    def _certificate_belongs_to_two_way(self) -> TlsSettings:
        if (self.mode is TlsMode.TWO_WAY) != (self.certificate is not None):
            raise ValueError("a certificate is needed with mode two-way, and only then")
        if self.mode is TlsMode.NONE and self.trust_store is not None:
            raise ValueError("a trust store has no use with mode none")
        return self


def client_context(settings: TlsSettings) -> ssl.SSLContext | None:
    """The context for outgoing connections, or None for plain HTTP. Host names are always checked.

    Raises:
        ConfigError: A file is missing or is not what it should be.
    """
    if settings.mode is TlsMode.NONE:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if settings.minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    try:
        if settings.trust_store is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(cafile=settings.trust_store)
    except (OSError, ssl.SSLError) as error:
        file = str(settings.trust_store)
        raise ConfigError("the trust store cannot be read as PEM", file=file, key="tls.trust_store") from error
    if settings.certificate is not None:
        try:
            context.load_cert_chain(settings.certificate, settings.key, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise ConfigError(
                "certificate and key cannot be read, or do not belong together",
                file=str(settings.certificate),
                key="tls.certificate",
            ) from error
    return context


def _no_password() -> str:
    """OpenSSL would otherwise ask on the terminal, where nobody sits."""
    raise ValueError("the private key has a pass phrase")
