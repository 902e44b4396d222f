"""The dashboard and the alert rules ask for metrics, labels and words that the product has."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML

from sovereign.cli import main
from sovereign.core import metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "sovereign.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RULES: list[dict[str, Any]] = [
    rule
    for group in YAML(typ="safe").load(DEPLOY / "prometheus" / "alerts.yml")["groups"]
    for rule in group["rules"]
]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
ASKED = [*QUERIES, *(rule["expr"] for rule in RULES), DASHBOARD["annotations"]["list"][0]["expr"]]

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
BY_PROMETHEUS = {"instance", "job", "le"}


@cache
def exported() -> frozenset[str]:
    """The name of every series that a scrape can give."""
    return frozenset(
        family.name + suffix for family in REGISTRY.collect() for suffix in SUFFIXES.get(family.type, ("",))
    )


def named(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:sovereign|process|python)_\w+", expression))


def labels(series: set[str]) -> set[str]:
    """Every label that one of these has."""
    ours = (each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase))
    return BY_PROMETHEUS.union(
        *(each._labelnames for each in ours if any(name.startswith(each._name) for name in series))
    )


def asked_labels(expression: str) -> set[str]:
    lists = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression)
    matched = re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", expression)
    return {label.strip() for found in lists for label in found.split(",")} | set(matched)


@pytest.mark.parametrize("expression", ASKED)
def test_every_query_asks_for_metrics_and_labels_that_are_exported(expression: str) -> None:
    assert named(expression) <= exported()
    assert asked_labels(expression) <= labels(named(expression))


def test_every_word_that_a_query_looks_for_is_one_that_the_product_says() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "sovereign").rglob("*.py"))
    matched = re.findall(r"(?:verdict|state|outcome)=~?\"([^\"]+)\"", "\n".join(ASKED))
    words = {word for found in matched for word in found.split("|")}
    assert {word for word in words if f'"{word}"' not in sources} == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_happened_how_bad_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    shown = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
    assert shown <= labels(named(rule["expr"]))


def test_every_command_that_a_runbook_or_the_guide_names_is_one_that_there_is() -> None:
    commands: set[str] = set(typer.main.get_command(main.app).commands)  # type: ignore[attr-defined]
    texts = [rule["annotations"]["runbook"] for rule in RULES] + [
        (ROOT / "docs" / "deploying.md").read_text()
    ]
    named_there = set(re.findall(r"`(?:docker exec sovereign )?sovereign ([a-z]+)", "\n".join(texts)))
    assert "check" in named_there
    assert named_there <= commands


def test_prometheus_is_told_of_the_rules_and_scrapes_under_the_name_that_they_ask_for() -> None:
    path = DEPLOY / "prometheus" / "prometheus.yml"
    example = YAML(typ="safe").load(path)
    assert all((path.parent / name).exists() for name in example["rule_files"])
    (scrape,) = example["scrape_configs"]
    assert any(f'up{{job="{scrape["job_name"]}"}}' in rule["expr"] for rule in RULES)


def test_every_panel_has_a_title_a_unit_and_the_chosen_source_and_instances() -> None:
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == panel["datasource"]["uid"] == "${datasource}"
            assert all(name + '{instance=~"$instance"' in target["expr"] for name in named(target["expr"]))
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]


def test_no_panel_covers_another_and_each_legend_shows_a_label_that_there_is() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    for target in (target for panel in PANELS for target in panel["targets"]):
        shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert shown <= labels(named(target["expr"]))
