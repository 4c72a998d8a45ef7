"""The exchange with PartnerName: what is sent to it, for whom, and what comes back."""

from hub.contracts.exchange import Exchange, Place, RouteEntry

#: The right to see and send these messages.
MESSAGES = "partnername.messages"

EXCHANGE = Exchange(
    name="partnername",
    partner="partnername",
    # fill in: what its users call this exchange, in Dutch
    title="Berichten aan PartnerName",
    routes=(
        RouteEntry(
            name="partnername",
            make="hub.routes.partnername.setup:make",
            connection="partnername",
            document="hub.routes.partnername.setup:DOCUMENT",
        ),
    ),
    # fill in: who may use it, and what pages call them
    roles={"partnername_user": "gebruiker van PartnerName"},
    rights={MESSAGES: frozenset({"partnername_user"})},
    places=(Place("/partnername", "Berichten aan PartnerName", MESSAGES),),
    pages="hub.routes.partnername.pages:router",
    words="hub.routes.partnername.words:WORDS",
    checks="hub.routes.partnername.checks:look",
    demo="hub.routes.partnername.demo:DEMONSTRATION",
)
