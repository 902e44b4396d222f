"""Sovereign itself: what it has deployed and taken back, what is frozen, whether its configuration is taken.

Its own events come this way from within; another Sovereign may send its own here. Of deployments and freezes
everybody hears where they are asked for, so that those kinds are posted only if a route names them.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

DEPLOYED = frozenset({"service.deployed", "service.rolledback"})
FROZEN = frozenset({"freeze.begun", "freeze.ended"})
CONFIGURED = {"configuration.refused": Status.FAILED, "configuration.mended": Status.SUCCEEDED}
KINDS = DEPLOYED | FROZEN | CONFIGURED.keys()


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    kind, service, environment = (line(payload, key) for key in ("kind", "service", "environment"))
    version, before, who = (line(payload, key) for key in ("version", "from_version", "actor"))
    if kind in CONFIGURED:
        return [_configured(payload, kind)]
    if kind in FROZEN:
        return [_frozen(payload, kind)]
    if kind not in DEPLOYED:
        raise BadPayload("$.kind", "is none of " + ", ".join(sorted(KINDS)))
    if not service:
        raise BadPayload("$.service", "is missing")
    deployed = kind == "service.deployed"
    by = who or "Somebody"
    by_hand = line(payload, "strategy") == "revision"
    what = f"rolled {service} back to {version}" if by_hand else f"could not deploy {service} {version}"
    if deployed:
        what = f"deployed {service} {version}"
    title = f"{by} {what} {'in' if by_hand else 'to'} {environment}"
    if had_served := not deployed and payload.flag("served"):
        title = f"{service} {version} was taken back in {environment}, {before} runs"
    event = Event(
        source="sovereign",
        kind=kind,
        subject=f"{service} {version}",
        name=f"{service} {version} to {environment}",
        title=title,
        status=Status.SUCCEEDED if deployed or by_hand or had_served else Status.FAILED,
        text=line(payload, "reason"),
        url=link(payload, "url"),
        actor=who or None,
        service=service or None,
        environment=environment or None,
        labels={name: value for name in ("version", "strategy") if (value := line(payload, name))},
        fields=shown(
            {"Before": before, "Strategy": line(payload, "strategy"), "Image": line(payload, "image")}
        ),
        occurred_at=when(payload, "at"),
    )
    return [event]


def _frozen(payload: Payload, kind: str) -> Event:
    scope, who = line(payload, "scope"), line(payload, "actor")
    if not scope:
        raise BadPayload("$.scope", "is missing")
    reason = line(payload, "reason")
    title = f"{who or 'Somebody'} froze {scope}: {reason}".removesuffix(": ")
    if kind == "freeze.ended":
        title = f"{who} lifted the freeze of {scope}" if who else f"The freeze of {scope} is over"
    return Event(
        source="sovereign",
        kind=kind,
        subject=scope,
        title=title,
        text=reason,
        actor=who or None,
        service=line(payload, "service") or None,
        environment=line(payload, "environment") or None,
        labels={"until": until} if (until := line(payload, "until")) else {},
        occurred_at=when(payload, "at"),
    )


def _configured(payload: Payload, kind: str) -> Event:
    return Event(
        source="sovereign",
        kind=kind,
        subject="configuration",
        title=line(payload, "title") or kind,
        text=prose(payload, "text"),
        status=CONFIGURED[kind],
        occurred_at=when(payload, "at"),
    )


SOURCE = Source(
    slug="sovereign",
    title="Sovereign",
    docs="https://cdevents.dev/docs/continuous-deployment/",
    home="deployments",
    secret="env://SOVEREIGN_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    quiet=DEPLOYED | FROZEN,
)
