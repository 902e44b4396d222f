"""GoCD: stages of pipelines, as notification plugins send them on.

https://plugin-api.gocd.org/current/notifications/
https://github.com/gocd-contrib/gocd-webhook-notification-plugin

GoCD itself calls nobody; a plugin sends what GoCD tells it, `{"type": "stage", "data": …}`, and
signs nothing: put `?token=SECRET` into the address. Fields and states are those of GoCD's plugin
API. A stage is told when it is scheduled and when it ends. What people post by hand, a
pipeline of GoCD's API or `{"build_details": …}`, is read as far as it goes.
"""

from __future__ import annotations

import re

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._builds import by_run, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret
from sovereign.integrations.gocd.stages import of_details, of_instance, of_stage

_CAMELS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    if by_hand := payload.get("build_details"):
        return [event_of(of_details(by_hand))]
    if line(payload, "type") == "agent":
        return [_of_agent(payload.at("data"))]
    if payload.get("stages"):
        return [event_of(of_instance(payload))]
    data = payload.get("data") or payload
    return [event_of(of_stage(data.at("pipeline")))]


def _of_agent(agent: Payload) -> Event:
    name = line(agent, "hostname", "uuid")
    if not name:
        raise BadPayload("$.data", "names no agent")
    states = {
        "Configuration": line(agent, "config-state", "agent_config_state"),
        "State": line(agent, "agent-state", "agent_state"),
        "Build": line(agent, "build-state", "build_state"),
    }
    state = states["State"] or states["Configuration"] or "changed"
    return Event(
        source="gocd",
        kind="agent.changed",
        subject=name,
        title=f"Agent {name} of GoCD: {_CAMELS.sub(' ', state).lower()}",
        fields=shown({**states, "System": line(agent, "operating-system", "operating_system")}),
    )


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    pipeline = Payload.from_body(headers, body).at("data", "pipeline")
    names = ("name", "counter", "stage.name", "stage.counter", "stage.state")
    return tuple(line(pipeline, name) for name in names)


SOURCE = Source(
    slug="gocd",
    title="GoCD",
    docs="https://plugin-api.gocd.org/current/notifications/",
    home="ci-cd-pipeline",
    secret="env://GOCD_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds("pipelinerun", "started", "finished") | kinds("taskrun", "finished") | {"agent.changed"},
    quiet=kinds("pipelinerun", "started") | {"agent.changed"},
    transmission=by_run(_said),
)
