"""Plekvrij: who wants to know which places are free. Events go out; what providers publish comes in by the hub's own doors."""

from hub.contracts.partner import Partner
from hub.message import Repeat

PARTNER = Partner(
    name="plekvrij",
    title="Plekvrij: receivers of events about free places",
    repeat=Repeat.RECOGNISED,
    settings="hub.adapters.plekvrij.settings:PlekvrijSettings",
    adapter="hub.adapters.plekvrij.client:make",
    checks="hub.adapters.plekvrij.checks:look",
    simulator="hub.simulators.plekvrij.command:simulate",
)
