"""The partner: a depot that takes orders over HTTP, and is asked for what it sent."""

from hub.contracts.partner import Partner
from hub.message import Repeat

PARTNER = Partner(
    name="probe",
    title="A depot, for tests",
    repeat=Repeat.RECOGNISED,
    settings="ketenhub_probe.partner.settings:ProbeSettings",
    adapter="ketenhub_probe.partner.client:make",
    source="ketenhub_probe.partner.source:make",
    checks="ketenhub_probe.partner.checks:look",
    simulator="ketenhub_probe.partner.simulator:simulate",
)
