"""Bad weather on request: faults, outages, broken sockets, forgotten nonces."""

from __future__ import annotations

from sovereign.sandbox.driver import find
from sovereign.sandbox.faults import FIELDS, BadFault
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, text

KINDS: dict[str, tuple[str, ...]] = {
    **FIELDS,
    "gateway_drop": (),
    "gateway_refuse_resume": (),
    "down": ("seconds",),
    "nonces": (),
    "clear": (),
}
"""Every kind of bad weather, and what it can be told."""


def change(platform: Platform, body: Json) -> Json:
    """Do as asked and answer what is active. Raises 400 in words."""
    kind = text(body.get("kind"))
    _check(kind, body)
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
    except BadFault as problem:
        raise find.wrong(str(problem)) from None
    return {**platform.faults.shown(), "refuse_resume": platform.gateway.refuse_resume}


def _check(kind: str, body: Json) -> None:
    if kind not in KINDS:
        raise find.wrong(f"There is no fault {kind!r}. There are: {', '.join(KINDS)}.")
    extra = [name for name in body if name not in ("kind", *KINDS[kind])]
    if extra:
        takes = f"It takes {', '.join(KINDS[kind])}." if KINDS[kind] else "It takes nothing."
        raise find.wrong(f"The fault {kind} has no field {', '.join(extra)}. {takes}")
