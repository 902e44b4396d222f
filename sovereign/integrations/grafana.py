"""Grafana alerting: one event for each alert, one conversation for each group; and the alerts of old."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.alerts import LEFT_OUT
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import alerts, place
from sovereign.integrations._authorization import bearer_or_basic
from sovereign.integrations._named import site
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations._timed import timed_hmac_sha256
from sovereign.integrations._verify import any_of, hmac_sha256

SIGNATURE = "x-grafana-alerting-signature"
STATUS = {"firing": Status.FIRING, "resolved": Status.RESOLVED}
OLD_STATUS = {"alerting": Status.FIRING, "no_data": Status.FIRING, "ok": Status.RESOLVED}
"""Up to version 8. An alert without data is a problem, as it is in the versions since."""
KIND = {Status.FIRING: "incident.detected", Status.RESOLVED: "incident.resolved"}
"""Any other state neither fires nor resolves, so it is told for itself, apart from the alert."""
SERVICES = ("service", "app", "job")
WHERE = (*SERVICES, "namespace", "instance")
"""Labels that say where, in the order in which people look for them."""
MOST_FIELDS = 6


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    if payload.get("alerts") is None and payload.get("ruleName") is not None:
        return [_of_rule(payload)]
    group = line(payload, "groupKey")
    return [_of_alert(payload, alert, group) for alert in payload.at("alerts").each()]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """There is no delivery id: the same bytes are a repeat while nothing else was said of the group."""
    try:
        payload = Payload.from_json(body)
        alerts = sorted(_identity(one) for one in payload.list_at("alerts"))
        group = line(payload, "groupKey") or digest(_rule(payload), *alerts)
    except BadPayload:
        return by_body(headers, body)
    return replace(by_body(headers, body), group=digest(group))


def _identity(alert: Payload) -> str:
    """What tells an alert from every other, whatever its state."""
    labels = alert.at("labels").texts()
    return line(alert, "fingerprint") or digest(*(f"{name}={labels[name]}" for name in sorted(labels)))


def _rule(payload: Payload) -> str:
    return digest(line(payload, "orgId"), line(payload, "ruleId"), line(payload, "ruleName"))


def _of_alert(payload: Payload, alert: Payload, group: str) -> Event:
    labels = alert.at("labels").texts()
    status = alert.at("status").one_of(STATUS, Status.UNKNOWN)
    name = line(alert, "labels.alertname") or "(unnamed alert)"
    # Grafana's own alerts about missing data carry the name of the rule beside theirs.
    about = f"{name} for {rule}" if (rule := line(alert, "labels.rulename")) else name
    on = next((where for key in WHERE if (where := line(alert, f"labels.{key}"))), "")
    where = _where(on, line(alert, "labels.grafana_folder"), payload)
    identity = _identity(alert)
    event = _event(status, name, about, where, line(alert, "annotations.summary"))
    return replace(
        event,
        text=prose(alert, "annotations.description"),
        severity=graded(labels.get("severity", "")),
        url=link(alert, "generatorURL", "panelURL", "dashboardURL") or link(payload, "externalURL"),
        service=next((labels[key] for key in SERVICES if labels.get(key)), None),
        environment=labels.get("environment") or labels.get("env"),
        labels=labels,
        fields=_fields(payload, alert),
        occurred_at=when(alert, "endsAt" if status is Status.RESOLVED else "startsAt"),
        began_at=when(alert, "startsAt") if status is Status.RESOLVED else None,
        fingerprint=digest("grafana", identity) if status in KIND else None,
        conversation=f"grafana:{digest(group or identity)}" if status in KIND else None,
    )


def _of_rule(payload: Payload) -> Event:
    status = payload.at("state").one_of(OLD_STATUS, Status.UNKNOWN)
    name = line(payload, "ruleName") or "(unnamed alert)"
    tags, matches = payload.get("tags"), payload.list_at("evalMatches")
    values = ", ".join(f"{line(one, 'metric')}={line(one, 'value')}" for one in matches)
    rule = _rule(payload)
    service = line(payload, "tags.service")
    event = _event(status, name, name, _where(service, "", payload), line(payload, "message"))
    return replace(
        event,
        severity=graded(line(payload, "tags.severity")),
        url=link(payload, "ruleUrl"),
        service=service or None,
        labels=tags.texts() if tags else {},
        fields=shown({"Values": values, "Image": link(payload, "imageUrl") or ""}),
        fingerprint=digest("grafana", rule) if status in KIND else None,
        conversation=f"grafana:{rule}" if status in KIND else None,
    )


def _event(status: Status, name: str, about: str, where: str, summary: str) -> Event:
    state = status if status is not Status.UNKNOWN else "in an unknown state"
    title = f"{about} {state}{where}"
    return Event(
        source="grafana",
        kind=KIND.get(status, "incident.reported"),
        subject=name,
        name=summary,
        title=f"{title}: {summary}" if summary else title,
        status=status,
    )


def _where(on: str, folder: str, payload: Payload) -> str:
    """What it is about, or else the folder that its rule is in, or else who says so."""
    if on:
        return f" on {on}"
    if folder:
        return place(folder)
    host = site(link(payload, "externalURL", "ruleUrl"))
    return f" (from {host})" if host else ""


def _fields(payload: Payload, alert: Payload) -> tuple[tuple[str, str], ...]:
    left_out = payload.integer_at("truncatedAlerts")
    found = {
        "Values": _values(alert),
        LEFT_OUT: alerts(left_out) if left_out else "",
        "Runbook": line(alert, "annotations.runbook_url"),
        "Panel": link(alert, "panelURL") or "",
        "Silence": link(alert, "silenceURL") or "",
        "Dashboard": link(alert, "dashboardURL") or "",
        "Image": link(alert, "imageURL") or "",
    }
    return shown(found)[:MOST_FIELDS]


def _values(alert: Payload) -> str:
    names = found.keys() if (found := alert.get("values")) else []
    values = ((name, alert.get("values", name)) for name in names)
    return ", ".join(f"{name}={value.scalar()}" for name, value in values if value)


SOURCE = Source(
    slug="grafana",
    title="Grafana",
    docs="https://grafana.com/docs/grafana/latest/alerting/configure-notifications/",
    home="alerts",
    secret="env://GRAFANA_WEBHOOK_SECRET",
    scheme=any_of(
        timed_hmac_sha256(SIGNATURE, f"{SIGNATURE}-timestamp"), hmac_sha256(SIGNATURE), bearer_or_basic()
    ),
    parse=parse,
    kinds=frozenset({"incident.detected", "incident.resolved", "incident.reported"}),
    transmission=transmission,
    urgent=telling(SEVERITIES),
)
