"""UptimeRobot: monitors that go down and come back, and certificates that expire.

https://uptimerobot.com/help/advanced-api/

The body is yours to write. Set this as the POST value, tick "Send as JSON", and put
`?token=SECRET` behind the address, since nothing is signed and no header can be set:

    {
      "monitor_id": "*monitorID*", "monitor_friendly_name": "*monitorFriendlyName*",
      "monitor_url": "*monitorURL*", "alert_type": "*alertType*",
      "alert_type_friendly_name": "*alertTypeFriendlyName*", "alert_details": "*alertDetails*",
      "alert_friendly_duration": "*alertFriendlyDuration*", "alert_date_time": "*alertDateTime*",
      "ssl_expiry_date": "*sslExpiryDate*", "ssl_expiry_days_left": "*sslExpiryDaysLeft*"
    }

The default variables, sent as POST parameters under the names between the asterisks, are read too.
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
from sovereign.integrations._reading import shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "1": Status.FIRING,
    "2": Status.RESOLVED,
    "3": Status.INFO,
    "down": Status.FIRING,
    "up": Status.RESOLVED,
    "ssl expiry": Status.INFO,
}
"""By number, or by the friendly name where the template leaves the number out."""
_BLANK = re.compile(r"\*[A-Za-z]+\*|null|undefined")
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z]+)")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _forms.read(headers, body)
    payload.require_object()
    target, word = _said(payload, "monitorURL"), _said(payload, "alertType", "alertTypeFriendlyName")
    name = _name(payload)
    status = STATES.get(word.lower(), Status.UNKNOWN)
    where = f" on {target}" if target not in ("", name) else ""
    event = replace(
        alarm("uptimerobot", status, name, where, _says(payload)),
        url=target if target.startswith(("https://", "http://")) and " " not in target else None,
        service=target or None,
        fields=_fields(payload, target),
        occurred_at=when(payload, "alert_date_time", "alertDateTime"),
    )
    if status is Status.INFO:
        event = replace(
            event, title=f"Certificate of {name} expires{_days(payload)} on {target}", severity=Severity.LOW
        )
    return [of_problem(event, _identity(payload))]


def _said(payload: Payload, *names: str) -> str:
    """By the name of the variable, in either spelling."""
    return _forms.filled(payload, _BLANK, *(path for name in names for path in (_snake(name), name)))


def _snake(name: str) -> str:
    return _CAPITAL.sub(lambda capitals: f"_{capitals[1].lower()}", name)


def _name(payload: Payload) -> str:
    if name := _said(payload, "monitorFriendlyName", "monitorURL"):
        return name
    raise BadPayload("$.monitor_friendly_name", "is missing")


def _identity(payload: Payload) -> str:
    return _said(payload, "monitorID") or _name(payload)


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(_forms.read(headers, body))


def _says(payload: Payload) -> str:
    return _said(payload, "alertDetails")


def _days(payload: Payload) -> str:
    left = _said(payload, "sslExpiryDaysLeft")
    return f" in {left} days" if left else ""


def _fields(payload: Payload, target: str) -> tuple[tuple[str, str], ...]:
    found = {
        "Target": target,
        "Details": _says(payload),
        "Down for": _said(payload, "alertFriendlyDuration"),
        "Certificate expires": _said(payload, "sslExpiryDate"),
    }
    return shown(found)


SOURCE = Source(
    slug="uptimerobot",
    title="UptimeRobot",
    docs="https://uptimerobot.com/integrations/webhook/",
    home="alerts",
    secret="env://UPTIMEROBOT_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
)
