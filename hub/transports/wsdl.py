"""Reading WSDLs with zeep: from disk, fetching nothing, refusing DTDs and entities.

zeep reads WSDLs and builds envelopes; it does not post: ``hub.transports.http`` is four times as quick and tells apart what
was surely not sent. Importing zeep takes half a second, so this module is imported where an envelope is first built.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from lxml import etree
from zeep import Client, Settings
from zeep.transports import Transport


class _NoNetwork(requests.Session):
    """A session that refuses to fetch: WSDLs and schemas come from disk only."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        raise requests.ConnectionError("WSDLs are read from disk only")


def load_wsdl(path: Path) -> Client:
    """A zeep client of a WSDL on disk that can build messages and cannot reach a network. For one thread.

    Raises:
        OSError: The file, or one that it imports, is not on disk.
    """
    settings = Settings(forbid_external=True, forbid_dtd=True, forbid_entities=True, strict=True, raw_response=True)
    return Client(str(path), transport=Transport(session=_NoNetwork()), settings=settings)  # type: ignore[no-untyped-call]


def build_envelope(client: Client, operation: str, headers: list[etree._Element], **values: Any) -> etree._Element:
    """The envelope that zeep builds for an operation, with exactly these headers."""
    envelope: etree._Element = client.create_message(client.service, operation, _soapheaders=headers, **values)  # type: ignore[no-untyped-call]
    return envelope
