"""The console's sentence about a message, as plain text with an exact moment."""

from __future__ import annotations

import datetime as dt

from hub import registry
from hub.assembly import Hub
from hub.journal.reading import MessageView
from hub.web.console.story import Teller


def plain_sentence(hub: Hub, view: MessageView) -> str:
    """Where a message stands, in one sentence for people."""
    name = view.connection
    settings = registry.connection_settings(hub.config, name) if name in hub.config.connections else None
    teller = Teller({name: str(getattr(settings, "display_name", name))}, dt.datetime.now(dt.UTC))
    return teller.sentence(view).striptags()
