"""Netdata: alerts and nodes out of reach, from its Cloud, or from an agent's own function.

https://learn.netdata.cloud/docs/alerts-&-notifications/notifications/centralized-cloud-notifications/webhook

From the Cloud: add the integration Webhook with a bearer token, or basic authorization with the
secret as password; its test brings a token that you enter there. An alert of the Cloud does not
say its node in a field of its own, so alerts of one name on one chart of a space are one problem.

From an agent: set SEND_CUSTOM="YES" and this function in health_alarm_notify.conf:

    custom_sender() {
      curl -sS --max-time 10 -H "Authorization: Bearer SECRET" \\
        --data-urlencode "alert=${name}" --data-urlencode "host=${host}" \\
        --data-urlencode "severity=${status}" --data-urlencode "chart=${chart}" \\
        --data-urlencode "info=${info}" --data-urlencode "value=${value_string}" \\
        --data-urlencode "duration=${duration_txt}" --data-urlencode "date=${when}" \\
        --data-urlencode "alert_url=${goto_url}" https://SOVEREIGN/hooks/netdata && sent_ok=1
    }
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations import _forms
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "critical": Status.FIRING,
    "warning": Status.FIRING,
    "clear": Status.RESOLVED,
}
NAMES = ("alert", "alarm")
"""Alerts were called alarms once."""
MOST_FIELDS = 6
REACHED: Mapping[str, Status] = {"true": Status.RESOLVED, "false": Status.FIRING}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _forms.read(headers, body)
    payload.require_object()
    if payload.get("status", "reachable") is not None:
        return [_of_node(payload)]
    if not line(payload, *NAMES):
        return [_of_test(payload)]
    word, name, info = line(payload, "severity").lower(), line(payload, *NAMES), prose(payload, "info")
    status = STATES.get(word, Status.UNKNOWN)
    host, space = line(payload, "host"), line(payload, "space")
    where = f" on {host}" if host else place(space)
    event = replace(
        alarm("netdata", status, name, where, line(payload, "message") or line(payload, "info")),
        text=info,
        severity=graded(word),
        url=link(payload, "alert_url", "alarm_url"),
        fields=_fields(payload),
        occurred_at=when(payload, "date"),
    )
    return [of_problem(event, *_identity(payload))]


def _of_node(payload: Payload) -> Event:
    status = REACHED.get(line(payload, "status.reachable"), Status.UNKNOWN)
    host = required(payload, "host")
    event = replace(
        alarm("netdata", status, "Node out of reach", f" on {host}", line(payload, "message")),
        subject=host,
        severity=graded(line(payload, "severity")),
        url=link(payload, "url"),
        fields=shown({"Node": host, "State": line(payload, "status.text")}),
    )
    return of_problem(event, *_identity(payload))


def _of_test(payload: Payload) -> Event:
    """Neither an alert nor a node: the test, whose token a person has to carry back."""
    said = required(payload, "message", "token")
    token = _token(payload)
    title = said if said != token else "Netdata tried the webhook"
    event = alarm("netdata", Status.INFO, title)
    return replace(event, title=title, severity=Severity.INFO, fields=shown({"Token": token}))


def _token(payload: Payload) -> str:
    """What the test brings, for the person who sets the webhook up."""
    return line(payload, "token")


def _identity(payload: Payload) -> tuple[str, ...]:
    host = line(payload, "host")
    if payload.get("status", "reachable") is not None:
        return ("node", host)
    return ("alert", line(payload, "space"), host, line(payload, "chart"), required(payload, *NAMES))


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(_forms.read(headers, body)))


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    critical = line(payload, "additional_active_critical_alerts")
    found = {
        "Token": _token(payload),
        "Value": line(payload, "value"),
        "Chart": line(payload, "chart", "context"),
        "Class": line(payload, "class"),
        "Raised for": line(payload, "duration"),
        "Space": line(payload, "space"),
        "Other critical alerts": critical if critical != "0" else "",
    }
    return shown(found)[:MOST_FIELDS]


SOURCE = Source(
    slug="netdata",
    title="Netdata",
    docs="https://learn.netdata.cloud/docs/alerts-&-notifications/notifications/"
    "centralized-cloud-notifications/webhook",
    home="alerts",
    secret="env://NETDATA_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
