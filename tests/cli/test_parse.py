"""`sovereign parse` and `sovereign route`: what bodies would become, and where that would go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sovereign.cli.main import app
from sovereign.core import clock
from sovereign.core.samples import sample
from tests.end_to_end.world import ROOT

RUNNER = CliRunner()


def written(folder: Path, source: str, case: str) -> Path:
    """A sample as a file with its headers beside it."""
    taken = sample(source, case, clock.now())
    body = folder / f"{case}.json"
    body.write_bytes(taken.body)
    (folder / f"{case}.headers.json").write_text(json.dumps({k.title(): v for k, v in taken.headers.items()}))
    return body


def test_a_body_is_shown_as_the_events_that_it_makes(tmp_path: Path) -> None:
    body = written(tmp_path, "github", "pull_request.opened")
    said = RUNNER.invoke(app, ["parse", "github", str(body), "--json"])
    (one,) = json.loads(said.stdout)
    assert (one["file"], one["problem"]) == (str(body), None)
    assert one["events"][0]["kind"] == "change.created"
    assert '"kind": "change.created"' in RUNNER.invoke(app, ["parse", "github", str(body)]).stdout


def test_a_folder_is_shown_as_a_table_and_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    written(tmp_path, "alertmanager", "firing")
    (tmp_path / "odd.json").write_text("[1")
    said = RUNNER.invoke(app, ["parse", "alertmanager", str(tmp_path)])
    assert said.exit_code == 1
    assert "2 bodies, 1 event, 1 unreadable" in said.stdout
    assert "the body is not JSON" in said.stdout
    found = json.loads(RUNNER.invoke(app, ["parse", "alertmanager", str(tmp_path), "--json"]).stdout)
    assert [one["problem"] for one in found] == [None, "the body is not JSON"]


def test_headers_may_come_from_a_file_of_their_own(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_bytes(sample("github", "issues.opened", clock.now()).body)
    headers = tmp_path / "h.txt"
    headers.write_text('{"X-GitHub-Event": "issues"}')
    said = RUNNER.invoke(app, ["parse", "github", str(body), "--headers", str(headers), "--json"])
    assert json.loads(said.stdout)[0]["events"][0]["kind"] == "ticket.created"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("{", "is not JSON"),
        ('["a"]', "holds a list, and no JSON object"),
        ('"a"', "holds text, and no JSON object"),
        ('{"X-GitHub-Event": 5}', "the header X-GitHub-Event is a number, and no text"),
        ('{"X-GitHub-Event": null}', "the header X-GitHub-Event is empty, and no text"),
        (None, "there is no such file"),
    ],
)
@pytest.mark.parametrize("command", ["parse", "route"])
def test_headers_that_are_none_are_refused_in_words(
    tmp_path: Path, command: str, written: str | None, why: str
) -> None:
    body, headers = tmp_path / "body.json", tmp_path / "body.headers.json"
    body.write_text('{"action": "opened"}')
    if written is not None:
        headers.write_text(written)
    said = RUNNER.invoke(app, [command, "github", str(body), "--headers", str(headers)])
    assert said.exit_code == 2
    assert why in " ".join(said.stderr.replace("│", " ").split())
    if written is not None:
        beside = RUNNER.invoke(app, [command, "github", str(body)])
        assert why in str(beside.exception), "and so are those beside the body"


def test_an_unknown_source_or_file_is_said(tmp_path: Path) -> None:
    assert "No source is called 'nope'" in str(RUNNER.invoke(app, ["parse", "nope", "x"]).exception)
    assert "There is no file" in str(RUNNER.invoke(app, ["parse", "github", str(tmp_path / "x")]).exception)


@pytest.mark.parametrize("command", ["parse", "route"])
def test_the_folder_of_a_body_says_whose_it_is(tmp_path: Path, command: str) -> None:
    (tmp_path / "aws-eventbridge").mkdir()
    body = written(tmp_path / "aws-eventbridge", "aws_eventbridge", "alarm.firing")
    empty = tmp_path / "discovery.yml"
    empty.write_text("")
    options = ["--config", str(empty)] if command == "route" else []
    for given in (body, body.parent):
        found = RUNNER.invoke(app, [command, str(given), *options])
        assert (found.exit_code, "firing" in found.stdout) == (0, True), found.output
    elsewhere = written(tmp_path, "github", "pull_request.opened")
    refused = RUNNER.invoke(app, [command, str(elsewhere), *options])
    assert refused.exit_code == 2
    assert "which source it is of" in " ".join(refused.output.replace("│", "").split())
    assert "Name the source" in RUNNER.invoke(app, [command, "github", *options]).output


def test_route_says_which_rule_takes_an_event_and_why_the_others_passed(tmp_path: Path) -> None:
    config = tmp_path / "discovery.yml"
    config.write_text(
        "event_gateway:\n  routes:\n"
        "    - {name: nights, kind: pipelinerun.*, drop: true}\n"
        "    - {name: shop, repo: shop, channel: alpha-dev, mention: DevOps}\n"
        "    - {name: rest, source: github, channel: general}\n"
    )
    body = written(tmp_path, "github", "pull_request.opened")
    said = RUNNER.invoke(app, ["route", "github", str(body), "--config", str(config), "--explain"])
    assert "→ #alpha-dev, calling DevOps: route shop" in said.stdout
    assert "passed  nights: it asks for kind pipelinerun.*, and the event has change.created" in said.stdout
    assert "took it  shop: every condition holds" in said.stdout
    assert "rest" not in said.stdout, "nobody asked it any more"
    asked = ["route", "github", str(body), "--config", str(config), "--json"]
    (one,) = json.loads(RUNNER.invoke(app, asked).stdout)
    assert one["routes"][0]["decision"]["channel"] == "alpha-dev"


def test_route_reads_the_sample_configuration(tmp_path: Path) -> None:
    body = written(tmp_path, "alertmanager", "firing")
    said = RUNNER.invoke(app, ["route", "alertmanager", str(body), "--config", str(ROOT / "discovery.yml")])
    assert "→ #alerts, calling On-Call: the default for incident.detected" in said.stdout


@pytest.mark.parametrize("how", [[], ["--json"]])
@pytest.mark.parametrize("command", ["parse", "route"])
def test_what_cannot_be_read_and_a_folder_with_nothing_in_it_fail_alike(
    tmp_path: Path, command: str, how: list[str]
) -> None:
    (tmp_path / "empty.json").write_text("")
    said = RUNNER.invoke(app, [command, "alertmanager", str(tmp_path / "empty.json"), *how])
    assert said.exit_code == 1
    assert "the body is empty" in said.output
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "alone.headers.json").write_text("{}")
    refused = RUNNER.invoke(app, [command, "alertmanager", str(tmp_path / "nothing"), *how])
    assert refused.exit_code == 1
    assert "There is no body in" in str(refused.exception)


def test_nothing_of_a_folder_is_cut_where_no_terminal_reads_it(tmp_path: Path) -> None:
    name, title = "a-file-with-a-name-of-some-length-" * 3 + ".json", "what happened, at length, " * 10
    (tmp_path / name).write_text(json.dumps({"title": title}))
    said = RUNNER.invoke(app, ["parse", "generic", str(tmp_path)], env={"COLUMNS": "40"}).stdout
    assert name in said
    assert title.strip() in said
    assert "…" not in said


CRITICAL = {
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "Down", "severity": "critical", "team": "web"},
            "startsAt": "2026-03-01T12:00:00Z",
        },
        {
            "status": "firing",
            "labels": {"alertname": "Slow", "severity": "warning", "team": "web"},
            "startsAt": "2026-03-01T12:00:00Z",
        },
    ],
    "groupKey": "web",
}


def test_route_says_whom_an_alert_calls_and_why_by_severity_and_by_route_alike(tmp_path: Path) -> None:
    config, body = tmp_path / "discovery.yml", tmp_path / "alert.json"
    body.write_text(json.dumps(CRITICAL))
    config.write_text(
        "event_gateway:\n  routes:\n"
        "    - {name: web, label: team=web, channel: '#dev-feed', mention: [QA, Developers]}\n"
    )
    asked = ["route", "alertmanager", str(body), "--config", str(config)]
    said = RUNNER.invoke(app, [*asked, "--explain"]).stdout
    assert said.count("→ #dev-feed, calling On-Call, QA, Developers: route web") == 1, said
    assert said.count("→ #dev-feed: route web") == 1, "the alerts of one delivery call once"
    assert "calls    On-Call: its severity is critical, and event_gateway.mention_from is high" in said
    assert "calls    QA: route web mentions it" in said
    (one,) = json.loads(RUNNER.invoke(app, [*asked, "--json"]).stdout)
    assert [call["role"] for call in one["routes"][0]["calls"]] == ["On-Call", "QA", "Developers"]
    config.write_text("discord: {guild_id: 1}\n")
    assert "→ #alerts, calling On-Call: the default" in RUNNER.invoke(app, asked).stdout
