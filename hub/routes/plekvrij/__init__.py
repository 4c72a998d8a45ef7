"""Plekvrij: providers publish which places are free, and referrers find one. No person is in it."""

from hub.contracts.exchange import Exchange, Place, RouteEntry

#: Publishing for one's own AGB code; looking for a place; saying who is told of changes.
PUBLISH, SEARCH, SUBSCRIBE = "plekvrij.publish", "plekvrij.search", "plekvrij.subscribe"

EXCHANGE = Exchange(
    name="plekvrij",
    partner="plekvrij",
    title="Vrije plekken in de jeugdzorg",
    routes=(
        RouteEntry(
            name="plekken",
            make="hub.routes.plekvrij.setup:make_plekken",
            connection="plekvrij",
            document="hub.routes.plekvrij.setup:DOCUMENT",
        ),
        RouteEntry(
            name="plek_webhook",
            make="hub.routes.plekvrij.setup:make_webhook",
            connection="plekvrij",
            document="hub.routes.plekvrij.setup:EVENT_DOCUMENT",
        ),
    ),
    roles={"care_provider": "aanbieder", "referring_professional": "verwijzer"},
    rights={
        PUBLISH: frozenset({"care_provider"}),
        SEARCH: frozenset({"referring_professional", "care_provider"}),
        SUBSCRIBE: frozenset({"operator"}),
    },
    limits=True,
    places=(
        Place("/plekken", "Plekken zoeken", SEARCH),
        Place("/mijn-plekken", "Mijn plekken", PUBLISH),
    ),
    tables="hub.routes.plekvrij.setup:TABLES",
    effects="hub.routes.plekvrij.setup:effects",
    duties="hub.routes.plekvrij.duties:DUTIES",
    pages="hub.routes.plekvrij.pages.router:router",
    tasks="hub.routes.plekvrij.pages.reminders:describe",
    api="hub.routes.plekvrij.api:router",
    words="hub.routes.plekvrij.words:WORDS",
    demo="hub.routes.plekvrij.demo:DEMONSTRATION",
    own_words=("plekvrij", "gezinshuis", "pleegzorg", "logeeropvang"),
)
