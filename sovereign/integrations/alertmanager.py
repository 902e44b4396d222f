"""Prometheus Alertmanager, webhook version 4: one event for each alert, one conversation for each group.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from collections.abc import Iterator

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.alerts import LEFT_OUT
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import alerts, place
from sovereign.integrations._authorization import bearer_or_basic
from sovereign.integrations._named import site
from sovereign.integrations._payload import Payload, one_line
from sovereign.integrations._reading import link
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source, Transmission, by_body

STATUS = {"firing": Status.FIRING, "resolved": Status.RESOLVED}
KIND = {Status.FIRING: "incident.detected", Status.RESOLVED: "incident.resolved"}
WHERE = ("namespace", "instance", "host", "node", "pod", "job", "cluster")
"""Labels that say where, in the order in which people look for them."""
TOLD = ("pod", "instance", "host", "node", "namespace", "job")
"""Labels that tell an alert from the others of its group."""
PLACES = ("service", "app", "namespace", "cluster")
"""Labels of what they are all in."""
MEASURING = ("exporter", "kube-state-metrics", "kubelet")
"""How services are called that measure others: what they report is not about themselves."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    return list(_events(Payload.from_json(body)))


def transmission(headers: Headers, body: bytes) -> Transmission:
    """There is no delivery id: the same bytes are a repeat while nothing else was said of the group."""
    try:
        payload = Payload.from_json(body)
        group = payload.text_at("groupKey") or digest(
            *sorted(_identity(one) for one in payload.list_at("alerts"))
        )
    except BadPayload:
        return by_body(headers, body)
    return replace(by_body(headers, body), group=digest(group))


def _identity(alert: Payload) -> str:
    """What tells an alert from every other, whatever its state."""
    return digest(*(f"{name}={value}" for name, value in sorted(alert.at("labels").texts().items())))


def _events(payload: Payload) -> Iterator[Event]:
    group = payload.text_at("groupKey")
    left_out = payload.integer_at("truncatedAlerts")
    for alert in payload.at("alerts").each():
        try:
            yield _event(payload, alert, group, left_out)
        except BadPayload as problem:  # the others of the delivery count all the same
            yield _unreadable(alert, problem)


def _event(payload: Payload, alert: Payload, group: str, left_out: int) -> Event:
    labels, notes = alert.at("labels").texts(), _texts(alert, "annotations")
    status = alert.at("status").one_of(STATUS, Status.UNKNOWN)
    name = one_line(labels.get("alertname", "")) or "(unnamed alert)"
    summary = one_line(notes.get("summary") or notes.get("message") or notes.get("title") or "")
    fingerprint = alert.text_at("fingerprint") or _identity(alert)
    state = status if status is not Status.UNKNOWN else "in an unknown state"
    return Event(
        source="alertmanager",
        kind=KIND.get(status, "incident.reported"),
        subject=name,
        name=summary,
        title=f"{name} {state}{_where(labels, summary, payload)}",
        text=notes.get("description", ""),
        status=status,
        severity=graded(labels.get("severity", "")),
        url=alert.maybe_text("generatorURL") or payload.maybe_text("externalURL"),
        service=labels.get("service") or labels.get("app") or labels.get("job"),
        environment=labels.get("environment") or labels.get("env"),
        labels=labels,
        fields=_fields(labels, notes, left_out),
        occurred_at=alert.maybe_time("endsAt" if status is Status.RESOLVED else "startsAt"),
        began_at=alert.maybe_time("startsAt") if status is Status.RESOLVED else None,
        fingerprint=digest("alertmanager", fingerprint),
        conversation=f"alertmanager:{digest(group or fingerprint)}",
    )


def _unreadable(alert: Payload, problem: BadPayload) -> Event:
    """By its name, where at least that can be read."""
    found = alert.get("labels", "alertname")
    name = one_line(found.text()) if found and isinstance(found.raw, str) else ""
    return Event(
        source="alertmanager",
        kind="incident.reported",
        subject=name or "An alert",
        title=one_line(f"{name or 'An alert'} cannot be read: {problem}"),
        status=Status.UNKNOWN,
        severity=Severity.UNKNOWN,
    )


def _where(labels: dict[str, str], summary: str, payload: Payload) -> str:
    """` in shop: The disk is full (db-0)`, saying each once; without any such label, who says so."""
    part = next((labels[name] for name in TOLD if labels.get(name)), "")
    named = (labels[name] for name in PLACES if labels.get(name))
    where = one_line(next((name for name in named if not name.endswith(MEASURING)), ""))
    says = f": {summary}" if summary else ""
    if part and part.partition(":")[0] not in summary:
        says = f"{says} ({one_line(part)})"
    elif not part and not where and (host := site(link(payload, "externalURL"))):
        says = f"{says} (from {host})"
    return says if where in says else f"{place(where)}{says}"


def _texts(alert: Payload, key: str) -> dict[str, str]:
    found = alert.get(key)
    return found.texts() if found else {}


def _fields(labels: dict[str, str], notes: dict[str, str], left_out: int) -> tuple[tuple[str, str], ...]:
    where = [(name.capitalize(), labels[name]) for name in WHERE if labels.get(name)]
    runbook = notes.get("runbook_url") or notes.get("runbook")
    more = [(LEFT_OUT, alerts(left_out))] if left_out else []
    return (*([("Runbook", runbook)] if runbook else []), *where[:2], *more)


SOURCE = Source(
    slug="alertmanager",
    title="Prometheus Alertmanager",
    docs="https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
    home="alerts",
    secret="env://ALERTMANAGER_TOKEN",
    scheme=bearer_or_basic(),
    parse=parse,
    kinds=frozenset({"incident.detected", "incident.resolved", "incident.reported"}),
    transmission=transmission,
    urgent=telling(SEVERITIES),
)
