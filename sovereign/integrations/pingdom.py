"""Pingdom: uptime and transaction checks that change their state.

https://www.pingdom.com/resources/webhooks/

Nothing is signed: put `?token=SECRET` behind the address. An uptime check is UP or DOWN, a
transaction succeeds or is FAILING; any other word neither fires nor resolves.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, names_at, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import graded
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "DOWN": Status.FIRING,
    "FAILING": Status.FIRING,
    "UP": Status.RESOLVED,
    "SUCCESS": Status.RESOLVED,
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    status = STATES.get(required(payload, "current_state").upper(), Status.UNKNOWN)
    name, host = line(payload, "check_name") or "(unnamed check)", line(payload, "check_params.hostname")
    url = link(payload, "check_params.full_url", "check_params.url")
    where = host or url or ""
    tags = names_at(payload, "tags")
    event = replace(
        alarm("pingdom", status, name, f" on {where}" if where else "", line(payload, "description")),
        text=prose(payload, "custom_message", "long_description") if status is Status.FIRING else "",
        severity=graded(line(payload, "importance_level")),
        url=url,
        service=where or None,
        labels=dict.fromkeys(tags, ""),
        fields=_fields(payload, where),
        occurred_at=when(payload, "state_changed_timestamp", "state_changed_utc_time"),
    )
    return [of_problem(event, _identity(payload))]


def _identity(payload: Payload) -> str:
    return required(payload, "check_id", "check_name")


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(Payload.from_json(body))


def _fields(payload: Payload, where: str) -> tuple[tuple[str, str], ...]:
    before, after = line(payload, "previous_state"), line(payload, "current_state")
    probes = [line(payload, f"{which}_probe.location") for which in ("first", "second")]
    found = {
        "Target": where,
        "State": f"{before} → {after}" if before else after,
        "Type": line(payload, "check_type"),
        "Seen from": "; ".join(filter(None, probes)),
        "Importance": line(payload, "importance_level"),
    }
    return shown(found)


SOURCE = Source(
    slug="pingdom",
    title="Pingdom",
    docs="https://www.pingdom.com/resources/webhooks/",
    home="alerts",
    secret="env://PINGDOM_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
)
