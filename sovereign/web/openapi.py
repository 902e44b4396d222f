"""`/openapi.json`: what the gateway's port answers, made from its routes and what is said of them here.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from aiohttp import web

from sovereign.domain.cloudevent import MEDIA_TYPE
from sovereign.web import events, health, hooks, metrics

Schema = Mapping[str, object]

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number", "minimum": 0}


def _object(required: Mapping[str, Schema], **others: Schema) -> Schema:
    return {"type": "object", "required": [*required], "properties": {**required, **others}}


SCHEMAS: Mapping[str, Schema] = {
    "Error": _object({"error": _TEXT}, reference=_TEXT),
    "Taken": _object({"status": {"enum": ["accepted", "repeat"]}}),
    "Alive": _object({"status": {"const": "ok"}}),
    "Readiness": _object(
        {
            "status": {"enum": ["ready", "not ready"]},
            "problems": {"type": "array", "items": _TEXT},
            "warnings": {"type": "array", "items": _TEXT},
            "outbox": _object(
                {"waiting": _NUMBER, "oldest_seconds": _NUMBER}, held_up_by={"type": ["string", "null"]}
            ),
            "forwards": _object({"waiting": _NUMBER, "dead": _NUMBER}),
        }
    ),
    "CloudEvent": _object(
        {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "description": "Its place, for Last-Event-ID."},
            "source": {"type": "string", "format": "uri-reference"},
            "type": {"type": "string", "description": "The kind, such as change.merged."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object", "description": "The normalised event."},
        },
        subject=_TEXT,
    ),
}


def _json(description: str, schema: str) -> Schema:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _said(description: str, content_type: str = "") -> Schema:
    content = {content_type: {"schema": _TEXT}} if content_type else {}
    return {"description": description, **({"content": content} if content else {})}


def _refusals(**others: str) -> Mapping[str, Schema]:
    return {status.removeprefix("_"): _json(why, "Error") for status, why in others.items()}


def _parameter(name: str, where: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "description": description, "schema": schema}


def _text(pattern: re.Pattern[str]) -> Schema:
    return {"type": "string", "pattern": f"^({pattern.pattern})$"}


_PATTERNS: Schema = {"type": "array", "items": _text(events.PATTERN), "maxItems": events.MOST_PATTERNS}
_FOLLOW: Schema = {
    "security": [{"reader": []}],
    "parameters": [
        *(
            _parameter(name, "query", f"Patterns of the {name}, with * and ?.", _PATTERNS)
            for name in events.FILTERS
        ),
        _parameter("Last-Event-ID", "header", "The last event that was read, if any.", _text(events.PLACE)),
    ],
    "responses": {
        "200": {
            "description": f"An endless stream; the data of each is a CloudEvent ({MEDIA_TYPE}).",
            "content": {"text/event-stream": {"schema": _TEXT}},
        },
        **_refusals(
            _400="A parameter cannot be understood.",
            _401="The API key is missing or wrong.",
            _403="The key may not see what is asked for.",
            _503="Too many programs follow.",
        ),
    },
}
_RECEIVE: Schema = {
    "requestBody": {"description": "As the sender has it, signed as it signs.", "content": {"*/*": {}}},
    "responses": {
        "200": _said("The answer to a handshake; or it is kept, where the sender knows no 202."),
        "202": _json("It is kept.", "Taken"),
        **_refusals(
            _400="The body is broken or too slow.",
            _401="The proof is missing, wrong or too old.",
            _403="Nothing is taken from that network.",
            _404="Nothing is configured at that path.",
            _413="The body is too large.",
            _415="Its encoding is not known.",
            _503="It cannot be kept now; send it again.",
        ),
    },
}
_SAID: Mapping[object, Schema] = {
    events.follow: _FOLLOW,
    hooks.receive: _RECEIVE,
    hooks.probe: {"responses": {"200": _said("Something listens."), "404": _said("Nothing does.")}},
    hooks.permit: {"responses": {"200": _said("Whoever asks may send."), "404": _said("Nothing listens.")}},
    health.alive: {"responses": {"200": _json("It runs.", "Alive")}},
    health.ready: {
        "responses": {
            "200": _json("All is well.", "Readiness"),
            "503": _json("Something is not.", "Readiness"),
        }
    },
    metrics.tell: {
        "security": [{}, {"metrics": []}],
        "responses": {
            "200": {
                "description": "What was counted.",
                "content": {
                    kind: {"schema": _TEXT} for kind in ("text/plain", "application/openmetrics-text")
                },
            },
            **_refusals(_403="It is told to this host and to whoever has the token."),
        },
    },
}
"""What is said of a handler beside its docstring; one without is known by that alone."""
UNSAID = frozenset({hooks.explain})
"""Answers 405 with a word of advice: a method that is not there."""


def routes() -> list[web.RouteDef]:
    return [web.get("/openapi.json", tell, allow_head=False)]


async def tell(request: web.Request) -> web.Response:
    """This description."""
    return web.json_response(document(request.app))


def document(app: web.Application) -> dict[str, object]:
    """OpenAPI 3.1 of every route that the application has."""
    paths: dict[str, dict[str, object]] = {}
    for route in app.router.routes():
        resource, method = route.resource, route.method.lower()
        if resource is not None and method in METHODS and route.handler not in UNSAID:
            paths.setdefault(resource.canonical, {})[method] = _operation(route, resource.canonical)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sovereign", "version": version("sovereign")},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "reader": {"type": "http", "scheme": "bearer", "description": "A key of outwards.readers."},
                "metrics": {"type": "http", "scheme": "bearer", "description": "SOVEREIGN_METRICS_TOKEN."},
            },
        },
    }


def _operation(route: web.AbstractRoute, path: str) -> Schema:
    said: dict[str, object] = dict(_SAID.get(route.handler, {"responses": {"200": _said("As it says.")}}))
    own = said.get("parameters", [])
    inside = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": _TEXT}
        for part in path.split("/")
        if part.startswith("{")
    ]
    if inside or own:
        said["parameters"] = [*inside, *(own if isinstance(own, Sequence) else ())]
    words = (inspect.getdoc(route.handler) or "").partition("\n\n")[0]
    responses = said["responses"]
    known = dict(responses) if isinstance(responses, Mapping) else {}
    said["responses"] = known | {"500": _json("A mistake of ours, with a reference into the log.", "Error")}
    return {"summary": " ".join(words.split()), **said}
