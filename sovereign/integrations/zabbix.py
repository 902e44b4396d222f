"""Zabbix: problems, their recovery, and what people do to them, by a media type of type Webhook.

https://www.zabbix.com/documentation/current/en/manual/config/notifications/media/webhook

Create a media type with the parameters `url` (https://SOVEREIGN/hooks/zabbix), `secret`, and

    event_id = {EVENT.ID}                          event_value = {EVENT.VALUE}
    event_name = {EVENT.NAME}                      event_nseverity = {EVENT.NSEVERITY}
    event_opdata = {EVENT.OPDATA}                  event_tags = {EVENT.TAGS}
    event_update_status = {EVENT.UPDATE.STATUS}    event_update_action = {EVENT.UPDATE.ACTION}
    event_update_message = {EVENT.UPDATE.MESSAGE}  user = {USER.FULLNAME}
    host_name = {HOST.NAME}                        host_ip = {HOST.IP}
    trigger_id = {TRIGGER.ID}                      trigger_description = {TRIGGER.DESCRIPTION}
    event_timestamp = {EVENT.TIMESTAMP}            zabbix_url = {$ZABBIX.URL}

and this script. Give an action's operations, recovery operations and update operations to it. The
format is of this template: Zabbix has none of its own.

    var params = JSON.parse(value), request = new HttpRequest(), url = params.url;
    request.addHeader('Content-Type: application/json');
    request.addHeader('Authorization: Bearer ' + params.secret);
    delete params.url; delete params.secret;
    request.post(url, JSON.stringify(params));
    if (request.getStatus() !== 202) { throw 'HTTP status ' + request.getStatus(); }
    return 'OK';
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations import _forms
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

VALUES: Mapping[str, Status] = {"1": Status.FIRING, "0": Status.RESOLVED}
SEVERITIES: Mapping[str, Severity] = {
    "5": Severity.CRITICAL,
    "4": Severity.HIGH,
    "3": Severity.MEDIUM,
    "2": Severity.LOW,
    "1": Severity.INFO,
}
"""By number: Zabbix lets people rename disaster, high, average, warning and information."""
_BLANK = re.compile(r"\{\$?[A-Z0-9_.]+\}|\*UNKNOWN\*")
"""A macro that has no value here, as Zabbix leaves it."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _forms.read(headers, body)
    payload.require_object()
    name = _said(payload, "event_name") or "(unnamed problem)"
    host, updated = _said(payload, "host_name"), _said(payload, "event_update_status") == "1"
    status = Status.INFO if updated else VALUES.get(_said(payload, "event_value"), Status.UNKNOWN)
    where = f" on {host}" if host else ""
    labels = _labels(payload)
    event = replace(
        alarm("zabbix", status, name, where, _said(payload, "event_opdata")),
        text=_said(payload, "event_update_message") if updated else _said(payload, "trigger_description"),
        severity=SEVERITIES.get(_said(payload, "event_nseverity"), Severity.UNKNOWN),
        url=_url(payload),
        service=labels.get("service") or labels.get("application") or None,
        environment=labels.get("environment") or labels.get("env") or None,
        labels=labels,
        fields=_fields(payload),
        occurred_at=when(payload, "event_timestamp") if status is Status.FIRING else None,
    )
    if updated:
        event = _of_update(event, payload, f"{name}{where}")
    return [of_problem(event, _identity(payload))]


def _of_update(event: Event, payload: Payload, it: str) -> Event:
    who, did = _said(payload, "user") or "Somebody", _said(payload, "event_update_action") or "updated"
    taken = did.startswith("acknowledged") or ", acknowledged" in did
    title = f"{who} acknowledged {it}" if taken else f"{who} {did}: {it}"
    return replace(
        event,
        kind="incident.acknowledged" if taken else "incident.updated",
        title=f"{title}: {event.text}" if event.text else title,
        actor=_said(payload, "user") or None,
    )


def _said(payload: Payload, name: str) -> str:
    return _forms.filled(payload, _BLANK, name)


def _identity(payload: Payload) -> str:
    """In the word of a recovery, {EVENT.ID} is still the problem's."""
    return required(payload, "event_id", "trigger_id")


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(_forms.read(headers, body))


def _url(payload: Payload) -> str | None:
    base, trigger = _said(payload, "zabbix_url").rstrip("/"), _said(payload, "trigger_id")
    if not base.startswith(("https://", "http://")) or " " in base or not trigger.isdigit():
        return None
    return f"{base}/tr_events.php?triggerid={trigger}&eventid={_identity(payload)}"


def _labels(payload: Payload) -> dict[str, str]:
    pairs = (tag.strip().partition(":") for tag in _said(payload, "event_tags").split(","))
    return {name: value for name, _, value in pairs if name}


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Values": _said(payload, "event_opdata"),
        "Host": _said(payload, "host_name"),
        "Address": _said(payload, "host_ip"),
        "Problem": _said(payload, "event_id"),
    }
    return shown(found)


SOURCE = Source(
    slug="zabbix",
    title="Zabbix",
    docs="https://www.zabbix.com/documentation/current/en/manual/config/notifications/media/webhook",
    home="alerts",
    secret="env://ZABBIX_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.acknowledged", "incident.updated"},
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
