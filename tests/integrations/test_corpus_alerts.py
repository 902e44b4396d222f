"""Bodies of Grafana's, Sentry's and CloudEvents that others have gathered, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sovereign.domain.events import Status
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
BODIES = [
    (slug, path)
    for slug in ("cloudevents", "grafana", "sentry")
    for path in sorted((CORPUS / slug).glob("*.json"))
    if ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

NAMES = ("title", "ruleName", "alertname", "type")


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def names_in(node: object) -> list[str]:
    """What the body calls the alert, the issue or the event, wherever it does."""
    if isinstance(node, list):
        return [name for one in node for name in names_in(one)]
    if not isinstance(node, dict):
        return []
    own = [value for key, value in node.items() if key in NAMES and isinstance(value, str)]
    return own + [name for value in node.values() for name in names_in(value)]


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[path.stem for _, path in BODIES])
def test_a_body_gives_a_declared_kind_and_names_the_alert(slug: str, body: Path) -> None:
    sender, whole = source(slug), json.loads(body.read_bytes())
    for event in sender.parse(headers_of(body), body.read_bytes()):
        assert event.kind in sender.kinds or sender.open_kinds
        assert len(event.title.splitlines()) == 1
        assert any(name.rstrip(".") in event.title for name in names_in(whole))
        assert (event.fingerprint is None) == (event.status not in (Status.FIRING, Status.RESOLVED))


@needed
@pytest.mark.parametrize(
    "body", [path for slug, path in BODIES if slug == "sentry"], ids=lambda path: path.stem
)
def test_sentry_says_in_which_project(body: Path) -> None:
    (event,) = source("sentry").parse(headers_of(body), body.read_bytes())
    assert event.service
    assert f"in {event.service}" in event.title
