"""How a document of an exchange is offered and followed over the HTTP API: plain facts, from which the API makes the rest.

``hub.web.api.documents.document_router`` turns a ``DocumentResource`` into operations. The document itself, its sentences and
its warnings are those of the route's ``hub.contracts.exchange.Document``. Words are Dutch: the API's callers read them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as the API's description tells it (ADR 2.1, /core/doc-openapi)."""

    id: str  # operationId
    summary: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileParts:
    """How the files of a document come as parts of the same ``multipart/form-data`` request.

    Attributes:
        part: Name of the part that is the document; every other part is a file.
        items: Key of the document's list of items with a file.
        reference: Key of an item that names the part with its file.
        content: Key in which an item of the JSON form carries the file as base64.
        file_name: Key that gets the file name of the part where the item has none.
        schema: Name of the form in the API's description.
        summary: What the form is, a sentence.
        document: What the part ``part`` holds, a sentence or two.
    """

    part: str
    items: str
    reference: str
    content: str
    file_name: str
    schema: str
    summary: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentResource:
    """A document that systems may offer over the API, and whose message they may follow.

    Attributes:
        path: Of the resource, a plural: ``/requests``.
        tag: In the API's description; the exchange's name.
        routes: Documents go to the first; messages of all of them are shown here, and no others.
        offering: The right to offer one.
        reading: The rights of which one is needed to see where one stands. None of them shows messages of another exchange.
        noun: The document with its article, in the middle of a sentence: ``het verzoek``.
        absent: Sentence for a number that none of these messages has.
        number: What a case number is called, without article.
        offer: ``POST path``.
        show: ``GET path/{id}``.
        many: ``GET path``, newest first; None when this resource has no list.
        files: How files come along; None when documents come as JSON only.
    """

    path: str
    tag: str
    routes: tuple[str, ...]
    offering: str
    reading: tuple[str, ...]
    noun: str
    absent: str
    offer: Operation
    show: Operation
    many: Operation | None = None
    number: str = "zaaknummer"
    files: FileParts | None = None
