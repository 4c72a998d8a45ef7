"""The raadsverzoek: a Verzoek tot Onderzoek to the Raad voor de Kinderbescherming, by way of CORV, and what comes back."""

from hub.contracts.exchange import Exchange, Place, RouteEntry

#: The secretary's rights: offering a request and following it, and seeing what it and the Raad's messages say.
REQUESTS, CONTENT = "raadsverzoek.requests", "raadsverzoek.content"

EXCHANGE = Exchange(
    name="raadsverzoek",
    partner="corv",
    title="Verzoek tot onderzoek aan de Raad",
    routes=(
        RouteEntry(
            name="raadsverzoek",
            make="hub.routes.raadsverzoek.setup:make",
            connection="corv",
            document="hub.routes.raadsverzoek.setup:DOCUMENT",
        ),
    ),
    roles={"secretary": "secretaris"},
    rights={REQUESTS: frozenset({"secretary"}), CONTENT: frozenset({"secretary"})},
    places=(
        Place("/raadsverzoeken", "Raadsverzoeken", REQUESTS),
        Place("/raadsverzoeken/nieuw", "Nieuw raadsverzoek", REQUESTS),
        Place("/raadsverzoeken/concepten", "Concepten", REQUESTS),
        Place("/meldingen", "Meldingen zonder zaak", REQUESTS),
    ),
    search="/raadsverzoeken/zoeken",
    search_label="Zoek op zaaknummer",
    pages="hub.routes.raadsverzoek.pages.router:router",
    counts="hub.routes.raadsverzoek.pages.cases.tasks:counts",
    tasks="hub.routes.raadsverzoek.pages.cases.tasks:describe",
    api="hub.routes.raadsverzoek.api:router",
    inbound=("notificatie",),
    tables="hub.routes.raadsverzoek.setup:TABLES",
    effects="hub.routes.raadsverzoek.setup:effects",
    words="hub.routes.raadsverzoek.words:WORDS",
    checks="hub.routes.raadsverzoek.checks:look",
    demo="hub.routes.raadsverzoek.demo:DEMONSTRATION",
    subject_report="hub.routes.raadsverzoek.subject:report",
    own_words=("Raad", "raadsverzoeken", "vto", "verzoek tot onderzoek", "beschermingstafel", "ongeboren"),
)
