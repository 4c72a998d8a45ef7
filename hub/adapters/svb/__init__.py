"""SVB, which pays PGBs out: messages of the iStandaarden in the envelope of the GGk, by Digikoppeling Intern or as files."""

from hub.contracts.partner import Partner
from hub.message import Repeat

PARTNER = Partner(
    name="svb",
    title="SVB (PGB), by the GGk over Digikoppeling Intern or as files",
    repeat=Repeat.RECOGNISED,
    settings="hub.adapters.svb.settings:SvbSettings",
    adapter="hub.adapters.svb.client:make",
    source="hub.adapters.svb.files:make_source",
    endpoint="hub.adapters.svb.endpoint:SvbEndpoint",
    checks="hub.adapters.svb.checks:look",
    simulator="hub.simulators.svb.command:simulate",
    own_words=("trekkingsrecht", "VWS"),
)
