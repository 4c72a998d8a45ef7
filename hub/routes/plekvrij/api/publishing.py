"""Publishing over the API: one offer, many, or a file of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from hub.assembly import Hub
from hub.contracts.fileformat import Item, Part
from hub.contracts.resource import DocumentResource, Operation
from hub.errors import DecodeFailure, SchemaViolation
from hub.message import Caller
from hub.routes.plekvrij import PUBLISH
from hub.routes.plekvrij.answers import Reeks, Regel
from hub.routes.plekvrij.formats import PlekkenFile, part_key
from hub.routes.plekvrij.route import PLEKKEN
from hub.web.api.callers import needs
from hub.web.api.documents import document_router
from hub.web.api.problems import InvalidParam, problem, responses
from hub.web.auth import Right
from hub.web.bodies import Patience, drain, read_body

#: Offers in one request; larger ones are files.
MAX_BATCH = 1_000
_MAX_BATCH_BYTES = 4_000_000
_JSON, _CSV = "application/json", "text/csv"

RESOURCE = DocumentResource(
    path="/plekopgaven",
    tag="plekvrij",
    routes=(PLEKKEN,),
    offering=PUBLISH,
    reading=(PUBLISH, Right.SEE_ALL),
    noun="de opgave",
    absent="Er is geen opgave met dit nummer.",
    offer=Operation(
        "biedPlekopgaveAan",
        "Publiceert hoeveel plekken er vrij zijn",
        "Is het antwoord 201, dan is de opgave bewaard en staat zij op het bord. Ongewijzigd opnieuw aanbieden met een nieuw "
        "`peilmoment` bevestigt dat zij nog klopt. Een opgave met een ouder `peilmoment` dan wat er al stond, wordt bewaard en "
        "niet getoond; dat staat bij de waarschuwingen.",
    ),
    show=Operation("geefPlekopgave", "Geeft de stand van een opgave", "Hoe het met het bericht staat, zonder de inhoud."),
)


def router(hub: Hub, patience: Patience) -> APIRouter:
    """The operations."""
    whole = APIRouter()
    many = APIRouter(prefix="/plekopgaven", tags=[RESOURCE.tag])
    _add_batch(many, hub, patience)
    _add_file(many, hub, patience)
    whole.include_router(many)
    whole.include_router(document_router(hub, patience, RESOURCE))
    return whole


def _add_batch(router: APIRouter, hub: Hub, patience: Patience) -> None:
    schema = {"type": "array", "maxItems": MAX_BATCH, "items": {"$ref": "#/components/schemas/Plekopgave"}}

    @router.post(
        "/reeksen",
        summary="Publiceert veel opgaven tegelijk",
        description=f"Hooguit {MAX_BATCH} opgaven; het antwoord zegt per opgave wat ervan werd. Eén foute opgave houdt de "
        "andere niet tegen. Dezelfde opgave nog een keer aanbieden verandert niets.",
        operation_id="biedPlekopgavenAan",
        response_model=Reeks,
        responses=responses(400, 401, 403, 404, 408, 413, 415, 500, 503),
        openapi_extra={"requestBody": {"required": True, "content": {_JSON: {"schema": schema}}}},
    )
    async def batch(request: Request, caller: Caller = Depends(needs(hub, PUBLISH))) -> Response:  # noqa: B008
        return await _take(request, hub, patience, caller, _JSON, _MAX_BATCH_BYTES, _parts)


def _add_file(router: APIRouter, hub: Hub, patience: Patience) -> None:
    @router.post(
        "/bestanden",
        summary="Publiceert de rijen van een CSV-bestand",
        description="Met kopregel; puntkomma of komma. Het antwoord zegt per regel wat ervan werd, met de kolom van een fout.",
        operation_id="biedPlekbestandAan",
        response_model=Reeks,
        responses=responses(400, 401, 403, 404, 408, 413, 415, 500, 503),
        openapi_extra={"requestBody": {"required": True, "content": {_CSV: {"schema": {"type": "string"}}}}},
    )
    async def file(request: Request, caller: Caller = Depends(needs(hub, PUBLISH))) -> Response:  # noqa: B008
        most = min(PlekkenFile.max_bytes, hub.config.web.max_request_bytes)
        return await _take(request, hub, patience, caller, _CSV, most, lambda body: PlekkenFile().read(io.BytesIO(body)))


async def _take(
    request: Request,
    hub: Hub,
    patience: Patience,
    caller: Caller,
    media_type: str,
    most: int,
    read: Callable[[bytes], Iterable[Item]],
) -> Response:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        await drain(request)
        return problem(415, f"Stuur de opgaven als {media_type}.")
    body = await read_body(request, hub.budget, most, patience)
    try:
        return await run_in_threadpool(_accept_all, hub, caller, lambda: read(body.data))
    finally:
        body.release()


def _accept_all(hub: Hub, caller: Caller, read: Callable[[], Iterable[Item]]) -> Response:
    try:
        items = read()
    except SchemaViolation as error:
        found = [InvalidParam(name=one.path, code=one.rule, reason=one.message) for one in error.findings]
        return problem(400, "De kopregel van het bestand klopt niet.", invalid=found)
    rows = [Regel.of(outcome) for outcome in hub.intake.accept_many(PLEKKEN, items, caller)]
    return JSONResponse(Reeks(resultaten=rows).model_dump(mode="json"))


def _parts(body: bytes) -> list[Item]:
    """The offers of a batch. Raises: DecodeFailure."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise DecodeFailure("the batch is not JSON") from None
    if not isinstance(given, list):
        raise DecodeFailure("the batch is no list")
    if len(given) > MAX_BATCH:
        raise HTTPException(413, f"Een reeks heeft hooguit {MAX_BATCH} opgaven.")
    return [
        Part(number, part_key(one if isinstance(one, dict) else {}), json.dumps(one).encode())
        for number, one in enumerate(given, 1)
    ]
