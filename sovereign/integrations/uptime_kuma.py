"""Uptime Kuma: monitors that go down and come back, through its notification type Webhook.

https://github.com/louislam/uptime-kuma/blob/master/server/notification-providers/webhook.js

Choose the request body `Preset - application/json`; a multipart form is not read. Nothing is
signed: put {"Authorization": "Bearer SECRET"} into the additional headers. A test, and the word
that a certificate is about to expire, come as a message without a monitor, and are told for
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "0": Status.FIRING,
    "1": Status.RESOLVED,
    "2": Status.INFO,
    "3": Status.INFO,
}
PHASES: Mapping[str, str] = {"2": "is pending", "3": "is under maintenance"}
NO_TARGET = ("", "https://", "http://")
"""What monitors that watch no page carry as their address."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    monitor, beat = payload.get("monitor"), payload.get("heartbeat")
    if monitor is None or beat is None:
        return [_message(required(payload, "msg"))]
    word = line(beat, "status")
    status = STATES.get(word, Status.UNKNOWN)
    name, target = line(monitor, "name", "pathName") or "(unnamed monitor)", _target(monitor)
    tags = {line(tag, "name"): line(tag, "value") for tag in monitor.list_at("tags")}
    where = f" on {target}" if target and target != name else ""
    event = replace(
        alarm("uptime_kuma", status, name, where, line(beat, "msg")),
        url=link(monitor, "url") if line(monitor, "url") not in NO_TARGET else None,
        service=tags.get("service") or target or None,
        environment=tags.get("environment") or tags.get("env") or None,
        labels={tag: value for tag, value in tags.items() if tag},
        fields=_fields(monitor, beat, target),
        occurred_at=when(beat, "time"),
    )
    if word in PHASES:
        event = replace(event, title=f"{name}{where} {PHASES[word]}", severity=Severity.INFO)
    return [of_problem(event, _identity(monitor, beat))]


def _message(said: str) -> Event:
    event = alarm("uptime_kuma", Status.INFO, said)
    return replace(event, title=said, severity=Severity.UNKNOWN)


def _identity(monitor: Payload, beat: Payload) -> str:
    return line(monitor, "id") or line(beat, "monitorID") or required(monitor, "name")


def _problem(headers: Headers, body: bytes) -> str:
    payload = Payload.from_json(body)
    return _identity(payload.at("monitor"), payload.at("heartbeat"))


def _target(monitor: Payload) -> str:
    if (url := line(monitor, "url")) not in NO_TARGET:
        return url
    host, port = line(monitor, "hostname"), line(monitor, "port")
    return f"{host}:{port}" if host and port else host


def _fields(monitor: Payload, beat: Payload, target: str) -> tuple[tuple[str, str], ...]:
    ping = line(beat, "ping")
    found = {
        "Target": target,
        "Type": line(monitor, "type"),
        "Group": line(monitor, "parentName"),
        "Response time": f"{ping} ms" if ping else "",
        "Retries": line(beat, "retries") if line(beat, "retries") != "0" else "",
    }
    return shown(found)


SOURCE = Source(
    slug="uptime_kuma",
    title="Uptime Kuma",
    docs="https://github.com/louislam/uptime-kuma/wiki/Notification-Methods",
    home="alerts",
    secret="env://UPTIME_KUMA_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
)
