"""The dossier of one request: what the Raad has told about each child, in sentences, and whether anything is still expected.

Delivery ends with the Raad's confirmation, but the request stays *lopend* until every child has had "Zaak afgerond", a
rejection or "Geen rekest", or a person closes it (domain page, section 6). Which child a notification is about was decided when
it came in (``effects``); here it is only put in words.

The sentences hold names. Only who may see the content passes a keyring; without one the same is told as far as it is safe.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from hub.adapters.corv import notificatie
from hub.crypto.keyring import Keyring
from hub.journal import reading
from hub.journal.contents import open_content
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.message import MessageId, Status
from hub.routes.raadsverzoek import answers, children, sentences
from hub.routes.raadsverzoek.cases import CaseState, Notification, notification, notifications_of, states_of
from hub.routes.raadsverzoek.document import Verzoek
from hub.routes.raadsverzoek.reading import read as read_document
from hub.schemas import parsing
from hub.standards.stuf import read_fout

_WHICH = "Het is niet duidelijk bij welk kind van dit verzoek dit bericht hoort. Kies het kind."
_ENDED = frozenset({Status.REJECTED, Status.CANCELLED, Status.REPLACED, Status.SUPERSEDED})
_ANY_SIZE = 1 << 40  # what is stored passed its limits when it came in


@dataclass(frozen=True, slots=True)
class Melding:
    """One notification as people read it.

    Attributes:
        message_id: Of the incoming message.
        title: Status and result, safe to show to anybody.
        sentences: In reading order; names in them. Empty for who may not see the content, or when it has been destroyed.
        question: What a person is asked about it, or empty.
        child: The volgnummer of the child it is about; None when that is not clear.
        perhaps: The volgnummer of the unborn child that it may be about.
        confirmed: A person said which child it is.
        closes: Nothing more is expected about this child.
    """

    message_id: MessageId
    received_at: dt.datetime
    title: str
    sentences: tuple[str, ...] = ()
    question: str = ""
    child: int | None = None
    perhaps: int | None = None
    confirmed: bool = False
    closes: bool = False
    ambtshalve: bool = False


@dataclass(frozen=True, slots=True)
class KindDossier:
    """One child of the request: its notifications, oldest first, and all their sentences."""

    number: int
    name: str
    unborn: bool
    meldingen: tuple[Melding, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether nothing more is expected about this child."""
        return any(melding.closes for melding in self.meldingen)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything that was told about this child, oldest first."""
        told = tuple(sentence for melding in self.meldingen for sentence in melding.sentences)
        return told or (sentences.not_heard_of(self.name),)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A request and what came back about it.

    Attributes:
        request: Sentences about the request as a whole: accepted, or rejected and why.
        children: In the order of the request; empty for who may not see the content, or when it has been destroyed.
        unclear: Notifications of this request that are not known to be about one of its children.
        closed_by_hand: A person closed it.
        content_gone: The content has been destroyed.
    """

    message_id: MessageId
    kenmerk: str
    status: str
    request: tuple[str, ...] = ()
    children: tuple[KindDossier, ...] = ()
    unclear: tuple[Melding, ...] = field(default=())
    closed_by_hand: bool = False
    content_gone: bool = False

    @property
    def running(self) -> bool:
        """Whether the request is still *lopend*."""
        if self.closed_by_hand or self.status in _ENDED:
            return False
        return not self.children or not all(child.closed for child in self.children)


class _Opener:
    """Opens contents of messages; without a keyring, or after destruction, there is nothing to open."""

    def __init__(self, journal: Database, keyring: Keyring | None) -> None:
        self._journal = journal
        self._keyring = keyring
        self.gone = False

    def open(self, message_id: MessageId, kind: str) -> bytes | None:
        if self._keyring is None:
            return None
        body = open_content(self._journal, self._keyring, message_id, kind)
        self.gone = self.gone or (body is None and kind == "document")
        return body


def dossier(
    journal: Database, keyring: Keyring | None, message_id: MessageId, *, institutions: Mapping[str, str] | None = None
) -> Dossier | None:
    """The dossier of a request, or None when there is no such outgoing message.

    Args:
        keyring: None for who may not see the content. Looking is the caller's to record.
        institutions: Names by code, see ``reference_lists``.
    """
    view = reading.show(journal, message_id)
    if view is None or view.direction != "out":
        return None
    opener = _Opener(journal, keyring)
    body = opener.open(message_id, "document")
    verzoek = None if body is None else read_document(body, _ANY_SIZE).document
    incoming = [one for one in reading.answers_to(journal, message_id) if one.direction == "in"]
    views = [found for one in incoming if (found := reading.show(journal, one.id)) is not None]
    placed = notifications_of(journal, [message_id])[message_id]
    told = [one for one in views if one.type == notificatie.TYPE]
    meldingen = _meldingen(told, placed, verzoek, opener, institutions or {})
    return Dossier(
        message_id=message_id,
        kenmerk=view.kenmerk,
        status=view.status,
        request=_request(view, views, opener),
        children=() if verzoek is None else _children(verzoek, meldingen),
        unclear=tuple(melding for melding in meldingen if melding.child is None or verzoek is None),
        closed_by_hand=states_of(journal, [message_id]).get(message_id, CaseState()).closed_at is not None,
        content_gone=opener.gone,
    )


def why_rejected(journal: Database, keyring: Keyring, message_id: MessageId) -> str:
    """Why a request was rejected and which field to mend; empty when it was not, or when the answer has been destroyed.

    The request itself is not opened for this. Looking is the caller's to record.
    """
    view = reading.show(journal, message_id)
    if view is None or view.status != Status.REJECTED:
        return ""
    told = _request(view, reading.answers_to(journal, message_id), _Opener(journal, keyring))
    return told[0] if told else ""


def incoming(
    journal: Database, keyring: Keyring | None, message_id: MessageId, *, institutions: Mapping[str, str] | None = None
) -> Melding | None:
    """One notification by itself, for the list of those that belong to no request yet; None when it is no notification.

    Args:
        keyring, institutions: As for ``dossier``.
    """
    view = reading.show(journal, message_id)
    if view is None or view.direction != "in" or view.type != notificatie.TYPE:
        return None
    told = _told(view, _Opener(journal, keyring))
    place = notification(journal, message_id)
    return _melding(view, place, told, institutions or {}, names={}, matched=view.cause is not None)


def _told(view: MessageView, opener: _Opener) -> notificatie.Notificatie | None:
    body = opener.open(view.id, "message")
    return None if body is None else notificatie.read(_parse(body))


def _parse(body: bytes) -> etree._Element:
    return parsing.parse(body, limits=parsing.Limits(max_bytes=max(len(body), 1)))


def _meldingen(
    views: Sequence[MessageView],
    placed: Sequence[Notification],
    verzoek: Verzoek | None,
    opener: _Opener,
    institutions: Mapping[str, str],
) -> list[Melding]:
    """Each notification at the child it was put to when it came in, or as a person said since."""
    names = {} if verzoek is None else children.names_of(verzoek)
    places = {one.message_id: one for one in placed}
    return [_melding(view, places.get(view.id), _told(view, opener), institutions, names=names) for view in views]


def _melding(
    view: MessageView,
    place: Notification | None,
    told: notificatie.Notificatie | None,
    institutions: Mapping[str, str],
    *,
    names: Mapping[int, str],
    matched: bool = True,
) -> Melding:
    child = None if place is None or (names and place.child not in names) else place.child
    perhaps = None if place is None or child is not None else place.perhaps
    shown = answers.notification(told, institutions, child=names.get(child, "") if child else "") if told else None
    question = "" if child is not None or not names else sentences.perhaps_the_unborn(perhaps) if perhaps else _WHICH
    return Melding(
        message_id=view.id,
        received_at=view.accepted_at,
        title=view.title,
        sentences=tuple(shown.sentences(matched=matched)) if shown else (),
        question=question,
        child=child,
        perhaps=perhaps,
        confirmed=place is not None and place.confirmed,
        closes=place is not None and place.closes,
        ambtshalve=place is not None and place.ex_officio,
    )


def _children(verzoek: Verzoek, meldingen: Sequence[Melding]) -> tuple[KindDossier, ...]:
    names = children.names_of(verzoek)
    found = []
    for index, child in enumerate(verzoek.kinderen):
        number = verzoek.number_of(index)
        own = tuple(melding for melding in meldingen if melding.child == number)
        found.append(KindDossier(number, names[number], child.ongeboren, own))
    return tuple(found)


def _request(view: MessageView, answers: Sequence[MessageView], opener: _Opener) -> tuple[str, ...]:
    if view.status == Status.COMPLETED:
        return (sentences.accepted(),)
    rejections = [one for one in answers if one.type == "Fo01Bericht"]
    if view.status != Status.REJECTED or not rejections:
        return ()
    body = opener.open(rejections[-1].id, "message")
    if body is None:
        return ()
    fout = read_fout(_parse(body))
    return (sentences.rejected(fout.omschrijving, fout.plek, fout.details),)
