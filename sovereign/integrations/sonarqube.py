"""SonarQube Server and Cloud: what the quality gate says of an analysis.

https://docs.sonarsource.com/sonarqube-server/project-administration/webhooks/

Sonar does not say where the code is. Give the scanner
`-Dsonar.analysis.repository=https://github.com/acme/shop`, which it passes on, and the gate becomes
a check of the commit and of its pull request.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import by_problem
from sovereign.integrations._builds import TASK, Build, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, hmac_sha256, static_secret

GATES: Mapping[str, Status] = {
    "OK": Status.SUCCEEDED,
    "WARN": Status.SUCCEEDED,
    "ERROR": Status.FAILED,
    "NONE": Status.SKIPPED,
}
GATE_VERBS = {"WARN": "passed with warnings", "NONE": "has no conditions"}
ANALYSES: Mapping[str, Status] = {
    "SUCCESS": Status.SUCCEEDED,
    "FAILED": Status.FAILED,
    "CANCELED": Status.CANCELLED,
}
RATINGS: Mapping[str, str] = {"1": "A", "2": "B", "3": "C", "4": "D", "5": "E"}
MOST_CONDITIONS = 4


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    payload.at("project")
    address = _repository(payload)
    project, branch = line(payload, "project.name", "project.key"), line(payload, "branch.name")
    is_pull = line(payload, "branch.type") == "PULL_REQUEST"
    name, status, verb = _verdict(payload)
    failed = [one for one in payload.list_at("qualityGate", "conditions") if _is_failed(one)]
    build = Build(
        source="sonarqube",
        family=TASK,
        name=f"{name} of {project}" if address and project else name,
        id=f"{branch}@{line(payload, 'revision', 'taskId')}",
        status=status,
        verb=verb,
        phase="finished",
        address=address,
        project=project,
        branch="" if is_pull else branch,
        sha=line(payload, "revision"),
        pull=branch if is_pull else "",
        # Editions without branches know the main one only, and do not name it.
        default=not is_pull and (not branch or payload.flag("branch", "isMain")),
        url=link(payload, "branch.url") or link(payload, "project.url"),
        at=when(payload, "changedAt", "analysedAt"),
        more=dict(map(_told, failed[:MOST_CONDITIONS])),
    )
    event = event_of(build)
    why = ", ".join(_metric(one) for one in failed)
    return [replace(event, service=project or None, title=f"{event.title}: {why}" if why else event.title)]


def _repository(payload: Payload) -> str:
    found = payload.get("properties", "sonar.analysis.repository")
    return found.text() if found else ""


def _verdict(payload: Payload) -> tuple[str, Status, str]:
    """The gate's, unless there was no analysis that a gate could judge."""
    analysis, gate = line(payload, "status"), line(payload, "qualityGate.status")
    status = ANALYSES.get(analysis or "SUCCESS", Status.UNKNOWN)
    if status is Status.SUCCEEDED and gate:
        known = GATES.get(gate, Status.UNKNOWN)
        return "Quality gate", known, GATE_VERBS.get(gate, "" if gate in GATES else f"reported {gate}")
    return "Analysis", status, "" if analysis in ANALYSES else f"reported {analysis or 'no state'}"


def _is_failed(condition: Payload) -> bool:
    return line(condition, "status") == "ERROR"


def _metric(condition: Payload) -> str:
    return words(line(condition, "metric")) or "a metric without a name"


def _told(condition: Payload) -> tuple[str, str]:
    value, limit = line(condition, "value") or "no value", line(condition, "errorThreshold")
    if line(condition, "metric").endswith("_rating"):
        value, limit = RATINGS.get(value, value), RATINGS.get(limit, limit)
    return _metric(condition).capitalize(), f"{value} (limit {limit})" if limit else value


def _branch(headers: Headers, body: bytes) -> str:
    payload = Payload.from_json(body)
    return "\n".join((line(payload, "project.key", "project.name"), line(payload, "branch.name")))


SOURCE = Source(
    slug="sonarqube",
    title="SonarQube",
    docs="https://docs.sonarsource.com/sonarqube-server/project-administration/webhooks/",
    home="ci-cd-pipeline",
    secret="env://SONARQUBE_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256("x-sonar-webhook-hmac-sha256"), static_secret()),
    parse=parse,
    kinds=kinds(TASK, "finished"),
    transmission=by_problem(_branch),
    shown_headers=frozenset({"x-sonarqube-project"}),
)
