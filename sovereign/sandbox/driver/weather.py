"""Bad weather on request: faults, outages, broken sockets, forgotten nonces."""

from __future__ import annotations

from sovereign.sandbox.driver import find
from sovereign.sandbox.faults import BadFault
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, text

KINDS = "rest, rate_limit, latency, gateway_drop, gateway_refuse_resume, down, nonces, clear"


def change(platform: Platform, body: Json) -> Json:
    """Do as asked and answer what is active. Raises 400 in words."""
    kind = text(body.get("kind"))
    try:
        match kind:
            case "rest" | "rate_limit" | "latency":
                platform.faults.add(body)
            case "gateway_drop":
                platform.gateway.cut_all()
            case "gateway_refuse_resume":
                platform.gateway.refuse_resume = True
            case "down":
                platform.faults.go_down(body.get("seconds"))
                platform.gateway.cut_all()
            case "nonces":
                platform.nonces.forget_all()
            case "clear":
                platform.faults.clear()
                platform.gateway.refuse_resume = False
            case _:
                raise find.wrong(f"There is no fault {kind!r}. There are: {KINDS}.")
    except BadFault as problem:
        raise find.wrong(str(problem)) from None
    return {**platform.faults.shown(), "refuse_resume": platform.gateway.refuse_resume}
