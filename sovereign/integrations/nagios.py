"""Nagios, and what understands its commands: problems of hosts and services, and their recovery.

https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/notifications.html

Nagios runs a command. Define these two and name them in a contact's
`service_notification_commands` and `host_notification_commands`; each macro is a field of a form:

    define command {
      command_name  sovereign-service
      command_line  /usr/bin/curl -sS --max-time 10 -H 'Authorization: Bearer SECRET' \\
        --data-urlencode 'type=$NOTIFICATIONTYPE$' --data-urlencode 'host=$HOSTNAME$' \\
        --data-urlencode 'address=$HOSTADDRESS$' --data-urlencode 'service=$SERVICEDESC$' \\
        --data-urlencode 'state=$SERVICESTATE$' --data-urlencode 'output=$SERVICEOUTPUT$' \\
        --data-urlencode 'author=$NOTIFICATIONAUTHOR$' \\
        --data-urlencode 'comment=$NOTIFICATIONCOMMENT$' --data-urlencode 'time=$TIMET$' \\
        https://SOVEREIGN/hooks/nagios
    }

and `sovereign-host` with `state=$HOSTSTATE$`, `output=$HOSTOUTPUT$` and without `service`. Join
the continued lines. `url` (an action or notes URL) and `groups` (of the host) may be added. The
format is of this template: Nagios has none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations import _forms
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import link, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

TYPES: Mapping[str, Status] = {"problem": Status.FIRING, "recovery": Status.RESOLVED}
ASIDES: Mapping[str, tuple[str, str]] = {
    "acknowledgement": ("incident.acknowledged", "{who} acknowledged {it}"),
    "custom": ("incident.commented", "{who} sent word of {it}"),
    "flappingstart": ("incident.updated", "{it} began to flap"),
    "flappingstop": ("incident.updated", "{it} stopped flapping"),
    "flappingdisabled": ("incident.updated", "Flap detection of {it} was disabled"),
    "downtimestart": ("incident.updated", "Downtime of {it} began"),
    "downtimeend": ("incident.updated", "Downtime of {it} ended"),
    "downtimecancelled": ("incident.updated", "Downtime of {it} was cancelled"),
}
"""What is said about a problem, or about a host in peace, without changing its state."""
STATES: Mapping[str, Severity] = {
    "CRITICAL": Severity.CRITICAL,
    "DOWN": Severity.CRITICAL,
    "UNREACHABLE": Severity.HIGH,
    "WARNING": Severity.MEDIUM,
    "OK": Severity.INFO,
    "UP": Severity.INFO,
}
"""The state that Nagios calls UNKNOWN is as unknown to us."""
_BLANK = re.compile(r"\$[A-Z_]*\$?")
"""A macro that has no value here, as Nagios leaves it."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _forms.read(headers, body)
    host, service, state = _host(payload), _said(payload, "service"), _said(payload, "state").upper()
    word = _said(payload, "type").lower().replace(" ", "")
    status = TYPES.get(word, Status.INFO if word in ASIDES else Status.UNKNOWN)
    says, who, comment = _said(payload, "output"), _said(payload, "author"), _said(payload, "comment")
    name, where = (service, f" on {host}") if service else (f"Host {host}", "")
    event = replace(
        alarm("nagios", status, name, where, says or state),
        subject=f"{host}/{service}" if service else host,
        text=comment,
        severity=STATES.get(state, Severity.UNKNOWN),
        url=link(payload, "url"),
        actor=who or None,
        service=service or None,
        fields=_fields(payload, state, says),
        occurred_at=when(payload, "time"),
    )
    if word in ASIDES:
        kind, title = ASIDES[word]
        it = f"{service} on {host}" if service else host
        title = title.format(who=who or "Somebody", it=it)
        event = replace(event, kind=kind, title=f"{title}: {comment}" if comment else title)
    return [of_problem(event, host, service)]


def _said(payload: Payload, name: str) -> str:
    return _forms.filled(payload, _BLANK, name)


def _host(payload: Payload) -> str:
    if host := _said(payload, "host"):
        return host
    raise BadPayload("$.host", "is missing")


def _problem(headers: Headers, body: bytes) -> str:
    payload = _forms.read(headers, body)
    return f"{_host(payload)}\n{_said(payload, 'service')}"


def _fields(payload: Payload, state: str, says: str) -> tuple[tuple[str, str], ...]:
    found = {
        "State": state,
        "Output": says,
        "Address": _said(payload, "address"),
        "Groups": _said(payload, "groups"),
    }
    return shown(found)


SOURCE = Source(
    slug="nagios",
    title="Nagios",
    docs="https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/notifications.html",
    home="alerts",
    secret="env://NAGIOS_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.acknowledged", "incident.commented", "incident.updated"},
    transmission=by_problem(_problem),
    urgent=telling(STATES),
)
