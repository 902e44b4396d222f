"""A pull request that people name in their own words is found, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sovereign.domain.events import Event
from sovereign.domain.mentions import about_change
from sovereign.domain.routing import Route, Rules, decide

EVENT = Event(
    source="generic", kind="generic.event", subject="acme/shop", title="Review started", repo="acme/shop"
)
RULES = Rules(channels={"prs": "code-review", "dev-feed": "dev-feed"})


@pytest.mark.parametrize(
    ("text", "host", "conversation"),
    [
        ("ada reviews PR #42", "github", "github:acme/shop#42"),
        ("see pull request #7.", "", "github:acme/shop#7"),
        ("merged MR !42", "gitlab", "gitlab:acme/shop!42"),
        ("PR #42", "forgejo", "forgejo:acme/shop#42"),
        ("pr#42 and PR #43", "elsewhere", "github:acme/shop#42"),
    ],
)
def test_the_conversation_is_that_of_the_code_host(text: str, host: str, conversation: str) -> None:
    found = about_change(replace(EVENT, text=text, channel="dev-feed"), host)
    assert (found.conversation, found.kind, found.channel) == (conversation, "change.commented", None)


@pytest.mark.parametrize("text", ["", "#42", "PR 42", "SPR #42", "PR #12345678901", "issue #42"])
def test_other_words_are_left_alone(text: str) -> None:
    event = replace(EVENT, text=text)
    assert about_change(event, "github") is event


def test_without_a_repository_nobody_knows_which_pull_request_is_meant() -> None:
    for repo in (None, "", "shop"):
        event = replace(EVENT, repo=repo, text="PR #42")
        assert about_change(event, "github") is event


@pytest.mark.parametrize(
    ("asked", "channel"),
    [
        ("prs", "code-review"),
        ("#PRs", "code-review"),
        ("code-review", "code-review"),
        ("dev_feed", "dev-feed"),
    ],
)
def test_a_channel_that_a_sender_asks_for_counts_if_the_configuration_knows_it(
    asked: str, channel: str
) -> None:
    assert decided(replace(EVENT, channel=asked)) == channel


@pytest.mark.parametrize("asked", ["secrets", "", "#", "1234567890", "home\n"])
def test_another_one_does_not(asked: str) -> None:
    assert decided(replace(EVENT, channel=asked)) == "home"


def test_routes_and_the_endpoints_own_channel_go_before_it() -> None:
    event = replace(EVENT, channel="prs")
    assert decided(event, endpoint_channel="own") == "own"
    assert decided(event, rules=replace(RULES, routes=[Route(name="all", channel="routed")])) == "routed"


def decided(event: Event, *, endpoint_channel: str | None = None, rules: Rules = RULES) -> str | None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    found = decide(event, rules, endpoint_channel=endpoint_channel, home="home", unasked=False, at=at)
    return found.channel
