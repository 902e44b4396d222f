"""Bodies of on-call services and error trackers that others have gathered, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from sovereign.domain.events import Event, Status
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
SLUGS = (
    "airbrake",
    "datadog",
    "errbit",
    "honeybadger",
    "newrelic",
    "opsgenie",
    "pagerduty",
    "raygun",
    "rollbar",
    "splunk",
)
"""There are none of bugsnag, elastic and victorops."""
BODIES = [
    (slug, path)
    for slug in SLUGS
    for path in sorted((CORPUS / slug).glob("*"))
    if ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

NAMES = (
    "alertConditionNames",
    "condition_name",
    "deployed_by",
    "error_class",
    "incident_key",
    "message",
    "name",
    "search_name",
    "subject",
    "summary",
    "title",
    "username",
)
"""What bodies call their alerts and the people in them."""
PLACES = (
    "alertPolicyNames",
    "app",
    "app_name",
    "application_name",
    "host",
    "impactedEntities",
    "integrationName",
    "name",
    "policy_name",
    "project_id",
    "summary",
)
"""What bodies call the project, service or host."""


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def events_of(slug: str, body: Path) -> list[Event]:
    return list(source(slug).parse(headers_of(body), body.read_bytes()))


def whole(body: Path) -> object:
    if body.suffix == ".json":
        return json.loads(body.read_bytes())
    return [json.loads(text) for texts in parse_qs(body.read_text()).values() for text in texts]


def texts_in(node: object, keys: tuple[str, ...], key: str = "") -> list[str]:
    """The texts under these keys, however deep."""
    if isinstance(node, dict):
        return [text for name, value in node.items() for text in texts_in(value, keys, name)]
    if isinstance(node, list):
        return [text for value in node for text in texts_in(value, keys, key)]
    return [str(node)] if key in keys and node not in (None, "") else []


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[f"{slug}-{path.stem}" for slug, path in BODIES])
def test_a_body_is_read_and_only_what_fires_or_resolves_is_an_alert(slug: str, body: Path) -> None:
    events = events_of(slug, body)
    assert events
    for event in events:
        assert len(event.title.splitlines()) == 1
        assert len(event.fields) <= 6
        assert (event.fingerprint is None) == (event.status not in (Status.FIRING, Status.RESOLVED))


@needed
@pytest.mark.parametrize("slug", SLUGS)
def test_nine_in_ten_bodies_are_of_a_declared_kind(slug: str) -> None:
    bodies = [body for name, body in BODIES if name == slug]
    declared = [
        body for body in bodies if all(one.kind in source(slug).kinds for one in events_of(slug, body))
    ]
    assert len(declared) >= 0.9 * len(bodies)


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[f"{slug}-{path.stem}" for slug, path in BODIES])
def test_the_title_names_the_alert_or_the_person(slug: str, body: Path) -> None:
    names = texts_in(whole(body), NAMES)
    if not names:
        pytest.skip("the body names nothing")
    for event in events_of(slug, body):
        assert any(" ".join(name.split()).rstrip(".") in event.title for name in names), event.title


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[f"{slug}-{path.stem}" for slug, path in BODIES])
def test_the_event_says_which_project_service_or_host(slug: str, body: Path) -> None:
    places = [place for place in texts_in(whole(body), PLACES) if not place.startswith("$")]
    if not places:
        pytest.skip("the body names no place")
    for event in events_of(slug, body):
        said = [event.title, event.service or "", *(value for _, value in event.fields)]
        assert any(place in text for place in places for text in said), event.title
