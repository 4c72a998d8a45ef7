"""The drafts of this exchange."""

from __future__ import annotations

from hub.assembly import Hub
from hub.routes.raadsverzoek.pages.form.state import State
from hub.web.console import drafts

ROUTE = "raadsverzoek"

#: An opened draft of this exchange.
Draft = drafts.Draft[State]
_CODEC = drafts.Codec(State.to_json, State.from_json, lambda state: state.request.get("kenmerk", ""))


class DraftStore(drafts.DraftStore[State]):
    """The drafts of raadsverzoeken. Any thread."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub, ROUTE, _CODEC)
