"""The manifest of a chain partner: plain facts, and the names of what is loaded when it is needed.

A partner is a folder ``hub/adapters/<name>`` whose ``__init__`` holds ``PARTNER``, or an installed package that names one under
the entry point ``ketenhub.partners``. Nobody lists it. A name is ``"module:attribute"``; ``hub.registry.load`` follows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.message import Repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A kind of chain partner; ``connections.<name>.partner`` of the configuration names one.

    Attributes:
        name: As its folder.
        title: For people who run the hub.
        repeat: What it does with the same message twice; the adapter says the same.
        settings: Names the model of ``connections.<name>.settings``, a ``hub.transports.settings.PartnerSettings``.
        adapter: Names ``(settings, connection: str) -> Adapter``; empty for a partner that only sends.
        endpoint: Names ``(settings) -> InboundEndpoint``; empty when it does not call us.
        source: Names ``(settings, connection: str) -> InboundSource``; empty when it is not asked for messages.
        checks: Names ``(ConnectionChecked) -> Iterable[Check]``: what ``hub check`` looks at beside the general things.
        simulator: Names the command of ``hub simulate <name>``, see ``hub.contracts.simulation``.
        own_words: Words beside its name that stand in its folders and its exchanges' only; a test looks for them elsewhere.
    """

    name: str
    title: str
    repeat: Repeat
    settings: str
    adapter: str = ""
    endpoint: str = ""
    source: str = ""
    checks: str = ""
    simulator: str = ""
    own_words: tuple[str, ...] = ()
