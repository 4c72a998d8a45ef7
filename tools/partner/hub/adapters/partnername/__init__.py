"""PartnerName, a chain partner."""

from hub.contracts.partner import Partner
from hub.message import Repeat

PARTNER = Partner(
    name="partnername",
    # fill in: what people who run the hub call it
    title="PartnerName",
    # fill in: what it does with the same message twice, by its own documents; unsafe is the careful answer, in client.py too
    repeat=Repeat.UNSAFE,
    settings="hub.adapters.partnername.settings:PartnerNameSettings",
    adapter="hub.adapters.partnername.client:make",
    checks="hub.adapters.partnername.checks:look",
    simulator="hub.simulators.partnername.simulator:simulate",
)
