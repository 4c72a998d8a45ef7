"""The exchange: orders to the depot, and what it sent."""

from hub.contracts.exchange import Command, Exchange, Place, RouteEntry

ORDERS = "probe.orders"

EXCHANGE = Exchange(
    name="probe",
    partner="probe",
    title="Bestellingen bij het depot",
    routes=tuple(
        RouteEntry(
            name=name,
            make=f"ketenhub_probe.exchange.setup:make_{name}",
            connection="probe",
            document="ketenhub_probe.exchange.setup:DOCUMENT",
        )
        for name in ("probe_order", "probe_decided")
    ),
    inbound=("probe_sent",),
    tables="ketenhub_probe.exchange.setup:TABLES",
    effects="ketenhub_probe.exchange.setup:effects",
    duties="ketenhub_probe.exchange.duties:DUTIES",
    roles={"buyer": "inkoper"},
    rights={ORDERS: frozenset({"buyer"})},
    places=(Place("/bestellingen", "Bestellingen", ORDERS),),
    pages="ketenhub_probe.exchange.pages:router",
    counts="ketenhub_probe.exchange.pages:counts",
    tasks="ketenhub_probe.exchange.pages:describe_tasks",
    api="ketenhub_probe.exchange.api:router",
    words="ketenhub_probe.exchange.words:WORDS",
    commands=(Command("depot", "ketenhub_probe.exchange.commands:depot", "Show the ledger of the depot."),),
    checks="ketenhub_probe.exchange.checks:look",
    demo="ketenhub_probe.exchange.demo:DEMONSTRATION",
    subject_report="ketenhub_probe.exchange.subject:report",
)
