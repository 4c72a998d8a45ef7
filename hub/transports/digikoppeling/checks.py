"""What ``hub check`` looks at for every connection over Digikoppeling Intern that deliveries come in by."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, ConnectionChecked


def open_to_all(checked: ConnectionChecked) -> Iterator[Check]:
    """Whoever reaches an endpoint that asks nothing may end our messages with an answer of his own."""
    inbound = checked.settings.inbound  # in productie nothing starts without a word about it: see the settings
    if inbound.shared_secret is not None or inbound.certificate_oins:
        return
    remedy = "Set shared_secret (file:PATH), or certificate_oins behind a proxy that verifies certificates."
    yield checked.at("inbound", "warn", "takes what anybody delivers", remedy)
