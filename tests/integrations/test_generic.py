"""What a body of nobody in particular says: by its usual names, or by the mapping of its endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from hypothesis import given

from sovereign.core.errors import ConfigError
from sovereign.domain.events import Event
from sovereign.integrations._source import Source
from sovereign.integrations._usual import MOST_NAMES
from sovereign.integrations.generic import MOST_LABELS, SOURCE, configured
from tests.integrations.test_code_host_proofs import anything


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


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"Title": "The disk is full"}, "The disk is full"),
        ({"EVENT": "restarted"}, "restarted"),
        ({"Description": "Somebody logged in", "HostName": "db-0"}, "Somebody logged in"),
        ({"type": "charge.failed", "data": {"object": {"id": "x"}}}, "charge.failed"),
        ({"event_type": "approved", "task_name": "Paint the shed"}, "approved: Paint the shed"),
        ({"eventType": "approved", "taskName": "Paint the shed"}, "approved: Paint the shed"),
        ({"webhook": {"ticket_id": 7, "ticket_subject": "The door is stuck"}}, "The door is stuck"),
        ({"data": {"message": "two\nlines"}, "post_title": "later"}, "two lines"),
        ({"a": {"b": {"c": {"title": "too deep"}}}}, "A message without a title"),
        ({"title": None, "a": [1, {"title": "in a list"}]}, "A message without a title"),
    ],
)
def test_a_title_is_found_under_any_usual_name(body: dict[str, object], title: str) -> None:
    assert event_of(body).title == title


def test_no_more_names_of_an_object_are_looked_at_than_anybody_writes() -> None:
    many: dict[str, object] = {f"n{number}": number for number in range(MOST_NAMES)}
    assert event_of({"title": "first"} | many).title == "first"
    assert event_of(many | {"title": "last"}).title == "A message without a title"


def test_what_is_made_for_slack_is_told_with_its_attachments() -> None:
    message = {
        "attachments": [
            {
                "pretext": "<!here> see <https://ci.example/7|build 7>",
                "title": "shop &amp; cart",
                "title_link": "https://shop.example",
                "text": "It failed.\n\nTwice.",
                "fallback": "not needed",
                "fields": [{"title": "Branch", "value": "main"}, {"value": "alone"}, None],
            },
            {"fallback": "a second one", "blocks": [{"type": "header", "text": {"text": "Head"}}]},
            "no object",
        ],
        "blocks": [
            {"fields": [{"text": "*bold* <https://a.example> 2*3*4"}], "elements": [{"text": "last"}, 7]}
        ],
    }
    event = event_of(message)
    lines = ["shop & cart", "It failed.", "Twice.", "Branch: main", "alone", "a second one", "Head"]
    assert event.title == "see build 7"
    assert event.text.split("\n") == [*lines, "bold https://a.example 2*3*4", "last"]
    assert event.url == "https://shop.example"
    named = event_of(message | {"text": "The build failed"})
    assert (named.title, named.text.split("\n")[0]) == ("The build failed", "see build 7")


@pytest.mark.parametrize(
    ("form", "title"),
    [
        (b"hook=publish&post_title=New%20door&post_url=http%3A%2F%2Fa.example", "publish: New door"),
        ("topic=x&title=Tür".encode(), "Tür"),
        (b"title=bad+\xff+byte", "bad \N{REPLACEMENT CHARACTER} byte"),
        (b"payload=" + quote(json.dumps({"title": "inside"})).encode(), "inside"),
        (b"a=1&payload=" + quote(json.dumps({"title": "inside"})).encode(), "inside"),
    ],
)
def test_a_form_is_told_by_its_own_fields_or_by_the_json_in_it(form: bytes, title: str) -> None:
    (event,) = SOURCE.parse({"content-type": "application/x-www-form-urlencoded"}, form)
    assert event.title == title


@given(anything)
def test_of_any_json_the_event_has_a_title(body: object) -> None:
    (event,) = SOURCE.parse({}, json.dumps(body).encode())
    assert event.title.strip()


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
