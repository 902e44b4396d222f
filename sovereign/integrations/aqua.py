"""Aqua: the result of scanning an image, and incidents of its runtime protection.

https://docs.aquasec.com/

Aqua describes neither body in public: what is read rests on those that its own relay, Postee, is
tested with. So does the scale of `severity_score`, 1 (low) to 4 (critical), which is not confirmed.
Nothing is signed: put `?token=SECRET` behind the address.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import by_problem, headline, of_problem, place
from sovereign.integrations._findings import GRADES, Finding, Scan, event_of, grade_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

SCORES: Mapping[str, Severity] = {
    "0": Severity.INFO,
    "1": Severity.LOW,
    "2": Severity.MEDIUM,
    "3": Severity.HIGH,
    "4": Severity.CRITICAL,
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    payload.require_object()
    if payload.get("image") or payload.get("vulnerability_summary"):
        return [_scan(payload)]
    return [_incident(payload)]


def _scan(payload: Payload) -> Event:
    image, registry = line(payload, "image"), line(payload, "registry")
    if not image:
        raise BadPayload("$.image", "is missing")
    refused = payload.flag("image_assurance_results", "disallowed") or payload.flag("disallowed")
    scan = Scan(
        source="aqua",
        scanner="Aqua",
        what=f"{registry}/{image}" if registry else image,
        counts=_counts(payload),
        thread=f"{registry}/{image}",
        findings=_findings(payload),
        service=image.rpartition("/")[2].partition(":")[0],
        more={
            "Policy": "not allowed" if refused else "",
            "Malware": _above_zero(payload, "malware"),
            "Sensitive files": _above_zero(payload, "sensitive"),
            "System": " ".join(filter(None, (line(payload, "os"), line(payload, "version")))),
            "Scanned by": line(payload, "initiating_user"),
            "Digest": line(payload, "digest")[:19],
        },
    )
    event = event_of(scan)
    title = f"{event.title}; the policy does not allow it" if refused else event.title
    return replace(event, title=title, occurred_at=when(payload, "scan_started.seconds"))


def _counts(payload: Payload) -> dict[str, int]:
    found = {grade: payload.integer_at("vulnerability_summary", grade) for grade in GRADES}
    return {grade: number for grade, number in found.items() if number > 0}


def _findings(payload: Payload) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            grade=grade_of(line(one, "aqua_severity", "nvd_severity_v3", "nvd_severity")),
            id=line(one, "name") or "a finding",
            where=" ".join(filter(None, (line(part, f"resource.{key}") for key in ("name", "version")))),
            fix=line(one, "fix_version"),
        )
        for part in payload.list_at("resources")
        for one in part.list_at("vulnerabilities")
    )


def _above_zero(payload: Payload, key: str) -> str:
    number = payload.integer_at("vulnerability_summary", key)
    return str(number) if number > 0 else ""


def _incident(payload: Payload) -> Event:
    """It fires, and nothing ever says that it is over."""
    more = _inside(payload)
    name, rule = _name(payload), line(payload, "response_policy_name") or line(more, "rule")
    host = line(payload, "host_name") or line(more, "host")
    reason, action = line(more, "reason"), line(more, "action")
    event = Event(
        source="aqua",
        kind="incident.detected",
        subject=name,
        name=name,
        title=headline(name, Status.FIRING, place(host, line(more, "k8s_cluster")), reason or action),
        text=prose(more, "description"),
        status=Status.FIRING,
        severity=SCORES.get(line(payload, "severity_score") or line(more, "severity"), Severity.UNKNOWN),
        service=line(more, "container", "image") or None,
        fields=shown(
            {
                "Rule": rule,
                "Resource": line(more, "resource", "container", "image"),
                "Malware": line(more, "malware"),
                "Action": action,
                "Tactic": line(more, "tactic"),
                "Scope": ", ".join(one.scalar() for one in payload.list_at("application_scope")),
            }
        ),
        occurred_at=when(payload, "create_time") if line(payload, "create_time") not in ("", "0") else None,
    )
    return of_problem(event, *_identity(payload, more))


def _inside(payload: Payload) -> Payload:
    """`data` holds JSON as text; where it does not, the incident is told without it."""
    try:
        return Payload.from_json(line(payload, "data").encode())
    except BadPayload:
        return payload.get("data") or Payload({})


def _name(payload: Payload) -> str:
    name = line(payload, "type", "name", "category", "event_category")
    if not name:
        raise BadPayload("$.type", "is missing")
    return name


def _identity(payload: Payload, more: Payload) -> tuple[str, ...]:
    host = line(payload, "host_id", "host_name") or line(more, "hostid", "host")
    return ("incident", _name(payload), host, line(more, "resource", "container", "image"))


def _subject(headers: Headers, body: bytes) -> str:
    (event,) = parse(headers, body)
    return event.conversation or ""


SOURCE = Source(
    slug="aqua",
    title="Aqua Security",
    docs="https://docs.aquasec.com/",
    home="alerts",
    secret="env://AQUA_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"vulnerability.detected", "vulnerability.scanned", "incident.detected"}),
    quiet=frozenset({"vulnerability.scanned"}),
    transmission=by_problem(_subject),
    urgent=telling(SCORES),
)
