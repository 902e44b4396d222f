"""Argo CD: syncs of an application, and its health.

https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/

The body is a template. These go into the config map `argocd-notifications-cm`, the secret into
`argocd-notifications-secret` under `sovereign-secret`; subscribe with the annotations
`notifications.argoproj.io/subscribe.sovereign-sync.sovereign: ""` and the same with
`sovereign-health`.

    context: |
      argocdUrl: https://argocd.example
      environment: prod
    service.webhook.sovereign: |
      url: https://<your host>/hooks/argocd
      headers: [{name: Authorization, value: Bearer $sovereign-secret}]
    trigger.sovereign-sync: |
      - when: app.status.operationState != nil and app.status.operationState.phase in ['Running']
        send: [sovereign-sync]
      - when: app.status.operationState != nil and app.status.operationState.phase in ['Succeeded']
        oncePer: app.status.operationState.finishedAt
        send: [sovereign-sync]
      - when: app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']
        send: [sovereign-sync]
    trigger.sovereign-health: |
      - when: app.status.health.status in ['Degraded', 'Missing']
        send: [sovereign-health]
      - when: app.status.health.status == 'Healthy'
        send: [sovereign-health]
    template.sovereign-sync: |
      webhook:
        sovereign:
          method: POST
          body: |
            {"context": {{ toJson .context }}, "app": {"metadata": {"name": {{ toJson .app.metadata.name }},
              "namespace": {{ toJson .app.metadata.namespace }}}, "spec": {{ toJson .app.spec }},
              "status": {"operationState": {{ toJson .app.status.operationState }}}}}
    template.sovereign-health: |
      webhook:
        sovereign:
          method: POST
          body: |
            {"context": {{ toJson .context }}, "app": {"metadata": {"name": {{ toJson .app.metadata.name }},
              "namespace": {{ toJson .app.metadata.namespace }}}, "spec": {{ toJson .app.spec }},
              "status": {"health": {{ toJson .app.status.health }}}}}

A template that sends `{"app": {{ toJson .app }}}` is read as well. The fields are those of the
Application resource; nothing is signed.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import by_problem, headline, kind_of, of_problem, place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, duration, line, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret
from sovereign.integrations.argocd._application import Application

PHASES: Mapping[str, tuple[str, Status, str]] = {
    "Running": ("deployment.started", Status.RUNNING, "is deploying"),
    "Succeeded": ("service.deployed", Status.SUCCEEDED, "deployed"),
    "Failed": ("deployment.failed", Status.FAILED, "failed to deploy"),
    "Error": ("deployment.failed", Status.FAILED, "failed to deploy"),
    "Terminating": ("deployment.cancelled", Status.CANCELLED, "is giving up the deployment of"),
}
HEALTH: Mapping[str, Status] = {
    "Healthy": Status.RESOLVED,
    "Degraded": Status.FIRING,
    "Missing": Status.FIRING,
    "Progressing": Status.INFO,
    "Suspended": Status.INFO,
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    found = Application.read(Payload.from_json(body))
    phase, health = line(found.app, "status.operationState.phase"), line(found.app, "status.health.status")
    ill = HEALTH.get(health, Status.UNKNOWN) is Status.FIRING
    if phase and not (ill and phase == "Succeeded"):  # of a whole application, what is worse
        return [_sync(found, phase)]
    if not health:
        raise BadPayload("$.app.status", "has neither a phase nor a health")
    return [_health(found, health)]


def _sync(found: Application, phase: str) -> Event:
    state = found.app.at("status", "operationState")
    unknown = ("deployment.updated", Status.UNKNOWN, f"reported {phase} for the deployment of")
    kind, status, verb = PHASES.get(phase, unknown)
    revision = line(state, "syncResult.revision", "operation.sync.revision") or line(
        found.app, "status.sync.revision"
    )
    actor = line(state, "operation.initiatedBy.username") or "Argo CD"
    start, end = when(state, "startedAt"), when(state, "finishedAt")
    what = f"{found.name} {revision[:7]}".strip()
    failed = status is Status.FAILED
    return replace(
        found.event(kind, f"{actor} {verb} {what}{_to(found)}"),
        subject=what,
        status=status,
        severity=Severity.HIGH if failed else Severity.INFO,
        text=prose(state, "message") if failed else "",
        actor=actor,
        fields=shown(
            {
                "Revision": revision[:12],
                "Source": line(found.source, "repoURL"),
                "Path": line(found.source, "path", "chart"),
                "Duration": duration(between(start, end)),
                "Namespace": found.namespace,
                "Cluster": found.cluster,
            }
        ),
        occurred_at=end or start,
        conversation=f"argocd:{digest(*found.identity, line(state, 'startedAt') or revision)}",
    )


def _health(found: Application, health: str) -> Event:
    status = HEALTH.get(health, Status.UNKNOWN)
    name = f"Health of {found.name}"
    event = replace(
        found.event(
            kind_of(status), headline(name, status, place(found.namespace, found.environment), health)
        ),
        subject=name,
        name=name,
        status=status,
        severity=Severity.HIGH if status is Status.FIRING else Severity.INFO,
        text=prose(found.app, "status.health.message"),
        fields=shown({"Health": health, "Namespace": found.namespace, "Cluster": found.cluster}),
        occurred_at=when(found.app, "status.health.lastTransitionTime"),
    )
    return of_problem(event, "health", *found.identity)


def _to(found: Application) -> str:
    where = found.environment or found.namespace
    return f" to {where}" if where else ""


def _subject(headers: Headers, body: bytes) -> str:
    return "\n".join(Application.read(Payload.from_json(body)).identity)


SOURCE = Source(
    slug="argocd",
    title="Argo CD",
    docs="https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/",
    home="deployments",
    secret="env://ARGOCD_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset(kind for kind, _, _ in PHASES.values())
    | {"deployment.updated", "incident.detected", "incident.resolved", "incident.reported"},
    transmission=by_problem(_subject),
)
