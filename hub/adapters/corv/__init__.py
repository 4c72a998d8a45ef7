"""CORV (JUBES), the justice chain's hub, by Digikoppeling Intern."""

from hub.contracts.partner import Partner
from hub.message import Repeat

PARTNER = Partner(
    name="corv",
    title="CORV (JUBES), over Digikoppeling Intern",
    repeat=Repeat.RECOGNISED,
    settings="hub.adapters.corv.settings:CorvSettings",
    adapter="hub.adapters.corv.client:make",
    endpoint="hub.adapters.corv.endpoint:CorvEndpoint",
    checks="hub.adapters.corv.checks:look",
    simulator="hub.simulators.corv.command:simulate",
    own_words=("JUBES", "RvdK"),
)
