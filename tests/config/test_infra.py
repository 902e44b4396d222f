"""The sections of environments, clusters and services: what they mean, and what is said of mistakes."""

from __future__ import annotations

import pytest

from sovereign.config import check
from sovereign.config.loader import parse
from sovereign.config.problems import ConfigProblems
from sovereign.config.secrets import SecretSource
from sovereign.domain.estate import Estate
from sovereign.services.setup import default_secrets


def estate(text: str) -> Estate:
    return parse(text, "discovery.yml", sources=[]).discovery.estate()


def problem(text: str) -> str:
    with pytest.raises(ConfigProblems) as refused:
        parse(text, "discovery.yml", sources=[])
    return str(refused.value)


MAIN = "clusters: [{name: main, kubeconfig: 'env://K'}]"


def test_names_and_mappings_of_environments_may_stand_together() -> None:
    found = estate(f"infra: {{environments: [dev, {{name: live, production: true}}], {MAIN}}}")
    assert [(one.name, one.production) for one in found.environments] == [("dev", False), ("live", True)]
    assert found.clusters == ("main",)


def test_a_service_says_its_limits_and_its_channel() -> None:
    [one] = estate("services: [{name: shop, replicas: {min: 1, max: 9}, channel: '#Shop'}]").services
    assert (one.least, one.most, one.channel) == (1, 9, "shop")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("infra: {clusters: [{name: a}]}", "names none of the ways to reach it"),
        ("infra: {clusters: [{name: a, in_cluster: true, server: 'https://x'}]}", "names 2 of the ways"),
        ("infra: {clusters: [{name: a, in_cluster: true, context: x}]}", "has a context and no kubeconfig"),
        ("infra: {clusters: [{name: a, in_cluster: true, token: 'env://T'}]}", "has no server"),
        ("infra: {clusters: [{name: a, kubeconfig: apiVersion}]}", "is not a reference to a secret"),
        (f"infra: {{environments: [{{name: dev, cluster: mian}}], {MAIN}}}", "did you mean 'main'"),
        (f"infra: {{environments: [dev, {{name: a, namespace: Bad_Name}}], {MAIN}}}", "a name of Kubernetes"),
        ("infra: {environments: [{name: dev}, {name: dev}]}", "a name of its own"),
        ("services: [{name: a, replicas: {min: 3, max: 2}}]", "has max 2 and min 3"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(text: str, words: str) -> None:
    assert words in problem(text)


def test_a_cluster_whose_secret_is_missing_is_warned_of_and_stops_nothing() -> None:
    loaded = parse(f"infra: {{{MAIN}}}", "discovery.yml", sources=[])
    given = default_secrets()
    found = check.findings(loaded, given, SecretSource(environment={"DISCORD_TOKEN": "t"}))
    warned = [one for one in found if "infra.clusters[0].kubeconfig" in one.problem]
    assert [one.severity for one in warned] == ["warning"]
