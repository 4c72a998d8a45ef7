"""The endpoints for partners: one POST path per reception. What is answered is the endpoint's to say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from hub.config.models import WebSettings
from hub.contracts.adapter import HttpAnswer, InboundRequest
from hub.errors import DecodeFailure, Throttled, TransientError
from hub.inbound.reception import Reception
from hub.intake.budget import ByteBudget
from hub.telemetry import LogEvent
from hub.web.bodies import Body, Patience, drain, read_body
from hub.web.proxies import came_by_own_proxy

log = structlog.get_logger()

_WRONG_PATH = "the delivery came to a path that is nearly this partner's"


def inbound_routes(
    receptions: dict[str, Reception], budget: ByteBudget, patience: Patience, settings: WebSettings
) -> list[Route]:
    """A route for each reception; every method but POST is answered with 405."""
    return [
        Route(path, _handler(reception, budget, patience, settings), methods=["POST"], name=f"partner {reception.connection}")
        for path, reception in receptions.items()
    ]


def misspelt_routes(receptions: dict[str, Reception], settings: WebSettings) -> list[Route]:
    """What answers deliveries to paths that are nearly those of ``inbound_routes``; behind all other routes of the application,
    because pages about a partner have addresses below the same path.
    """
    return [_Misspelt(path, reception, settings) for path, reception in receptions.items()]


class _Misspelt(Route):
    """Deliveries to a path with slashes too many, other capitals or something after it: a fault for the sender, a line for us.

    Nothing is redirected: the body would go once more, to an address that the caller's own Host names.
    """

    def __init__(self, path: str, reception: Reception, settings: WebSettings) -> None:
        async def refuse(request: Request) -> Response:
            log.warning(LogEvent.MESSAGE_REFUSED, connection=reception.connection, code="undecodable", text=_WRONG_PATH)
            head = _head(request, settings)
            answer = reception.refusal(head)
            if answer is None:
                answer = await run_in_threadpool(_refuse, reception, head, DecodeFailure(_WRONG_PATH))
            await drain(request)
            return _response(answer, {"connection": "close"})

        super().__init__(f"{path}/", refuse, methods=["POST"], name=f"nearly partner {reception.connection}")
        self._wanted = path.strip("/").lower()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """By the steps of the path; anything but a POST is nobody's delivery."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return Match.NONE, {}
        given = "/".join(step for step in scope["path"].lower().split("/") if step)
        near = given == self._wanted or given.startswith(f"{self._wanted}/")
        return (Match.FULL, {"endpoint": self.endpoint, "path_params": {}}) if near else (Match.NONE, {})


def _handler(
    reception: Reception, budget: ByteBudget, patience: Patience, settings: WebSettings
) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        head = _head(request, settings)
        refusal = reception.refusal(head)  # looks at a few headers only
        if refusal is not None:  # a stranger does not get to fill the memory
            await drain(request)
            return _response(refusal, {"connection": "close"})
        try:
            body = await read_body(request, budget, reception.endpoint.max_bytes, patience)
        except (DecodeFailure, TransientError) as error:
            log.warning(LogEvent.MESSAGE_REFUSED, connection=reception.connection, code=error.code, text=error.text)
            answer = await run_in_threadpool(_refuse, reception, head, error)
            await drain(request)
            return _response(answer, {"connection": "close"})
        return _response(await run_in_threadpool(_handle, reception, head, body))

    return receive


def _head(request: Request, settings: WebSettings) -> InboundRequest:
    """The request without its body. A certificate's OIN counts only when one of our own proxies tells it."""
    headers, remote = _headers(request), request.client.host if request.client else ""
    oin = headers.get(settings.oin_header.lower()) if came_by_own_proxy(request) else None
    return InboundRequest(headers, b"", remote, oin)


def _handle(reception: Reception, head: InboundRequest, body: Body) -> HttpAnswer:
    body.release()  # handle() takes the same share again at once
    return reception.handle(replace(head, body=body.data))


def _refuse(reception: Reception, head: InboundRequest, error: DecodeFailure | TransientError) -> HttpAnswer:
    answer = reception.endpoint.refuse(head, error)
    if isinstance(error, Throttled):
        return replace(answer, status=503, headers={**answer.headers, "Retry-After": str(max(1, round(error.after)))})
    return answer


def _headers(request: Request) -> dict[str, str]:
    """Lower-case names; values of a repeated header are joined (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _response(answer: HttpAnswer, more: dict[str, str] | None = None) -> Response:
    return Response(answer.body, answer.status, {**answer.headers, **(more or {})})
