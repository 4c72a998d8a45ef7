"""The API as one application, mounted at ``/v1``, with its description (NL API Design Rules 2.1)."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import configured, registry
from hub.assembly import Hub
from hub.web.api import berichten
from hub.web.api.problems import Problem, handle_errors, responses
from hub.web.bodies import Patience

#: Version of the API, semver; its first number is in the path.
VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
_DESCRIPTION: dict[str, Any] = {
    "description": "OpenAPI 3.1",
    "headers": {"access-control-allow-origin": {"description": "Elke site mag dit lezen.", "schema": {"type": "string"}}},
    "content": {"application/json": {"schema": {"type": "object"}}},
}


class _VersionHeader:
    """Puts ``API-Version`` on every answer (ADR 2.1, /core/version-header)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["API-Version"] = VERSION
            await send(message)

        await self._app(scope, receive, send_with_version)


def make_api(hub: Hub, patience: Patience) -> ASGIApp:
    """The API of one hub."""
    app = FastAPI(title="Ketenhub", version=VERSION, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for exchange in registry.exchanges().values():
        if exchange.api:
            app.include_router(registry.load(exchange.api)(hub, patience))
    app.include_router(berichten.router(hub))
    handle_errors(app)

    @app.get(
        "/openapi.json",
        summary="Geeft deze beschrijving",
        operation_id="geefBeschrijving",
        tags=["beschrijving"],
        responses={200: _DESCRIPTION, **responses(500)},
        response_class=JSONResponse,
    )
    def description() -> Response:
        """De beschrijving van deze API, in OpenAPI."""
        return JSONResponse(_describe(app, hub), headers={"access-control-allow-origin": "*"})

    return _VersionHeader(app)


def _describe(app: FastAPI, hub: Hub) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = _made(app, hub)
    return app.openapi_schema


def _made(app: FastAPI, hub: Hub) -> dict[str, Any]:
    organisation, url = hub.config.hub.organisation, hub.config.web.public_url.rstrip("/")
    found = get_openapi(
        title=app.title,
        version=VERSION,
        summary="Berichten aan ketenpartners aanbieden en volgen",
        description="Berichten uitwisselen met ketenpartners in de jeugdzorg. Inhoud gaat naar binnen, nooit naar buiten.",
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        tags=[
            *({"name": one.name, "description": f"{one.title}."} for one in registry.exchanges().values() if one.api),
            {"name": "berichten", "description": "Alle berichten, voor beheerders."},
            {"name": "beschrijving", "description": "Deze beschrijving."},
        ],
        servers=[{"url": f"{url.replace('http://', 'https://', 1)}/v1"}],
        routes=app.routes,
    )
    found["info"]["contact"] = {"name": organisation, "url": url, "email": f"beheer@{url.split('/')[2].split(':')[0]}"}
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    models: list[type[BaseModel]] = [Problem, *(configured.document_of(name).model for name in registry.routes())]
    for model in models:
        schema = _without_null_defaults(model.model_json_schema(ref_template=_REF))
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    found["components"]["securitySchemes"] = {"sleutel": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"sleutel": []}]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    found["paths"]["/openapi.json"]["get"]["security"] = []
    return _with_version_header(found)


def _without_null_defaults(schema: Any) -> Any:
    """``default: null`` says nothing beside a key that may be absent, and is no value of a type that knows no null."""
    if isinstance(schema, list):
        return [_without_null_defaults(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    typed = isinstance(schema.get("type"), str) and schema.get("default", "") is None
    return {key: _without_null_defaults(value) for key, value in schema.items() if not (typed and key == "default")}


def _with_version_header(found: dict[str, Any]) -> dict[str, Any]:
    header = {"API-Version": {"description": "Volledige versie van de API.", "schema": {"type": "string", "example": VERSION}}}
    for path in found["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                answer.setdefault("headers", {}).update(header)
    return found
