"""Raadsverzoeken: offering one, and seeing where it stands."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from hub.assembly import Hub
from hub.errors import Finding, SchemaViolation
from hub.intake.intake import AlreadyUsed, Taken
from hub.journal import reading
from hub.message import Caller
from hub.routes.raadsverzoek import REQUESTS
from hub.routes.raadsverzoek.setup import DOCUMENT
from hub.web.api.attached import DOCUMENT_PART, NotJoined, join
from hub.web.api.callers import needs
from hub.web.api.models import Aangenomen, BerichtMetVerloop, VerzoekMetBestanden, Waarschuwing
from hub.web.api.problems import InvalidParam, problem, responses
from hub.web.api.sentences import plain_sentence
from hub.web.auth import Right
from hub.web.bodies import Body, Patience, drain, read_body

ROUTE = "raadsverzoek"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_DOCUMENT = DOCUMENT
_REQUEST_BODY = {
    "required": True,
    "content": {
        _JSON: {"schema": {"$ref": f"#/components/schemas/{_DOCUMENT.model.__name__}"}},
        _MULTIPART: {
            "schema": VerzoekMetBestanden.model_json_schema(),
            "encoding": {DOCUMENT_PART: {"contentType": _JSON}},
        },
    },
}


def router(hub: Hub, patience: Patience) -> APIRouter:
    """The routes of this resource."""
    router = APIRouter(prefix="/raadsverzoeken", tags=["raadsverzoek"])
    secretary = Depends(needs(hub, REQUESTS))
    reader = Depends(needs(hub, REQUESTS, Right.SEE_ALL))

    @router.post(
        "",
        summary="Biedt een verzoek tot onderzoek aan",
        operation_id="biedRaadsverzoekAan",
        status_code=201,
        response_model=Aangenomen,
        responses=responses(400, 401, 403, 404, 408, 409, 413, 415, 500, 503),
        openapi_extra={"requestBody": _REQUEST_BODY},
    )
    async def offer(
        request: Request,
        caller: Caller = secretary,
        idempotency_key: Annotated[
            str | None,
            Header(description="Zelf gekozen, zonder persoonsgegevens: dezelfde sleutel geeft hetzelfde antwoord."),
        ] = None,
    ) -> Response:
        """Is het antwoord 201, dan is het verzoek veilig bewaard en zorgt de hub voor de bezorging."""
        if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
            await drain(request)
            return problem(400, "Een Idempotency-Key heeft 1 tot 200 leesbare tekens zonder spaties.")
        kind = request.headers.get("content-type", "")
        media_type = kind.partition(";")[0].strip().lower()
        if media_type not in (_JSON, _MULTIPART):
            await drain(request)
            return problem(415, f"Stuur het verzoek als {_JSON} of als {_MULTIPART}.")
        body = await read_body(request, hub.budget, hub.config.web.max_request_bytes, patience)
        if media_type == _MULTIPART:
            return await run_in_threadpool(_accept_with_files, hub, body, kind, caller, idempotency_key)
        return await run_in_threadpool(_accept, hub, body, caller, idempotency_key)

    @router.get(
        "/{id}",
        summary="Geeft de stand van een verzoek",
        operation_id="geefRaadsverzoek",
        response_model=BerichtMetVerloop,
        responses=responses(400, 401, 403, 404, 500, 503),
    )
    def show(id: str, caller: Caller = reader) -> Any:
        """Hoe het ervoor staat en hoe het zo gekomen is, zonder de inhoud."""
        message_id = reading.parse_id(id)
        view = reading.show(hub.journal, message_id) if message_id else None
        if view is None or view.route != ROUTE or view.direction != "out":
            raise HTTPException(404, "Er is geen raadsverzoek met dit nummer.")
        return BerichtMetVerloop.of(view, plain_sentence(hub, view))

    return router


def _accept_with_files(hub: Hub, body: Body, kind: str, caller: Caller, key: str | None) -> Response:
    try:
        body.data = join(body.data, kind, hub.config.web.max_request_bytes)
    except NotJoined as error:
        body.release()
        return _refused(error.found)
    except BaseException:
        body.release()
        raise
    return _accept(hub, body, caller, key)


def _accept(hub: Hub, body: Body, caller: Caller, key: str | None) -> Response:
    document = body.data
    body.release()  # the intake takes the same share again at once
    try:
        taken = hub.intake.accept(ROUTE, document, caller, idempotency_key=key)
    except SchemaViolation as error:
        with hub.budget.take(len(document)):
            return _refusal(document, error)
    except AlreadyUsed as error:
        if error.kind != "kenmerk":
            raise
        return _kenmerk_used(hub, document, error)
    return _acceptance(hub, document, taken)


def _refusal(document: bytes, error: SchemaViolation) -> Response:
    given = json.loads(document)
    found = [
        InvalidParam(name=one.field, code=one.rule, reason=_DOCUMENT.sentence(one, given))
        for one in error.findings
        if one.severity == "error"
    ]
    return _refused(found)


def _kenmerk_used(hub: Hub, document: bytes, error: AlreadyUsed) -> Response:
    used = _DOCUMENT.number_taken(hub.routes[ROUTE].kenmerk_of(document) or "")
    found = InvalidParam(name=used.field, code=used.rule, reason=used.message)
    return problem(409, f"Dit zaaknummer is al in gebruik bij bericht {error.message_id}.", invalid=[found])


def _refused(found: list[InvalidParam]) -> Response:
    many = "één fout" if len(found) == 1 else f"{len(found)} fouten"
    return problem(400, f"Het verzoek bevat {many} en is niet aangenomen.", invalid=found)


def _acceptance(hub: Hub, document: bytes, taken: Taken) -> Response:
    view = reading.show(hub.journal, taken.message_id)
    earlier = _DOCUMENT.earlier(hub.journal, hub.keyring, taken.message_id, document, room=hub.budget.take)
    answer = Aangenomen(
        id=str(taken.message_id),
        referentienummer=taken.reference,
        kenmerk=taken.kenmerk,
        status=view.status if view else "waiting",
        waarschuwingen=_warnings(document, (*taken.warnings, *earlier)),
    )
    headers = {"Location": f"/v1/raadsverzoeken/{taken.message_id}"}
    if taken.again:
        headers["Idempotency-Replayed"] = "true"
    return JSONResponse(answer.model_dump(), 201, headers)


def _warnings(document: bytes, findings: tuple[Finding, ...]) -> list[Waarschuwing]:
    if not findings:
        return []
    given = json.loads(document)
    return [Waarschuwing.of(one, _DOCUMENT.sentence(one, given)) for one in findings]
