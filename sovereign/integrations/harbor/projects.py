"""What happens to a project: its quota, replication to and from elsewhere, retention of tags."""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown
from sovereign.integrations.harbor._common import Delivery, ended


def quota(delivery: Delivery, told: str) -> Event:
    project = line(delivery.facts, "repository.namespace") or delivery.repo or "a project"
    title = f"{told.capitalize()} in project {project}"
    title = f"{title} ({delivery.repo})" if delivery.repo else title
    event = delivery.event("incident.reported", title, project)
    severity = Severity.HIGH if told == "quota exceeded" else Severity.MEDIUM
    text = prose(delivery.facts, "custom_attributes.Details")
    return replace(event, text=text, severity=severity, conversation=None)


def replication(delivery: Delivery) -> Event:
    found = delivery.facts.at("replication")
    source, target = (_side(found, side) for side in ("src_resource", "dest_resource"))
    verb, status = ended(line(found, "job_status"))
    event = delivery.event(
        "artifact.replicated",
        f"Replication from {source} to {target} {verb}",
        f"{source} to {target}",
        status,
    )
    return replace(
        event,
        severity=Severity.MEDIUM if status is Status.FAILED else Severity.INFO,
        fields=shown(
            {
                "Replicated": _named(found, "successful_artifact"),
                "Failed": _named(found, "failed_artifact"),
                "Trigger": line(found, "trigger_type").lower(),
                "Policy of": line(found, "policy_creator"),
            }
        ),
    )


def retention(delivery: Delivery) -> Event:
    found = delivery.facts.at("retention")
    project = line(found, "project_name") or "a project"
    verb, status = ended(line(found, "result"))
    total, kept = found.integer_at("total"), found.integer_at("retained")
    title = f"Retention in project {project} {verb}: {max(total - kept, 0)} of {total} artifacts to delete"
    event = delivery.event("artifact.retained", title, project, status)
    return replace(event, fields=shown({"Deleted": _named(found, "deleted_artifact")}))


def _side(found: Payload, side: str) -> str:
    name = line(found, f"{side}.registry_name") or line(found, f"{side}.registry_type") or "a registry"
    namespace = line(found, f"{side}.namespace")
    return f"{name}/{namespace}" if namespace else name


def _named(found: Payload, key: str) -> str:
    return ", ".join(filter(None, (line(one, "name_tag") for one in found.list_at(key)[:10])))
