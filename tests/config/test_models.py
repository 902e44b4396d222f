"""What discovery.yml means: its defaults, its short forms, and the sections of a team's first file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from sovereign.config.discord import HUB
from sovereign.config.endpoints import Endpoint
from sovereign.config.loader import load, parse
from sovereign.config.models import Discovery
from sovereign.config.shape import fields, schema
from sovereign.domain.events import Severity
from sovereign.domain.routing import Route
from sovereign.integrations._source import all_sources

SOURCES = frozenset({"alertmanager", "generic", "github", "standard_webhooks"})
ROOT = Path(__file__).parents[2]


def discovery(text: str) -> Discovery:
    return parse(text, "discovery.yml", sources=SOURCES).discovery


FRAGMENTS = {
    "org": 'org:\n  name: "Acme LLC / Acme Engine"\n  contact:\n    owner: "ada"\n',
    "discord": """
discord:
  guild_id: "123456789"
  channels:
    prs: "#prs"
    deployments: "#deployments"
    alerts: "#alerts"
  bot:
    token_secret_ref: "vault://kv/discord/bot_token"
    rbac:
      prod_role: "ReleaseMgr"
""",
    "infra": """
infra:
  environments: ["dev", "staging", "prod"]
  nodes:
    orchestrator: "kubernetes"
    clusters:
      - name: "prod-us"
        api_server: "https://k8s-prod.acme.internal"
""",
    "ai_agents": """
ai_agents:
  enabled: true
  model_provider: "openai"
  routing:
    per_channel:
      "#agents": "gpt-4o-mini"
      "#inference-stream": "none"
""",
    "git": """
git:
  provider: "github"
  org: "Acme-Engine"
  repos:
    - name: "emulator"
      channel: "#deployments"
      env: "dev"
""",
    "repos": 'repos:\n  - name: "emulator"\n    channel: "#deployments"\n    env: "dev"\n',
    "event_gateway": """
event_gateway:
  endpoints:
    - path: "/event"
      discord_channel: "#cluster-status"
    - path: "/alert"
      discord_channel: "#alerts"
""",
    "triage": """
ai_providers:
  triage_agent: {provider: anthropic, model: claude-3-sonnet, api_key_env: ANTHROPIC_API_KEY, tokens: 9}
integrations:
  observability:
    sentry: {enabled: true, webhook_secret_env: SENTRY_WEBHOOK_SECRET}
decision_rules:
  auto_acknowledge:
    patterns:
      - "TypeError: Cannot read property.*of null"
      - "Network timeout.*retry_count < 3"
    conditions:
      - frequency: "occasional" # first_time, occasional, frequent
      - confidence_threshold: 0.8
learning:
  feedback_loop: {enabled: true, human_feedback_weight: 2.0}
""",
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_the_fragments_of_a_first_file_load(name: str) -> None:
    discovery(FRAGMENTS[name])


def test_the_fragments_load_together_and_mean_what_they_say() -> None:
    found = discovery("\n".join(text for name, text in FRAGMENTS.items() if name != "repos"))
    assert found.discord.guild_id == 123456789
    assert found.discord.prod_role == "ReleaseMgr"
    assert found.discord.bot.token_secret_ref == "vault://kv/discord/bot_token"
    assert found.infra.environment_names == ("dev", "staging", "prod")
    repo = found.repository("acme-engine/Emulator")
    assert repo is not None
    assert (repo.channel, repo.env) == ("deployments", "dev")
    assert found.ai_agents["routing"] == {
        "per_channel": {"#agents": "gpt-4o-mini", "#inference-stream": "none"}
    }
    assert [e.channel for e in found.event_gateway.resolved_endpoints()] == [None, "alerts", "cluster-status"]


def test_the_file_in_the_repository_loads_and_leaves_the_guild_open() -> None:
    found = load(ROOT / "discovery.yml", sources=all_sources().keys())
    assert found.discord.guild_id is None
    assert {grant.role for grant in found.discord.rbac.grants} >= {"Owner", "DevOps", "On-Call", "Developers"}
    assert found.repository("acme/shop") is not None
    paths = {endpoint.path for endpoint in found.event_gateway.resolved_endpoints()}
    assert paths >= {"/git", "/alert", "/event"}


def test_an_empty_file_is_the_defaults() -> None:
    assert discovery("") == discovery("# nothing yet\n") == discovery("org:\ndiscord:\n") == Discovery()
    found = Discovery()
    assert found.discord.channels == {key: key for key in HUB}
    assert found.discord.bot.token_secret_ref == "env://DISCORD_TOKEN"
    assert found.discord.oncall_role == "On-Call"
    assert found.event_gateway.max_body == 5 * 1024 * 1024
    assert found.event_gateway.mention_from is Severity.HIGH


def test_the_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Discovery().discord.__setattr__("guild_id", 1)


def test_three_endpoints_are_there_unasked() -> None:
    assert Discovery().event_gateway.resolved_endpoints() == (
        Endpoint(path="/git", name="github", source="github"),
        Endpoint(path="/alert", name="alertmanager", source="alertmanager"),
        Endpoint(path="/event", name="generic", source="generic"),
    )


def test_an_endpoint_says_only_what_differs() -> None:
    found = discovery("""
event_gateway:
  endpoints:
    - {path: /hooks/standard-webhooks, auth: none}
    - {path: /git, secret: [env://NEW, env://OLD], discord_channel: "<#42>"}
    - {path: /hooks/forms, source: generic, name: forms-eu, mapping: {title: $.title}}
    - {path: /alert, source: generic}
    - {path: /event, name: anything}
""").event_gateway.resolved_endpoints()
    assert found == (
        Endpoint(
            path="/git",
            name="github",
            source="github",
            secrets=("env://NEW", "env://OLD"),
            channel="42",
            index=1,
        ),
        Endpoint(path="/alert", name="generic", source="generic", index=3),
        Endpoint(path="/event", name="anything", source="generic", index=4),
        Endpoint(
            path="/hooks/standard-webhooks",
            name="standard-webhooks",
            source="standard_webhooks",
            auth="none",
            index=0,
        ),
        Endpoint(
            path="/hooks/forms", name="forms-eu", source="generic", mapping={"title": "$.title"}, index=2
        ),
    )


@pytest.mark.parametrize("spelling", ['"#ops"', "ops", "OPS", '" #Ops "'])
def test_a_channel_has_one_name_however_it_is_spelt(spelling: str) -> None:
    assert discovery(f"discord: {{channels: {{alerts: {spelling}}}}}").discord.channels["alerts"] == "ops"


@pytest.mark.parametrize(
    "spelling", ["112233445566778899", '"112233445566778899"', '"<#112233445566778899>"']
)
def test_an_id_has_one_form_however_it_is_spelt(spelling: str) -> None:
    found = discovery(f"discord: {{channels: {{alerts: {spelling}}}}}").discord
    assert found.channels["alerts"] == "112233445566778899"


def test_channel_keys_may_be_written_with_underscores_and_lead_to_their_channel() -> None:
    found = discovery('discord: {channels: {ci_cd_pipeline: "#builds", extra: 42}}').discord
    assert found.channel("ci-cd-pipeline") == found.channel("ci_cd_pipeline") == "builds"
    assert found.channel("extra") == "42"
    assert found.channel("prs") == "prs"
    assert found.channel("some-other") == "some-other"


def test_routes_and_repositories_become_rules_with_their_channels_looked_up() -> None:
    found = discovery("""
discord: {channels: {on_call: "#pagers"}}
git: {org: Acme, repos: [{name: Shop, channel: on-call}, {name: other/lib}]}
event_gateway:
  routes:
    - {kind: change.*, severity: high, channel: on-call, mention: "@DevOps"}
    - {name: quiet, drop: true, repo: acme/*, label: bot=true}
    - {mention: [DevOps, 42]}
""").rules()
    assert found.routes == (
        Route(
            name="routes[0]",
            kind="change.*",
            severity=Severity.HIGH,
            channel="pagers",
            mention=("DevOps",),
        ),
        Route(name="quiet", drop=True, repo="acme/*", label="bot=true"),
        Route(name="routes[2]", mention=("DevOps", "42")),
    )
    assert found.repo_channels == {"acme/shop": "pagers", "Acme/Shop": "pagers"}


def test_a_repository_is_found_by_its_full_name_whatever_the_case() -> None:
    found = discovery("git: {org: acme, repos: [{name: shop, env: prod}]}\nrepos: [{name: other/lib}]")
    assert found.repository("Acme/Shop") == found.git.repos[0]
    assert found.repository("other/lib") == found.repos[0]
    assert found.repository("stranger/shop") is None
    assert discovery("repos: [{name: shop}]").repository("acme/shop") is not None


@pytest.mark.parametrize(
    ("written", "count"),
    [("2048", 2048), ("5MiB", 5 * 2**20), ("5 MB", 5_000_000), ('"1.5KiB"', 1536), ("25mib", 25 * 2**20)],
)
def test_sizes_take_units(written: str, count: int) -> None:
    assert discovery(f"event_gateway: {{max_body: {written}}}").event_gateway.max_body == count


def test_a_grant_covers_its_capabilities_in_its_environments() -> None:
    one, everything = discovery("""
discord:
  rbac:
    grants:
      - {role: "@DevOps", capabilities: alerts.view, environments: [dev, staging]}
      - {role: Owner, capabilities: all}
""").discord.rbac.grants
    assert one.role == "DevOps"
    assert one.allows("alerts.view", "dev")
    assert one.allows("alerts.view")
    assert not one.allows("alerts.view", "prod")
    assert not one.allows("alerts.acknowledge", "dev")
    assert everything.allows("whatever.comes", "prod")


def test_people_are_named_by_id_or_user_name() -> None:
    found = discovery('people: [{discord: "@ada"}, {discord: "<@!42>"}, {discord: 43, timezone: Asia/Tokyo}]')
    assert [person.discord for person in found.people] == ["ada", "42", "43"]


def test_every_field_is_described_in_the_schema() -> None:
    json.dumps(schema())
    definitions = schema()["$defs"]
    assert isinstance(definitions, dict)
    for section in (schema(), *definitions.values()):
        for name, field in section.get("properties", {}).items():
            target = definitions.get(str(field.get("$ref")).rpartition("/")[2], {})
            assert field.get("description") or target.get("description"), f"{section.get('title')}.{name}"


def test_the_schema_tells_which_keys_a_section_knows() -> None:
    assert "path" in fields(("event_gateway", "endpoints", 0))
    assert "prod_role" in fields(("discord", "bot", "rbac"))
    assert fields(("discord", "channels")) == {}
