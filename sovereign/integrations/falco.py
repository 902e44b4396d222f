"""Falco, by way of Falcosidekick's webhook output: a rule of runtime security was broken.

https://github.com/falcosecurity/falcosidekick/blob/master/docs/outputs/webhook.md

Nothing is signed: set `webhook.customHeaders` to `Authorization: Bearer SECRET`. Falco tells of
single events and never that one is over: from Warning up it opens an incident that people close,
and what is less is told for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import headline, kind_of, of_problem, place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source, Transmission, brief, by_body
from sovereign.integrations._verify import static_secret

PRIORITIES: Mapping[str, tuple[Severity, Status]] = {
    "emergency": (Severity.CRITICAL, Status.FIRING),
    "alert": (Severity.CRITICAL, Status.FIRING),
    "critical": (Severity.CRITICAL, Status.FIRING),
    "error": (Severity.HIGH, Status.FIRING),
    "warning": (Severity.MEDIUM, Status.FIRING),
    "notice": (Severity.LOW, Status.INFO),
    "informational": (Severity.INFO, Status.INFO),
    "info": (Severity.INFO, Status.INFO),
    "debug": (Severity.INFO, Status.INFO),
}
_PREFIX = re.compile(r"\d{2}:\d{2}:\d{2}\.\d+: +\w+ +")
"""Falco writes the time and the priority before its words; both are said elsewhere."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    rule = _rule(payload)
    unknown = (Severity.UNKNOWN, Status.UNKNOWN)
    severity, status = PRIORITIES.get(line(payload, "priority").lower(), unknown)
    namespace, pod = _field(payload, "k8s.ns.name"), _field(payload, "k8s.pod.name")
    host = line(payload, "hostname") or _field(payload, "evt.hostname")
    where = "/".join(filter(None, (namespace, pod))) or _field(payload, "container.name") or host
    output = _PREFIX.sub("", line(payload, "output"), count=1)
    image, tag = (_field(payload, f"container.image.{part}") for part in ("repository", "tag"))
    event = Event(
        source="falco",
        kind=kind_of(status),
        subject=rule,
        name=rule,
        title=headline(rule, status, place(where, host)),
        text=output,
        status=status,
        severity=severity,
        service=image.rpartition("/")[2] or None,
        labels=dict.fromkeys((" ".join(one.scalar().split()) for one in payload.list_at("tags")), ""),
        fields=shown(
            {
                "Process": _field(payload, "proc.cmdline") or _field(payload, "proc.name"),
                "User": _field(payload, "user.name"),
                "File": _field(payload, "fd.name"),
                "Image": f"{image}:{tag}" if image and tag else image,
                "Host": host,
                "Source": line(payload, "source"),
            }
        ),
        occurred_at=when(payload, "time"),
    )
    return [of_problem(event, *_identity(payload))]


def _rule(payload: Payload) -> str:
    payload.at("rule")
    if rule := line(payload, "rule"):
        return rule
    raise BadPayload("$.rule", "names nothing")


def _field(payload: Payload, name: str) -> str:
    """One of the output fields, whose names have dots in them."""
    found = payload.get("output_fields", name)
    text = " ".join(found.scalar().split()) if found else ""
    return "" if text in ("<NA>", "null") else text


def _identity(payload: Payload) -> tuple[str, ...]:
    """The rule and what broke it: a container that does so again is the same problem."""
    names = ("k8s.ns.name", "k8s.pod.name", "container.id")
    return (_rule(payload), line(payload, "hostname"), *(_field(payload, name) for name in names))


def transmission(headers: Headers, body: bytes) -> Transmission:
    """By the number that Falcosidekick gives an event, if it does."""
    try:
        payload = Payload.from_json(body)
        id, problem = line(payload, "uuid"), digest(*_identity(payload))
    except BadPayload:
        return by_body(headers, body)
    return Transmission(key=f"event:{brief(id)}") if id else replace(by_body(headers, body), group=problem)


SOURCE = Source(
    slug="falco",
    title="Falco",
    docs="https://github.com/falcosecurity/falcosidekick/blob/master/docs/outputs/webhook.md",
    home="alerts",
    secret="env://FALCO_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected", "incident.reported"}),
    transmission=transmission,
    urgent=telling({word: grade for word, (grade, _) in PRIORITIES.items()}),
)
