"""PGBs: what was granted is told to SVB, which pays it out, and every return is dealt with."""

from hub.contracts.exchange import Exchange, Place, RouteEntry

#: The administration's right: offering toekenningen, and seeing what became of them.
GRANTS = "pgb.grants"

EXCHANGE = Exchange(
    name="pgb",
    partner="svb",
    title="Toekenningen van PGB's aan SVB",
    routes=(
        RouteEntry(
            name="toekenning",
            make="hub.routes.pgb.setup:make",
            connection="svb",
            document="hub.routes.pgb.setup:DOCUMENT",
        ),
    ),
    roles={"administration": "administratie"},
    rights={GRANTS: frozenset({"administration"})},
    places=(
        Place("/pgb", "PGB-budgetten", GRANTS),
        Place("/pgb/bestand", "Bestand aanbieden", GRANTS),
        Place("/pgb/retouren", "Retouren van SVB", GRANTS),
        Place("/pgb/overeenkomsten", "Overeenkomsten", GRANTS),
        Place("/pgb/cijfers", "Cijfers", GRANTS),
    ),
    search="/pgb/zoeken",
    search_label="Zoek op budgetnummer",
    pages="hub.routes.pgb.pages.router:router",
    counts="hub.routes.pgb.pages.tasks:counts",
    tasks="hub.routes.pgb.pages.tasks:describe",
    api="hub.routes.pgb.api:router",
    inbound=("budgetafsluiting",),
    tables="hub.routes.pgb.setup:TABLES",
    effects="hub.routes.pgb.setup:effects",
    duties="hub.routes.pgb.duties:DUTIES",
    words="hub.routes.pgb.words:WORDS",
    demo="hub.routes.pgb.demo:DEMONSTRATION",
    subject_report="hub.routes.pgb.subject:report",
    own_words=("PGB's", "toekenningen", "budgethouder", "zorgovereenkomst"),
)
