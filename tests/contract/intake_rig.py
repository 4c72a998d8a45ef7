"""An intake on the bench, on SQLite or on PostgreSQL: what it promises holds on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.contracts.route import Route
from hub.crypto import KeyFile
from hub.crypto.keyring import Keyring
from hub.intake.intake import Intake
from hub.journal import reading
from hub.journal.contents import open_content
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.units import connections
from hub.message import Caller, MessageId
from tests.support.routes import PlainRoute

ANNA = Caller("user", "anna")
BERT = Caller("user", "bert")


class IntakeRig:
    """Intakes of one journal, with a connection for each of these routes."""

    def __init__(self, journal: Database) -> None:
        self.journal = journal
        self.keys = KeyFile.generate()
        self.keyring = Keyring(self.keys)
        self._made: list[Intake] = []

    def intake(self, *routes: Route, partners: Mapping[str, str] | None = None, **facts: Any) -> Intake:
        """An intake for these routes, or for one plain route; closed with the rig."""
        chosen = {route.name: route for route in routes or (PlainRoute(),)}
        names = {route.connection for route in chosen.values()} | set(partners or ())
        self.journal.run(connections.ensure, [(name, (partners or {}).get(name, name), 100) for name in sorted(names)])
        made = Intake(self.journal, self.keyring, chosen, partners=partners, **facts)
        self._made.append(made)
        return made

    def view(self, message_id: MessageId) -> MessageView:
        """A message as it stands."""
        view = reading.show(self.journal, message_id)
        assert view is not None
        return view

    def content(self, message_id: MessageId, kind: str = "message") -> bytes:
        """What was stored, in the clear."""
        content = open_content(self.journal, self.keyring, message_id, kind)
        assert content is not None
        return content

    def close(self) -> None:
        """Close the intakes; the journal is its owner's to close."""
        for made in self._made:
            made.close()
