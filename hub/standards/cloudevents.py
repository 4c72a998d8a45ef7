"""Events as JSON by the NL GOV profile for CloudEvents 1.1 (structured mode): what they must hold, and nothing of any exchange.

Source of the rules: NL GOV profile for CloudEvents 1.1, "Context Attributes"; CloudEvents 1.0.2, "JSON Event Format".
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from hub.errors import HubError

#: Media type of one event in structured mode.
MEDIA_TYPE = "application/cloudevents+json"
#: Largest event, in bytes (profile, "Size Limits").
MAX_BYTES = 65_536

_SOURCE = re.compile(r"urn:nld:oin:[0-9A-Z]{20}:systeem:[A-Za-z0-9._-]+")
_TYPE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+){2,}")
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")
_REQUIRED = ("id", "source", "specversion", "type")


def source_of(oin: str, system: str) -> str:
    """The ``source`` of events of a system."""
    return f"urn:nld:oin:{oin}:systeem:{system}"


def write_event(
    *, id: str, source: str, type: str, subject: str, time: dt.datetime, data: Mapping[str, Any], **extensions: str
) -> bytes:
    """One event in structured mode. ``time`` is aware; nothing personal may be in ``data`` or in an attribute."""
    event = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type,
        "subject": subject,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        **extensions,
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def check_event(body: bytes) -> Mapping[str, Any]:
    """The event in ``body``, held against the profile.

    Raises:
        HubError: Code ``unexpected``: we made it wrongly. The text names the attribute and no value.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise HubError("the event is not JSON") from None
    if not isinstance(event, dict):
        raise HubError("the event is no JSON object")
    wrong = [name for name in _REQUIRED if not isinstance(event.get(name), str) or not event[name]]
    wrong += [name for name in event if not _ATTRIBUTE.fullmatch(name)]
    if not wrong:
        wrong += ["specversion"] if event["specversion"] != "1.0" else []
        wrong += ["source"] if not _SOURCE.fullmatch(event["source"]) else []
        wrong += ["type"] if not _TYPE.fullmatch(event["type"]) else []
    if wrong:
        raise HubError(f"the event breaks the profile at {', '.join(sorted(set(wrong)))}")
    if len(body) > MAX_BYTES:
        raise HubError(f"the event is larger than {MAX_BYTES} bytes")
    return event
