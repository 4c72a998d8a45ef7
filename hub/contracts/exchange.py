"""The manifest of a business exchange: plain facts, and the names of what is loaded when it is needed.

An exchange is a folder ``hub/routes/<name>`` whose ``__init__`` holds ``EXCHANGE``, or an installed package that names one
under the entry point ``ketenhub.exchanges``. Nobody lists it. A name is ``"module:attribute"``; ``hub.registry.load`` follows
it. The manifest itself imports nothing but this module, so that ``hub -h`` may read all of them.

Beside what it names, an exchange is found by its folders: ``templates`` (``<exchange>/...`` in the console) and ``static``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.errors import Finding

if TYPE_CHECKING:
    from hub.contracts.fileformat import FileFormat, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntry:
    """A route of an exchange.

    Attributes:
        name: As ``routes.<name>`` of the configuration has it.
        make: Names ``(RouteMaking) -> Route``.
        connection: The connection it leaves by when the configuration names none.
        document: Names the ``Document`` that comes in for it.
    """

    name: str
    make: str
    connection: str
    document: str


class RouteMaking(NamedTuple):
    """What a route is made from.

    Attributes:
        connection: Name of the connection it leaves by.
        partner: The adapter's settings of that connection.
        settings: Reads ``routes.<name>.settings``: given a model and defaults that the settings may override.
    """

    connection: str
    partner: Any
    settings: Callable[[type[Any], Mapping[str, Any]], Any]


class EffectsMaking(NamedTuple):
    """What effects are made from. Made with the journal, so that what is not always there is asked for when it is needed.

    Attributes:
        routes: Gives the routes that can be used, by name. In effects only, not while they are made.
        keyring: Gives the keys, as ``hub.crypto.keyring.Keyring``. The same.
    """

    routes: Callable[[], Mapping[str, Any]]
    keyring: Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What comes in for a route, for the doors that show it.

    Attributes:
        model: Its shape, a pydantic model.
        sentence: A finding's sentence for its author's eyes, given the document.
        clash: The finding that a kind and value of ``Built.unique`` are in use by another message; None where the exchange has
            no words of its own for it.
        earlier: ``(journal, keyring, message_id, document)``: warnings that only the journal knows, for a document
            that was just accepted.
        formats: Of files that hold many of it.
        compare: ``(journal, keyring, items)``: the items of a file again, where what was sent before says so as ``Unchanged``
            or ``Faulty``. It is read as the items are: a group may not be accepted yet when the next is compared.
        assignee: Whom a document names to decide about it, an account, where a person has to (``Policy.needs_decision``): then
            systems may propose it. None: documents do not say, so no system may.
    """

    model: type[Any]
    sentence: Callable[[Finding, Mapping[str, object]], str]
    clash: Callable[[str, str], Finding | None]
    earlier: Callable[..., list[Finding]]
    formats: tuple[FileFormat, ...] = ()
    compare: Callable[..., Iterator[Item]] | None = None
    assignee: Callable[[Mapping[str, Any]], str] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the left of the console, for who has the right; a count stands beside it while something waits there."""

    path: str
    name: str
    right: str


class Urgency(IntEnum):
    """How soon somebody has to look: lists of tasks have the lowest first. A task past its due moment is urgent by itself."""

    URGENT = 0
    NORMAL = 1
    LATER = 2


class TaskText(NamedTuple):
    """How a task is told.

    Attributes:
        reference: What it is about, in a few words: a case number, a partner. It is the text of the link.
        sentence: What is the matter and what to do, without personal data.
        path: Where somebody does it, never empty.
        closing: Reasons, by a name of their own, with which a person may close it by hand: for what nothing closes by itself.
            Chosen and never typed, so that they hold no personal data. Empty: doing what it asks closes it.
        scope: On whose behalf, as ``Route.scope_of``: an account that is limited to others neither sees nor closes it.
        personal: It is its assignee's alone, whoever else has the right.
    """

    reference: str
    sentence: str
    path: str
    urgency: Urgency = Urgency.NORMAL
    closing: Mapping[str, str] = {}
    scope: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command that an exchange brings: ``hub <name>``. ``target`` names a function or a typer application."""

    name: str
    target: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people call the things of an exchange; the console shows these, never the names in code.

    Attributes:
        types: Message type -> what people call such a message.
        events: Event of the timeline -> sentence; ``{partner}`` and the entry's details are filled in.
        tasks: Kind of task -> what has to be looked at.
        details: Event -> what stands behind its sentence, given the entry's details; an empty text is nothing.
        captions: Event -> an English caption and a tone (good, bad, wait, plain), for terminals.
    """

    types: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)
    captions: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One business exchange with one partner, whole.

    Attributes:
        name: As its folder.
        partner: Name of its partner.
        title: In the words of its users.
        routes: Its outgoing routes.
        inbound: Names of its inbound routes, as its endpoint or source puts them in ``Incoming.route``.
        tables: Names its ``hub.journal.opening.ExchangeTables``.
        effects: Names ``(EffectsMaking) -> hub.journal.effects.Effects``, for its routes of both directions.
        duties: Names its ``Sequence[Duty[DutyParts]]``: what it does by the clock, see ``hub.contracts.duty``.
        roles: Role -> what pages call it; two exchanges may share a role.
        rights: Right, ``<exchange>.<what>`` -> the roles that have it.
        places: On the left of the console, in this order.
        limits: Its pages show an account that is limited to organisations theirs only. Without it such an account does not see
            the pages, places and tasks of this exchange at all; over the API it has its rights all the same.
        search: Path of its own search, for who has the right of its first place; empty when it has none.
        search_label: What that search is by, as its label says it: "Zoek op ...".
        pages: Names ``(Site) -> APIRouter``.
        counts: Names ``(Hub, Visitor) -> Mapping[path, number]``: how much waits at its places.
        tasks: Names ``(Hub, Sequence[OpenTask]) -> Sequence[TaskText | None]``: its tasks in words, for who has the right that
            a task names, else that of its first place; None for one that nobody has to see any more. A task is an exchange's
            by its place, its kind (``<exchange>.<kind>``), its route, or the connection that its message came by; what is for
            the operator is not. Without it they are told in general words.
        api: Names ``(Hub, Patience) -> APIRouter``; its tag is the exchange's name.
        words: Names the ``Words``.
        commands: Of the command line.
        checks: Names ``(RouteChecked) -> Iterable[Check]``: what ``hub check`` looks at beside the general things.
        demo: Names the ``Demonstration``, see ``hub.contracts.demonstration``.
        subject_report: Names ``(SubjectAsked) -> Iterable[Kept]``: what its own tables hold about a person, see
            ``hub.contracts.subject``.
        own_words: Words beside its names, roles, types and events that stand in its folder only; a test looks for them
            elsewhere.
    """

    name: str
    partner: str
    title: str
    routes: tuple[RouteEntry, ...] = ()
    inbound: tuple[str, ...] = ()
    tables: str = ""
    effects: str = ""
    duties: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    rights: Mapping[str, frozenset[str]] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    limits: bool = False
    search: str = ""
    search_label: str = ""
    pages: str = ""
    counts: str = ""
    tasks: str = ""
    api: str = ""
    words: str = ""
    commands: tuple[Command, ...] = ()
    checks: str = ""
    demo: str = ""
    subject_report: str = ""
    own_words: tuple[str, ...] = ()
