"""The console's sentence about a message, as plain text with an exact moment."""

from __future__ import annotations

import datetime as dt

from hub import configured
from hub.assembly import Hub
from hub.journal.reading import MessageView
from hub.web.console.presenting import MessagePresenter


def plain_sentence(hub: Hub, view: MessageView) -> str:
    """Where a message stands, in one sentence for people."""
    names = {view.connection: configured.display_name(hub.config, view.connection)}
    presenter = MessagePresenter(names, dt.datetime.now(dt.UTC))
    return presenter.sentence(view).striptags()
