"""Flux: what its controllers report, sent by the providers `generic-hmac` and `generic`.

https://fluxcd.io/flux/components/notification/events/

`generic-hmac` signs with the `token` of its secret; `generic` can send a bearer token, in `headers`
of its secret. Write `env: prod` into the `eventMetadata` of the alert, and it is the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import by_problem
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, hmac_sha256, static_secret

DEPLOYERS = frozenset({"Kustomization", "HelmRelease", "Canary", "ResourceSet", "FluxInstance"})
"""Objects that bring something into a cluster; the others fetch, watch or notify."""
DONE: Mapping[str, tuple[str, str]] = {
    "ReconciliationSucceeded": ("service.deployed", "deployed"),
    "InstallSucceeded": ("service.deployed", "installed"),
    "UpgradeSucceeded": ("service.upgraded", "upgraded"),
    "RollbackSucceeded": ("service.rolledback", "rolled back"),
    "UninstallSucceeded": ("service.removed", "removed"),
}
STARTED = frozenset({"Progressing", "ProgressingWithRetry"})
REPORTED, FAILED, TROUBLE = "cluster.reported", "deployment.failed", "incident.reported"
SEVERITIES = {FAILED: Severity.HIGH, TROUBLE: Severity.MEDIUM}
_COMMIT = re.compile(r"(?P<ref>.*?)[@/]?(?:sha1:|sha256:)?(?P<sha>[0-9a-f]{40,64})")
"""`main@sha1:…`, as it is since version 2, or `main/…`, as it was."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    kind, namespace, name = _identity(payload)
    what = f"{namespace}/{name}" if namespace else name
    metadata, reason = payload.get("metadata"), line(payload, "reason")
    revision = _revision(metadata)
    told = _told(kind, reason, line(payload, "severity"))
    environment = _metadata(metadata, "env") or _metadata(metadata, "environment")
    where = f" in {environment}" if environment else ""
    version = f" {_short(revision)}" if revision else ""
    failed = told[1] is Status.FAILED
    event = Event(
        source="flux",
        kind=told[0],
        subject=f"{kind} {what}",
        name=what,
        title=f"Flux {told[2]} {kind} {what}{version}{where}" + (f": {reason}" if failed and reason else ""),
        text=prose(payload, "message"),
        status=told[1],
        severity=SEVERITIES.get(told[0], Severity.INFO),
        service=name,
        environment=environment or None,
        fields=shown(
            {
                "Reason": reason,
                "Revision": _short(revision),
                "Cluster": _metadata(metadata, "cluster"),
                "Summary": _metadata(metadata, "summary"),
                "Controller": line(payload, "reportingController"),
            }
        ),
        occurred_at=when(payload, "timestamp"),
    )
    # Without a revision nobody can tell one attempt from the next.
    run = digest(kind, namespace, name, revision) if told[0] != REPORTED else ""
    return [replace(event, conversation=f"flux:{run}" if run else None)]


def _told(kind: str, reason: str, severity: str) -> tuple[str, Status, str]:
    """The kind, the status, and what Flux did."""
    said = f"reported {reason} of" if reason else "reported on"
    if kind not in DEPLOYERS:
        return (TROUBLE if severity == "error" else REPORTED), Status.INFO, said
    if severity == "error":
        return FAILED, Status.FAILED, "failed to deploy"
    if reason in DONE:
        done, verb = DONE[reason]
        return done, Status.SUCCEEDED, verb
    if reason in STARTED:
        return "deployment.started", Status.RUNNING, "is deploying"
    return REPORTED, Status.INFO, said


def _identity(payload: Payload) -> tuple[str, str, str]:
    kind, name = line(payload, "involvedObject.kind"), line(payload, "involvedObject.name")
    if not kind or not name:
        raise BadPayload("$.involvedObject", "has no kind or no name")
    return kind, line(payload, "involvedObject.namespace"), name


def _revision(metadata: Payload | None) -> str:
    """Under `revision`, before which controllers put the group of their API."""
    keys = metadata.keys() if metadata else []
    found = next((key for key in keys if key.rpartition("/")[2] == "revision"), "")
    return _metadata(metadata, found)


def _metadata(metadata: Payload | None, key: str) -> str:
    found = metadata.get(key) if metadata else None
    return " ".join(found.scalar().split()) if found else ""


def _short(revision: str) -> str:
    found = _COMMIT.fullmatch(revision)
    return f"{found['ref']}@{found['sha'][:7]}".lstrip("@") if found else revision


def _object(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(Payload.from_json(body)))


SOURCE = Source(
    slug="flux",
    title="Flux",
    docs="https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac",
    home="cluster-status",
    secret="env://FLUX_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256("x-signature", prefix="sha256="), static_secret()),
    parse=parse,
    kinds=frozenset(kind for kind, _ in DONE.values()) | {"deployment.started", FAILED, REPORTED, TROUBLE},
    transmission=by_problem(_object),
    shown_headers=frozenset({"gotk-component"}),
)
