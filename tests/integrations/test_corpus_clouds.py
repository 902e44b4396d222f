"""Bodies of the large clouds that others have gathered, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sovereign.domain.events import Event
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FOLDERS = {
    "sns": "sns",
    "cloudwatch_raw": "cloudwatch-raw",
    "aws_eventbridge": "aws-eventbridge",
    "pubsub": "gcp-pubsub",
}
BODIES = [
    (slug, path)
    for slug, folder in FOLDERS.items()
    for path in sorted((CORPUS / folder).glob("*.json"))
    if ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

NAMES = (
    "AlarmName", "TopicArn", "alarmName", "application", "pipeline", "repository-name", "detail-type",
    "AutoScalingGroupName", "subscription",
)  # fmt: skip
"""Where the clouds name an alarm, or the thing that an event is about."""


def events_of(slug: str, body: Path) -> list[Event]:
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    headers = {name.lower(): value for name, value in named.items()}
    return list(source(slug).parse(headers, body.read_bytes()))


def names_in(node: object) -> list[str]:
    if isinstance(node, str) and node.startswith("{"):
        return names_in(json.loads(node))
    if isinstance(node, list):
        return [name for one in node for name in names_in(one)]
    if not isinstance(node, dict):
        return []
    own = [value for key, value in node.items() if key in NAMES and isinstance(value, str)]
    return own + [name for value in node.values() for name in names_in(value)]


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[path.stem for _, path in BODIES])
def test_a_body_gives_a_declared_kind_and_says_what_it_is_about(slug: str, body: Path) -> None:
    events = events_of(slug, body)
    names = [name.rpartition(":")[2].rpartition("/")[2] for name in names_in(json.loads(body.read_bytes()))]
    assert events
    for event in events:
        assert event.kind in source(slug).kinds
        assert any(name in event.title for name in names), event.title


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[path.stem for _, path in BODIES])
def test_a_body_says_of_which_service_topic_or_project(slug: str, body: Path) -> None:
    places = {"Topic", "Project", "Subscription", "Group", "Pipeline"}
    for event in events_of(slug, body):
        assert event.service or event.repo or places & {name for name, _ in event.fields}, event.title


@needed
def test_the_forms_in_which_one_alarm_comes_give_the_same() -> None:
    (signed,) = (path for slug, path in BODIES if slug == "sns" and "single-metric" in path.name)
    (raw,) = (path for slug, path in BODIES if slug == "cloudwatch_raw")
    (one,), (other,) = events_of("sns", signed), events_of("cloudwatch_raw", raw)
    assert (one.title, one.status, one.labels) == (other.title, other.status, other.labels)
