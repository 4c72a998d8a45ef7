"""Documents of any exchange over the API: offering one, and seeing where its message stands. Content goes in, never out."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from hub import configured
from hub.assembly import Hub
from hub.contracts.exchange import Document
from hub.contracts.resource import DocumentResource, FileParts
from hub.errors import Finding, SchemaViolation
from hub.intake.intake import AlreadyUsed, Proposed, Taken
from hub.intake.proposals import ProposalView
from hub.journal import reading
from hub.journal.reading import Filter, MessageView
from hub.message import Caller, Direction
from hub.web.api import listing
from hub.web.api.attached import NotJoined, join
from hub.web.api.callers import needs
from hub.web.api.models import Aangenomen, Berichten, BerichtMetVerloop, Voorgesteld, Waarschuwing
from hub.web.api.problems import InvalidParam, problem, responses
from hub.web.bodies import Body, Patience, drain, read_body

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_KEY_HEADER = Header(description="Zelf gekozen, zonder persoonsgegevens: dezelfde sleutel geeft hetzelfde antwoord.")
_JSON = "application/json"
_MULTIPART = "multipart/form-data"


def document_router(hub: Hub, patience: Patience, resource: DocumentResource) -> APIRouter:
    """The operations of a resource.

    Raises:
        KeyError: There is no route with the name of its first route.
    """
    router = APIRouter(prefix=resource.path, tags=[resource.tag])
    offers = _Offers(hub, resource)
    _add_offer(router, offers, patience)
    if resource.many is not None:
        _add_list(router, hub, resource)
    _add_show(router, offers)
    return router


def _add_offer(router: APIRouter, offers: _Offers, patience: Patience) -> None:
    hub, resource = offers.hub, offers.resource
    offering = Depends(needs(hub, resource.offering))
    known = [_JSON] if resource.files is None else [_JSON, _MULTIPART]
    expected = f"Stuur {resource.noun} {' of '.join(f'als {one}' for one in known)}."

    @router.post(
        "",
        summary=resource.offer.summary,
        description=resource.offer.description,
        operation_id=resource.offer.id,
        status_code=202 if offers.proposed else 201,
        response_model=Voorgesteld if offers.proposed else Aangenomen,
        responses=responses(400, 401, 403, 404, 408, 409, 413, 415, 500, 503),
        openapi_extra={"requestBody": _request_body(offers.document, resource.files)},
    )
    async def offer(
        request: Request,
        caller: Caller = offering,
        idempotency_key: Annotated[str | None, _KEY_HEADER] = None,
    ) -> Response:
        if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
            await drain(request)
            return problem(400, "Een Idempotency-Key heeft 1 tot 200 leesbare tekens zonder spaties.")
        kind = request.headers.get("content-type", "")
        media_type = kind.partition(";")[0].strip().lower()
        if media_type not in known:
            await drain(request)
            return problem(415, expected)
        body = await read_body(request, hub.budget, hub.config.web.max_request_bytes, patience)
        if media_type == _MULTIPART:
            return await run_in_threadpool(offers.accept_with_files, body, kind, caller, idempotency_key)
        return await run_in_threadpool(offers.accept, body, caller, idempotency_key)


def _add_show(router: APIRouter, offers: _Offers) -> None:
    hub, resource = offers.hub, offers.resource
    reader = Depends(needs(hub, *resource.reading))

    @router.get(
        "/{id}",
        summary=resource.show.summary,
        description=resource.show.description,
        operation_id=resource.show.id,
        response_model=BerichtMetVerloop | Voorgesteld if offers.proposed else BerichtMetVerloop,
        responses=responses(400, 401, 403, 404, 500, 503),
    )
    def show(id: str, caller: Caller = reader) -> Any:
        view = listing.find(hub, id, caller) or (listing.find_proposed(hub, id, caller) if offers.proposed else None)
        if isinstance(view, ProposalView) and view.route in resource.routes:
            return Voorgesteld(id=str(view.id), besluit=view.assignee)
        if not isinstance(view, MessageView) or view.route not in resource.routes or view.direction != Direction.OUT:
            raise HTTPException(404, resource.absent)
        return listing.with_timeline(hub, view)


def _add_list(router: APIRouter, hub: Hub, resource: DocumentResource) -> None:
    assert resource.many is not None
    reader = Depends(needs(hub, *resource.reading))

    @router.get(
        "",
        summary=resource.many.summary,
        description=resource.many.description,
        operation_id=resource.many.id,
        response_model=Berichten,
        responses=responses(400, 401, 403, 500, 503),
    )
    def many(
        caller: Caller = reader,
        status: listing.Word = None,
        voor: listing.Before = None,
        aantal: listing.Count = 50,
    ) -> Any:
        wanted = Filter(status, direction=Direction.OUT, routes=resource.routes)
        return listing.page(hub, wanted, voor, aantal, caller)


def _request_body(document: Document, files: FileParts | None) -> dict[str, Any]:
    content: dict[str, Any] = {_JSON: {"schema": {"$ref": f"#/components/schemas/{document.model.__name__}"}}}
    if files is not None:
        content[_MULTIPART] = {"schema": _form(files), "encoding": {files.part: {"contentType": _JSON}}}
    return {"required": True, "content": content}


def _form(files: FileParts) -> dict[str, Any]:
    """The JSON schema of a document with its files as parts of one request."""
    document = {
        "additionalProperties": True,
        "description": files.document,
        "title": files.part.capitalize(),
        "type": "object",
    }
    return {
        "additionalProperties": {"contentMediaType": "application/octet-stream"},
        "description": files.summary,
        "properties": {files.part: document},
        "required": [files.part],
        "title": files.schema,
        "type": "object",
    }


class _Offers:
    """Takes the documents of one resource in, and says what became of them. Any thread."""

    def __init__(self, hub: Hub, resource: DocumentResource) -> None:
        self.hub = hub
        self.resource = resource
        self.document = configured.document_of(resource.routes[0])
        #: A person decides about each: what is offered is a proposal.
        self.proposed = self.document.assignee is not None

    def accept_with_files(self, body: Body, kind: str, caller: Caller, key: str | None) -> Response:
        """Take a document whose files came as parts of the same request."""
        assert self.resource.files is not None
        try:
            body.data = join(body.data, kind, self.hub.config.web.max_request_bytes, self.resource.files)
        except NotJoined as error:
            body.release()
            return self._refused(error.found)
        except BaseException:
            body.release()
            raise
        return self.accept(body, caller, key)

    def accept(self, body: Body, caller: Caller, key: str | None) -> Response:
        """Take a document."""
        document = body.data
        body.release()  # the intake takes the same share again at once
        try:
            taken = self.hub.intake.offer(self.resource.routes[0], document, caller, idempotency_key=key)
        except SchemaViolation as error:
            with self.hub.budget.take(len(document)):
                return self._refusal(document, error)
        except AlreadyUsed as error:
            used = self.document.clash(error.kind, error.value)
            if used is None:
                raise
            return self._number_used(used, error)
        return self._proposal(taken) if isinstance(taken, Proposed) else self._acceptance(document, taken)

    def _proposal(self, proposed: Proposed) -> Response:
        """A person decides: a system only proposes."""
        waiting = self.hub.intake.proposals.find(proposed.proposal_id)
        answer = Voorgesteld(id=str(proposed.proposal_id), besluit=waiting.assignee if waiting else "")
        headers = {"Location": f"/v1{self.resource.path}/{proposed.proposal_id}"}
        if proposed.again:
            headers["Idempotency-Replayed"] = "true"
        return JSONResponse(answer.model_dump(), 202, headers)

    def _refusal(self, document: bytes, error: SchemaViolation) -> Response:
        given = json.loads(document)
        found = [
            InvalidParam(name=one.field, code=one.rule, reason=self.document.sentence(one, given))
            for one in error.findings
            if one.severity == "error"
        ]
        return self._refused(found)

    def _number_used(self, used: Finding, error: AlreadyUsed) -> Response:
        found = InvalidParam(name=used.field, code=used.rule, reason=used.message)
        text = f"Dit {self.resource.number} is al in gebruik bij bericht {error.message_id}."
        return problem(409, text, invalid=[found])

    def _refused(self, found: list[InvalidParam]) -> Response:
        count = "één fout" if len(found) == 1 else f"{len(found)} fouten"
        noun = self.resource.noun[0].upper() + self.resource.noun[1:]
        return problem(400, f"{noun} bevat {count} en is niet aangenomen.", invalid=found)

    def _acceptance(self, document: bytes, taken: Taken) -> Response:
        hub, message_id = self.hub, taken.message_id
        view = reading.show(hub.journal, message_id)
        earlier = self.document.earlier(hub.journal, hub.keyring, message_id, document)
        answer = Aangenomen(
            id=str(message_id),
            referentienummer=taken.reference,
            kenmerk=taken.kenmerk,
            status=view.status if view else "waiting",
            waarschuwingen=self._warnings(document, (*taken.warnings, *earlier)),
        )
        headers = {"Location": f"/v1{self.resource.path}/{message_id}"}
        if taken.again:
            headers["Idempotency-Replayed"] = "true"
        return JSONResponse(answer.model_dump(), 201, headers)

    def _warnings(self, document: bytes, findings: tuple[Finding, ...]) -> list[Waarschuwing]:
        if not findings:
            return []
        given = json.loads(document)
        return [Waarschuwing.of(one, self.document.sentence(one, given)) for one in findings]
