"""The edge of HTTP: every error becomes a status and a sentence."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from sovereign.core.errors import RejectedDelivery, SovereignError, Unavailable
from sovereign.core.ids import reference
from sovereign.services.container import Services
from sovereign.services.gateway import PATHS

log = structlog.get_logger()

SERVICES = web.AppKey("services", Services)
ACCOUNTED = web.RequestKey("accounted", bool)
"""Set on a request whose outcome gets a log line of its own, whatever it is."""
LONGEST_PATH = 200
RETRY_AFTER = "5"
"""Seconds, for senders that are answered 503."""


@web.middleware
async def errors_as_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RejectedDelivery as refusal:
        return web.json_response({"error": refusal.public}, status=refusal.status)
    except Unavailable as down:
        if ACCOUNTED not in request:
            log.warning("web.unavailable", path=request.path, problem=str(down))
        return web.json_response(
            {"error": "Not accepted: the store cannot take it now. Send it again."},
            status=503,
            headers={"Retry-After": RETRY_AFTER},
        )
    except web.HTTPNotFound:
        said = f"Nothing listens at {request.path[:LONGEST_PATH]}. {PATHS} /openapi.json describes the rest."
        return web.json_response({"error": said}, status=404)
    except web.HTTPException as answer:
        return web.json_response({"error": answer.reason}, status=answer.status, headers=_allow(answer))
    except Exception:  # the edge: nothing above could answer the sender
        ref = reference()
        log.exception("web.failed", path=request.path, ref=ref)
        return web.json_response({"error": SovereignError.public, "reference": ref}, status=500)


def _allow(answer: web.HTTPException) -> dict[str, str]:
    return {"Allow": answer.headers["Allow"]} if "Allow" in answer.headers else {}
