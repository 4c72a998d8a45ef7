"""The console's words: one table for states, one for codes, one for what happens. The same words everywhere.

Sentences speak of the partner and of "het bericht", never of the hub's parts. ``{partner}`` and ``{moment}`` are filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from hub import registry
from hub.contracts.exchange import Words
from hub.web.accounts import roles as known_roles


class State(NamedTuple):
    """How a state is shown: a short name, a sentence, a tone for its colour (the word itself is always there too)."""

    label: str
    sentence: str
    tone: str  # wait | busy | good | bad | done


#: (status, reason) -> state; the reason counts while waiting only.
STATES: Mapping[tuple[str, str], State] = {
    ("waiting", "due"): State("Wordt zo verstuurd", "Wordt zo verstuurd.", "busy"),
    ("waiting", "turn"): State("Wacht op beurt", "Wacht op het vorige bericht van dit dossier.", "wait"),
    ("waiting", "retry"): State("Nog niet gelukt", "Nog niet gelukt (poging {attempts}); volgende poging {moment}.", "wait"),
    ("waiting", "partner"): State(
        "Partner niet bereikbaar", "{partner} is niet bereikbaar; het bericht is veilig bewaard.", "wait"
    ),
    ("waiting", "paused"): State(
        "Verbinding stilgezet", "De verbinding met {partner} is stilgezet; het bericht is veilig bewaard.", "wait"
    ),
    ("sending", ""): State("Wordt verstuurd", "Wordt nu verstuurd.", "busy"),
    ("sent", ""): State("Verstuurd", "Verstuurd; wacht op bevestiging van {partner} sinds {from_}.", "busy"),
    ("completed", ""): State("Bevestigd", "Bevestigd door {partner}, {since}.", "good"),
    ("rejected", ""): State("Afgewezen", "Afgewezen door {partner}, {since}{reason}.", "bad"),
    ("parked", ""): State("Vraagt aandacht", "Vraagt aandacht: {what}", "bad"),
    ("cancelled", ""): State("Ingetrokken", "Ingetrokken, {since}.", "done"),
    ("replaced", ""): State("Vervangen", "Vervangen door een ander bericht, {since}.", "done"),
    ("superseded", ""): State("Achterhaald", "Achterhaald door nieuwere gegevens, {since}.", "done"),
    ("received", ""): State("Ontvangen", "Ontvangen van {partner}.", "busy"),
    ("correlated", ""): State("Gekoppeld", "Ontvangen van {partner} en gekoppeld aan een eigen bericht.", "good"),
    ("unmatched", ""): State("Nog geen zaak", "Ontvangen van {partner}; hoort nog bij geen eigen bericht.", "bad"),
    ("handled", ""): State("Verwerkt", "Ontvangen van {partner} en verwerkt.", "good"),
    ("refused", ""): State("Geweigerd", "Geweigerd: {what}", "done"),
}


#: What has no words: a newer version of the hub wrote it. The technical part of a page has its name.
UNKNOWN = State("Onbekend", "Hoe het ervoor staat is hier niet bekend; kijk in het verloop.", "done")


class Help(NamedTuple):
    """What a code means to a person."""

    what: str
    do: str


#: Every code of ``hub.errors.CODES``.
CODES: Mapping[str, Help] = {
    "config_invalid": Help("Een instelling klopt niet.", "Laat de beheerder `hub check` draaien en de instelling verbeteren."),
    "tls_failed": Help(
        "De beveiligde verbinding met de partner kwam niet tot stand.",
        "Controleer het certificaat, de vertrouwde uitgevers en de hostnaam van deze verbinding.",
    ),
    "authentication_failed": Help(
        "De partner herkent ons niet.", "Controleer het certificaat of de sleutel van deze verbinding, samen met de partner."
    ),
    "address_wrong": Help("Op dit adres luistert niemand.", "Controleer het adres van deze verbinding."),
    "not_connected": Help(
        "De partner was niet te bereiken; er is niets verstuurd.",
        "U hoeft niets te doen: de hub probeert het vanzelf opnieuw. Duurt het langer dan een uur, bel dan de partner.",
    ),
    "timed_out": Help(
        "De partner antwoordde niet op tijd.",
        "U hoeft niets te doen: hetzelfde bericht wordt vanzelf opnieuw aangeboden.",
    ),
    "connection_lost": Help(
        "De verbinding brak af tijdens het versturen.",
        "U hoeft niets te doen: hetzelfde bericht wordt vanzelf opnieuw aangeboden.",
    ),
    "foreign_answer": Help(
        "Niet de partner antwoordde, maar iets ervoor, zoals een onderhoudspagina.",
        "U hoeft niets te doen: de hub probeert het vanzelf opnieuw. Duurt het langer dan een uur, bel dan de partner.",
    ),
    "answer_to_another": Help(
        "De partner antwoordde over een ander bericht dan dit.",
        "U hoeft niets te doen: hetzelfde bericht wordt vanzelf opnieuw aangeboden. Duurt het lang, bel dan de partner.",
    ),
    "partner_unavailable": Help(
        "De partner kan nu niets aannemen.",
        "U hoeft niets te doen: de hub probeert het vanzelf opnieuw. Duurt het langer dan een uur, bel dan de partner.",
    ),
    "throttled": Help("De partner vraagt om langzamer te versturen.", "U hoeft niets te doen: er wordt zo lang gewacht."),
    "journal_away": Help(
        "De database van de hub is niet bereikbaar.",
        "De beheerder controleert de database. Wat is aangenomen, blijft bewaard.",
    ),
    "disk_full": Help("Er is geen ruimte meer om iets op te slaan.", "Laat de beheerder ruimte vrijmaken op de machine."),
    "undecodable": Help(
        "Het bericht is helemaal niet te lezen.", "Kijk bij de plek die genoemd is en bied het bericht opnieuw aan."
    ),
    "too_large": Help("Het bericht is groter dan is toegestaan.", "Maak het kleiner, bijvoorbeeld met minder bijlagen."),
    "schema_violation": Help(
        "Het bericht voldoet niet aan de standaard.", "Verbeter wat genoemd is en bied het bericht opnieuw aan."
    ),
    "untrusted": Help(
        "Afzender of handtekening is niet die wij verwachten.",
        "Overleg eerst met de partner; doe tot dan niets met het bericht.",
    ),
    "no_route": Help("Dit soort berichten verwerken wij niet.", "Controleer of deze uitwisseling aan hoort te staan."),
    "refused": Help(
        "De partner heeft het bericht begrepen en geweigerd.",
        "Lees de reden van de partner, verbeter het bericht en stuur een nieuw bericht.",
    ),
    "out_of_scope": Help(
        "Deze sleutel of dit account mag niet namens die organisatie aanbieden.",
        "Gebruik een andere sleutel of een ander account, of laat de beheerder dit ruimer maken.",
    ),
    "proposal_gone": Help(
        "Over dit voorstel is al besloten, of het is intussen ingetrokken of veranderd.", "Kijk opnieuw hoe het ervoor staat."
    ),
    "needs_decision": Help(
        "Over dit bericht moet eerst een mens besluiten.", "Laat degene die erover gaat het hier in de console maken."
    ),
    "reference_clash": Help(
        "De partner kent dit nummer al, met een andere inhoud.", "Trek dit bericht in en stuur het als nieuw bericht."
    ),
    "in_doubt": Help(
        "Het is onbekend of de partner dit bericht heeft, en nog eens versturen is niet veilig.",
        "Vraag de partner eerst of het bericht binnen is. Is dat niet zo, verstuur het dan opnieuw.",
    ),
    "attempts_used_up": Help(
        "Alle pogingen zijn mislukt.", "Kijk naar de laatste reden, verhelp die en verstuur het bericht opnieuw."
    ),
    "deadline_passed": Help(
        "Het bericht kon niet op tijd worden bezorgd.", "Beslis of het nog zin heeft. Zo ja, verstuur het opnieuw."
    ),
    "worker_died": Help(
        "Het programma stopte een paar keer tijdens het versturen van dit bericht.",
        "Laat de beheerder in het logboek kijken voordat u het opnieuw verstuurt.",
    ),
    "connection_paused": Help("Deze verbinding staat op pauze.", "Kijk waarom, verhelp de oorzaak en hervat de verbinding."),
    "content_gone": Help(
        "De inhoud van dit bericht is vernietigd omdat de bewaartermijn om is.", "Maak zo nodig een nieuw bericht."
    ),
    "effect_failed": Help(
        "Wat bij dit bericht bijgehouden wordt, kon niet worden opgeslagen.",
        "Meld dit bij de beheerder, met het nummer van het bericht.",
    ),
    "no_progress": Help(
        "Een bericht kan weg, maar is al minuten niet geprobeerd.",
        "De beheerder kijkt of de verzender van deze verbinding en RabbitMQ werken. Wat is aangenomen, blijft bewaard.",
    ),
    "broker_away": Help(
        "RabbitMQ is niet bereikbaar of neemt niets aan, bijvoorbeeld door gebrek aan geheugen of schijfruimte.",
        "De beheerder kijkt naar RabbitMQ. Wat is aangenomen, blijft bewaard.",
    ),
    "role_fails": Help("Een onderdeel van de hub valt steeds uit.", "De beheerder kijkt in het logboek van dat proces."),
    "unexpected": Help("Er zit een fout in het programma zelf.", "Meld dit bij de beheerder, met het nummer van het bericht."),
}

#: Codes of connections and of tasks about them that are no errors.
CONNECTION_CODES: Mapping[str, Help] = {
    "by_person": Help("Iemand heeft deze verbinding op pauze gezet.", "Hervat de verbinding als het weer kan."),
    "certificate_ends": Help(
        "Het loopt bijna af; de opdracht hub check noemt het bestand en de dag.",
        "Vraag een nieuw certificaat aan en zet het op die plaats.",
    ),
    "certificate_ended": Help(
        "Een certificaat van deze verbinding is afgelopen; de opdracht hub check noemt het bestand.",
        "Zet een geldig certificaat op die plaats, of haal een oude vertrouwde uitgever weg, en start de hub opnieuw.",
    ),
    "held": Help("De hub is gestart zonder iets te versturen.", "Hervat de verbinding als alles in orde is."),
}

#: state of a connection -> (name, sentence, tone).
CONNECTION_STATES: Mapping[str, State] = {
    "open": State("Werkt", "Berichten worden verstuurd.", "good"),
    "paused": State("Op pauze", "Er wordt niets verstuurd; berichten wachten veilig.", "bad"),
    "broken": State("Niet bereikbaar", "Wordt vanzelf opnieuw geprobeerd {moment}; berichten wachten veilig.", "wait"),
    "off": State("Uitgeschakeld", "Staat uit in de instellingen; berichten wachten veilig.", "done"),
}

#: kind of task -> what has to be looked at.
_TASKS: dict[str, str] = {
    "parked": "Een bericht kon niet worden verstuurd",
    "overdue": "Er is nog geen antwoord van de partner",
    "unmatched": "Een ontvangen bericht hoort nog bij geen zaak",
    "connection": "Een verbinding staat op pauze",
    "contradiction": "De partner gaf twee antwoorden die elkaar tegenspreken",
    "rejected": "De partner heeft een bericht afgewezen",
    "refused_inbound": "Berichten van een partner werden geweigerd",
    "certificate": "Een certificaat moet worden vernieuwd",
    "duty": "Iets wat de hub op vaste tijden doet, lukt niet",
    "polling": "Ophalen bij een partner staat stil",
    "degraded": "Een onderdeel van de hub werkt niet goed",
    "other_party": "Een antwoord kwam van een ander dan aan wie het bericht was gestuurd",
    "effect_failed": "Wat bij een bericht bijgehouden wordt, kon niet worden opgeslagen",
}

#: event of the timeline -> sentence. ``{partner}`` and the entry's own details are filled in.
_EVENTS: dict[str, str] = {
    "accepted": "Aangenomen en veilig bewaard",
    "attempt_failed": "Poging {attempt} is niet gelukt",
    "lease_ended": "Poging {attempt} eindigde zonder bericht",
    "taken_over": "Afgeleverd bij {partner}",
    "delivered": "Afgeleverd bij {partner}",
    "parked": "Gestopt; vraagt aandacht",
    "resent": "Opnieuw aangeboden",
    "hurried": "Volgende poging naar voren gehaald",
    "cancelled": "Ingetrokken",
    "replaced": "Vervangen door een ander bericht",
    "superseded": "Achterhaald door nieuwere gegevens",
    "confirmed": "Bevestigd door {partner}",
    "rejected": "Afgewezen door {partner}",
    "answered_again": "{partner} gaf hetzelfde antwoord nog eens",
    "contradicted": "{partner} gaf een ander antwoord dan eerst",
    "late_outcome": "Een late uitkomst kwam binnen; die verandert niets",
    "answer_overdue": "Antwoord van {partner} is over tijd",
    "received": "Ontvangen van {partner}",
    "received_again": "Nog eens ontvangen van {partner}",
    "refused": "Geweigerd",
    "handled": "Verwerkt",
    "correlated": "Gekoppeld aan ons bericht",
    "unmatched": "Hoort nog bij geen eigen bericht",
    "content_destroyed": "Inhoud vernietigd: de bewaartermijn is om",
    "destroyed_on_request": "Inhoud vernietigd omdat daarom is gevraagd",
    "answer_not_counted": "Antwoord van een ander dan aan wie dit bericht was gestuurd; het telt niet",
    "effect_failed": "Wat bij dit bericht bijgehouden wordt, kon niet worden opgeslagen",
    "notified": "Melding van {partner}",
    "notification_moved": "Een melding is weer losgemaakt",
    "set_aside": "Apart gelegd",
}


def types() -> Mapping[str, str]:
    """Message type -> what people call such a message."""
    return _of_exchanges().types


def events() -> Mapping[str, str]:
    """Event of the timeline -> sentence."""
    return _of_exchanges().events


def tasks() -> Mapping[str, str]:
    """Kind of task -> what has to be looked at."""
    return _of_exchanges().tasks


def detail_of(event: str, detail: Mapping[str, object]) -> str:
    """What an exchange tells behind an entry of its own; empty when nothing."""
    tell = _of_exchanges().details.get(event)
    return tell(detail) if tell else ""


@cache
def _of_exchanges() -> Words:
    """The general words and those of every exchange together."""
    brought: list[Words] = [registry.load(one.words) for one in registry.exchanges().values() if one.words]
    return Words(
        types={name: text for words in brought for name, text in words.types.items()},
        events=_EVENTS | {name: text for words in brought for name, text in words.events.items()},
        tasks=_TASKS | {name: text for words in brought for name, text in words.tasks.items()},
        details={name: tell for words in brought for name, tell in words.details.items()},
        captions={name: caption for words in brought for name, caption in words.captions.items()},
    )


def captions() -> Mapping[str, tuple[str, str]]:
    """Event of an exchange -> English caption and tone, for terminals."""
    return _of_exchanges().captions


def help_for(code: str) -> Help | None:
    """What happened and what to do, None without a (known) code."""
    return CODES.get(code) or CONNECTION_CODES.get(code)


def state_of(status: str, reason: str) -> State:
    """The words of a state. Every status and reason is in the table, as a test proves; another is said to be unknown."""
    return STATES.get((status, reason if status == "waiting" else ""), UNKNOWN)


def connection_state_of(key: str) -> State:
    """The words of the state of a connection, as ``state_of``."""
    return CONNECTION_STATES.get(key, UNKNOWN)


def lower_first(text: str) -> str:
    """A sentence that continues another."""
    return text[:1].lower() + text[1:]


def actor(text: str, partner: str) -> str:
    """Who did something."""
    kind, _, name = text.partition(":")
    return {
        "system": "vanzelf",
        "partner": partner,
        "user": name,
        "os_user": f"{name} (opdrachtregel)",
        "api_key": f"systeem {name}",
    }.get(kind, text)


def role_names(roles: Iterable[str]) -> list[str]:
    """Roles as people call them."""
    return [name for role, name in known_roles().items() if role in roles]
