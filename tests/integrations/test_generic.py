"""What a body of nobody in particular says: by its usual names, or by the mapping of its endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from sovereign.core.errors import ConfigError
from sovereign.domain.events import Event
from sovereign.integrations._source import Source
from sovereign.integrations.generic import MOST_LABELS, SOURCE, configured


def event_of(body: Mapping[str, object], source: Source = SOURCE) -> Event:
    (event,) = source.parse({}, json.dumps(body).encode())
    return event


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"team": "shop", "tier": 1, "live": True}, {"team": "shop", "tier": "1", "live": "true"}),
        (["urgent", "eu"], {"urgent": "", "eu": ""}),
        ({"a": None, "b": {"c": 1}, "d": "two\nlines"}, {"d": "two lines"}),
        (["x", 7, None], {"x": ""}),
        ("text", {}),
        (None, {}),
    ],
)
def test_labels_of_a_body_without_a_mapping_are_there_to_route_by(
    given: object, read: dict[str, str]
) -> None:
    assert event_of({"title": "t", "labels": given}).labels == read


def test_no_body_brings_more_labels_than_anybody_routes_by() -> None:
    assert len(event_of({"title": "t", "labels": {f"l{n}": n for n in range(1000)}}).labels) == MOST_LABELS


@pytest.mark.parametrize(("given", "read"), [("main", "main"), ("refs/heads/main", "main"), ("", None)])
def test_the_branch_of_a_body_without_a_mapping_is_there_to_route_by(given: str, read: str | None) -> None:
    assert event_of({"title": "t", "branch": given}).branch == read


def test_a_mapping_names_labels_and_those_that_are_not_there_are_left_out() -> None:
    mapped = configured({"title": "{what}", "labels": {"team": "{owner.team}", "kind": "backup"}})
    assert event_of({"what": "w", "owner": {"team": "a\nb"}}, mapped).labels == {
        "team": "a b",
        "kind": "backup",
    }
    assert event_of({"what": "w"}, mapped).labels == {"kind": "backup"}


def test_labels_of_a_mapping_that_are_no_names_and_texts_are_refused() -> None:
    with pytest.raises(ConfigError, match="labels of a mapping are names and texts"):
        configured({"title": "{what}", "labels": "{owner}"})
