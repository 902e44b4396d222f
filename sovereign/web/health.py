"""Liveness and readiness."""

from __future__ import annotations

from aiohttp import web

from sovereign.web.edge import SERVICES


def routes() -> list[web.RouteDef]:
    return [web.get("/healthz", alive), web.get("/readyz", ready)]


async def alive(request: web.Request) -> web.Response:
    """The loop turns."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """200 when deliveries are taken and posted; 503 with what is missing. Warnings change neither."""
    services = request.app[SERVICES]
    report, owed = await services.health.report(), await services.forwarding.owed()
    refused = services.configuration.warning
    facts = {
        "status": "not ready" if report.problems else "ready",
        "problems": list(report.problems),
        "warnings": [*report.warnings, *([refused] if refused else [])],
        "outbox": {
            "waiting": report.backlog,
            "oldest_seconds": round(report.oldest.total_seconds(), 1),
            "held_up_by": report.held_up,
        },
        "forwards": {"waiting": owed.waiting, "dead": owed.dead},
    }
    return web.json_response(facts, status=503 if report.problems else 200)
