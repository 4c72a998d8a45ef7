"""What went wrong, as ``application/problem+json`` (RFC 9457): one shape for every error of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hub.errors import DecodeFailure, NoRoute, Stage, Throttled, TransientError
from hub.intake.intake import AlreadyUsed
from hub.intake.preparing import NeedsDecision, OutOfScope
from hub.telemetry import LogEvent, get_logger
from hub.web.bodies import drain

log = get_logger("hub.web")

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "Ongeldige aanvraag",
    401: "Niet aangemeld",
    403: "Geen toegang",
    404: "Niet gevonden",
    405: "Methode niet toegestaan",
    408: "Te langzaam",
    409: "Al in gebruik",
    413: "Te groot",
    415: "Ander soort inhoud verwacht",
    500: "Fout in het programma",
    503: "Nu niet beschikbaar",
}
_AGAIN_SECONDS = 30


class InvalidParam(BaseModel):
    """Eén fout in wat is aangeboden."""

    name: str = Field(description="JSON Pointer (RFC 6901) naar het veld, of de naam van een parameter.")
    code: str = Field(description="Nummer van de regel.")
    reason: str = Field(description="Wat er niet klopt, voor degene die het invulde.")


class Problem(BaseModel):
    """Een fout (RFC 9457)."""

    type: str = "about:blank"
    status: int
    title: str
    detail: str
    invalidParams: list[InvalidParam] | None = Field(default=None)


def problem(
    status: int, detail: str, *, invalid: list[InvalidParam] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that says what is wrong."""
    body = Problem(status=status, title=_TITLES.get(status, "Fout"), detail=detail, invalidParams=invalid)
    return JSONResponse(body.model_dump(exclude_none=True), status, dict(headers or {}), media_type=MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an operation, for its documentation."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


def handle_errors(app: FastAPI) -> None:
    """Answer every error of the API with a problem."""

    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        details = {404: "Dit bestaat hier niet.", 405: "Deze methode kan hier niet."}
        detail = details.get(error.status_code, "") if error.detail in ("Not Found", "Method Not Allowed") else error.detail
        return problem(error.status_code, str(detail), headers=error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [
            InvalidParam(name=str(one["loc"][-1]), code=one["type"], reason="Deze waarde heeft niet de goede vorm.")
            for one in error.errors()
        ]
        return problem(400, "De aanvraag bevat een ongeldige waarde.", invalid=found)

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, DecodeFailure)
        if error.code == "too_large":
            if error.stage == Stage.RECEIVING:  # the door refused it before it was read
                await drain(request)
            return problem(413, "De aanvraag is groter dan is toegestaan.")
        return problem(400, "De aanvraag is niet te lezen als JSON-object.")

    async def not_now(request: Request, error: Exception) -> Response:
        assert isinstance(error, TransientError)
        if error.code == "timed_out":
            return problem(408, "De aanvraag kwam niet op tijd helemaal binnen.", headers={"Connection": "close"})
        wait = max(1, round(error.after)) if isinstance(error, Throttled) else _AGAIN_SECONDS
        await drain(request)
        detail = "De aanvraag kan nu niet worden verwerkt. Bied hem straks opnieuw aan, met dezelfde Idempotency-Key."
        return problem(503, detail, headers={"Retry-After": str(wait)})

    async def in_use(request: Request, error: Exception) -> Response:
        assert isinstance(error, AlreadyUsed)
        if error.kind == "idempotency":
            return problem(409, "Deze Idempotency-Key is al gebruikt voor een andere aanvraag.")
        found = InvalidParam(name=f"/{error.kind}", code=error.kind, reason=f"In gebruik bij {error.message_id}.")
        return problem(409, f"Dit {error.kind} is al in gebruik bij een ander bericht.", invalid=[found])

    async def not_for_them(request: Request, error: Exception) -> Response:
        return problem(403, "Deze sleutel mag niet namens deze organisatie aanbieden.")

    async def not_decided(request: Request, error: Exception) -> Response:
        return problem(
            409, "Over zo'n bericht moet eerst een mens besluiten: dat kan hier niet rechtstreeks worden aangeboden."
        )

    async def no_route(request: Request, error: Exception) -> Response:
        return problem(404, "Deze uitwisseling staat hier niet aan.")

    async def fault(request: Request, error: Exception) -> Response:
        log.error(LogEvent.FAULT_MET, exc_info=error)
        return problem(500, "Er zit een fout in het programma zelf; de beheerder vindt hem in het logboek.")

    app.add_exception_handler(HTTPException, told)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(DecodeFailure, unreadable)
    app.add_exception_handler(TransientError, not_now)
    app.add_exception_handler(AlreadyUsed, in_use)
    app.add_exception_handler(NoRoute, no_route)
    app.add_exception_handler(OutOfScope, not_for_them)
    app.add_exception_handler(NeedsDecision, not_decided)
    app.add_exception_handler(Exception, fault)
