"""The index of reports: a report by a person, a signal to the right person, and nothing more (Jeugdwet 7.1)."""

from hub.contracts.exchange import Command, Exchange, Place, RouteEntry

#: The right of who reports: making, changing and ending own reports, and reading own signals.
REPORTS = "verwijsindex.reports"
#: The right of a system that proposes reports; deciding is a person's.
PROPOSES = "verwijsindex.proposes"

EXCHANGE = Exchange(
    name="verwijsindex",
    partner="verwijsindex",
    title="Verwijsindex",
    routes=(
        RouteEntry(
            name="melding",
            make="hub.routes.verwijsindex.setup:make_melding",
            connection="verwijsindex",
            document="hub.routes.verwijsindex.setup:MELDING",
        ),
        RouteEntry(
            name="melding_wijziging",
            make="hub.routes.verwijsindex.setup:make_wijziging",
            connection="verwijsindex",
            document="hub.routes.verwijsindex.setup:WIJZIGING",
        ),
        RouteEntry(
            name="melding_beeindiging",
            make="hub.routes.verwijsindex.setup:make_beeindiging",
            connection="verwijsindex",
            document="hub.routes.verwijsindex.setup:BEEINDIGING",
        ),
    ),
    inbound=("signaal",),
    tables="hub.routes.verwijsindex.setup:TABLES",
    effects="hub.routes.verwijsindex.setup:effects",
    duties="hub.routes.verwijsindex.duties:DUTIES",
    roles={"coach": "coach", "case_system": "dossiersysteem"},
    rights={REPORTS: frozenset({"coach"}), PROPOSES: frozenset({"case_system"})},
    limits=True,
    places=(
        Place("/verwijsindex", "Mijn meldingen", REPORTS),
        Place("/verwijsindex/nieuw", "Nieuwe melding", REPORTS),
    ),
    pages="hub.routes.verwijsindex.pages.router:router",
    api="hub.routes.verwijsindex.api:router",
    counts="hub.routes.verwijsindex.pages.tasks:counts",
    tasks="hub.routes.verwijsindex.pages.tasks:describe",
    commands=(Command("verwijsindex", "hub.routes.verwijsindex.commands:app", "Reports: what is left, and who did what."),),
    words="hub.routes.verwijsindex.words:WORDS",
    demo="hub.routes.verwijsindex.demo:DEMONSTRATION",
    subject_report="hub.routes.verwijsindex.subject:report",
)
