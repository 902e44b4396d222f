"""TeamCity: builds, as its own webhooks and as the tcWebHooks plugin tell them.

https://www.jetbrains.com/help/teamcity/teamcity-webhooks.html
https://github.com/tcplugins/tcWebHooks

TeamCity signs nothing. Its own webhooks send `{"eventType": …, "payload": …}` with the build as the
REST API has it, and know HTTP basic (`teamcity.internal.webhooks.username` and `.password`: any
name, and the secret). The plugin sends `{"build": …}` in its formats JSON and Legacy; give it a
bearer token or `?token=SECRET` in the address. The names of events are confirmed by TeamCity's
documentation, the envelope of its own webhooks is not.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._builds import by_run, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret
from sovereign.integrations.teamcity.builds import of_plugin, of_rest

AGENTS = frozenset({"AGENT_REGISTRED", "AGENT_UNREGISTERED", "AGENT_REMOVED"})


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    if own := payload.get("eventType"):
        word = own.text()
        return [_of_agent(payload, word)] if word in AGENTS else [event_of(of_rest(payload, word))]
    return [event_of(of_plugin(payload.at("build")))]


def _of_agent(payload: Payload, event: str) -> Event:
    agent = payload.at("payload")
    did = {"AGENT_REGISTRED": "connected", "AGENT_UNREGISTERED": "disconnected"}.get(event, "was removed")
    name = line(agent, "name") or "(unnamed)"
    return Event(
        source="teamcity",
        kind="agent.changed",
        subject=name,
        title=f"Agent {name} of TeamCity {did}",
        url=link(agent, "webUrl"),
        fields=shown({"Pool": line(agent, "pool.name"), "Address": line(agent, "ip")}),
    )


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = Payload.from_body(headers, body)
    if found := payload.get("build"):
        names = ("rootUrl", "buildId", "notifyType", "buildResult")
    elif found := payload.get("payload"):
        names = ("webUrl", "id", "state", "status")
    else:
        raise BadPayload("$", "has no build")
    return (line(payload, "eventType") or "plugin", *(line(found, name) for name in names))


SOURCE = Source(
    slug="teamcity",
    title="TeamCity",
    docs="https://www.jetbrains.com/help/teamcity/teamcity-webhooks.html",
    home="ci-cd-pipeline",
    secret="env://TEAMCITY_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds("pipelinerun", "queued", "started", "finished") | {"agent.changed"},
    quiet=kinds("pipelinerun", "queued", "started") | {"agent.changed"},
    transmission=by_run(_said),
)
