"""Thinkst Canary: somebody touched a canary or a Canarytoken of a console, and what its users did there.

https://docs.canary.tools/webhooks/generic.html

Nothing is signed: put `?token=SECRET` behind the address. The mapping rests on the documentation's
bodies. No word says how bad it is; whoever touches a canary has no business there, so that all are high.
Canary never says that one is over: each opens an incident that people close, and a host that touches the
same canary in the same way is the same problem, as is a token wherever it is found. The console's trial
of the webhook is told for itself.
"""

from __future__ import annotations

import re

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES = {"CanaryIncident": Status.FIRING, "CanarytokenIncident": Status.FIRING}
SEVERITIES = {Status.FIRING: Severity.HIGH, Status.INFO: Severity.INFO}
TRIAL = "0000000testnode"
"""The canary that a trial of the webhook names; it is no device."""
AUDIT = "console-audit"
WORDS = ("Additional Information", "Background Context")
"""Details that are sentences."""
_TRIGGERED = re.compile(r"\s+triggered$", re.IGNORECASE)


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    if line(payload, "type") == AUDIT:
        return [_audited(payload.at("payload"))]
    status = STATES.get(required(payload, "AlertType"), Status.UNKNOWN)
    if line(payload, "CanaryID") == TRIAL:
        status = Status.INFO
    name, canary, origin = _name(payload), line(payload, "CanaryName"), line(payload, "SourceIP")
    where = f" on {canary}" if canary else ""
    details = _details(payload)
    event = replace(
        alarm("thinkst", status, name, f"{where} from {origin}" if origin else where),
        text="\n".join(filter(None, (prose(payload, "Intro"), *(details.get(word, "") for word in WORDS)))),
        severity=SEVERITIES.get(status, Severity.UNKNOWN),
        service=canary or None,
        fields=_fields(payload, details),
        occurred_at=when(payload, "Timestamp"),
    )
    return [of_problem(event, *_identity(payload))]


def _name(payload: Payload) -> str:
    """`SSH Login Attempt`; of a token its kind and what its owner wrote down to know it by."""
    name = required(payload, "Description")
    if not line(payload, "Token"):
        return name
    name = _TRIGGERED.sub("", name)
    reminder = line(payload, "Reminder")
    name = name if name.lower().endswith("canarytoken") else f"{name} Canarytoken"
    return f"{name} ({reminder})" if reminder else name


def _identity(payload: Payload) -> tuple[str, ...]:
    if token := line(payload, "Token"):
        return (token,)
    canary = line(payload, "CanaryID", "CanaryName")
    return (canary, required(payload, "Description"), line(payload, "SourceIP"))


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(Payload.from_json(body)))


def _details(payload: Payload) -> dict[str, str]:
    """The pairs of a name and a value; what is no such pair is left out."""
    found: dict[str, str] = {}
    for pair in payload.list_at("AdditionalDetails"):
        parts = list(pair.each())
        if len(parts) == 2 and all(part.raw is not None for part in parts):
            name, value = (part.scalar().strip() for part in parts)
            found[name] = value
    return found


def _fields(payload: Payload, details: dict[str, str]) -> tuple[tuple[str, str], ...]:
    origin, host = line(payload, "SourceIP") or details.get("Source", ""), line(payload, "ReverseDNS")
    address, port = line(payload, "CanaryIP"), line(payload, "CanaryPort")
    times = line(payload, "Triggered")
    found = {
        "Source": f"{origin} ({host})" if host and origin else origin or host,
        "Canary": f"{address}:{port}" if address and port else address,
        "Location": line(payload, "CanaryLocation"),
        "User": details.get("Username") or details.get("User", ""),
        "Target": details.get("Filename") or details.get("Targets", ""),
        "User agent": details.get("User-Agent", ""),
        "Triggered": f"{times} times" if times not in ("", "1") else "",
    }
    return shown({name: " ".join(value.split()) for name, value in found.items()})[:6]


def _audited(entry: Payload) -> Event:
    """What a user of the console did there."""
    message, action = required(entry, "message"), line(entry, "action_type")
    user, flock = line(entry, "user"), line(entry, "flock_name")
    place = f"Thinkst console ({flock})" if flock else "Thinkst console"
    return Event(
        source="thinkst",
        kind="console.audited",
        subject=place,
        title=f"{user} in the {place}: {message}" if user else f"{place}: {message}",
        actor=user or None,
        fields=shown({"Action": action, "From": line(entry, "user_ip")}),
        occurred_at=when(entry, "timestamp"),
    )


SOURCE = Source(
    slug="thinkst",
    title="Thinkst Canary",
    docs="https://docs.canary.tools/webhooks/generic.html",
    home="alerts",
    secret="env://THINKST_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected", "incident.reported", "console.audited"}),
    quiet=frozenset({"console.audited"}),
    transmission=by_problem(_problem),
)
