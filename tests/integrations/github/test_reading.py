"""What GitHub's bodies mean, where a sample alone would not show the rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from sovereign.core.errors import BadPayload
from sovereign.core.samples import sample
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, duration, line, link, when
from sovereign.integrations.github.source import SOURCE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def load(case: str) -> tuple[dict[str, str], Any]:
    taken = sample("github", case, NOW)
    return taken.headers, json.loads(taken.body)


def read(headers: dict[str, str], body: object) -> Event:
    (event,) = SOURCE.parse(headers, json.dumps(body).encode())
    return event


def test_a_type_that_github_adds_later_is_told_as_well_as_can_be() -> None:
    headers, body = load("label.created")
    body["sandcastle"] = {"name": "Big one", "html_url": "https://github.com/acme/shop/sandcastles/1"}
    body["action"] = "flooded_by_tide"
    event = read(headers | {"x-github-event": "sandcastle"}, body)
    assert event.kind == "github.sandcastle"
    assert event.kind not in SOURCE.kinds
    assert event.title == "chen flooded by tide sandcastle Big one in acme/shop"
    assert event.url == "https://github.com/acme/shop/sandcastles/1"


def test_an_odd_event_header_cannot_forge_a_kind() -> None:
    headers, body = load("label.created")
    event = read(headers | {"x-github-event": " Ping\n.*; DROP " + "x" * 500}, body)
    assert event.kind.startswith("github.ping_drop_x")
    assert len(event.kind) < 80


@pytest.mark.parametrize(
    "case",
    [
        "pull_request.opened",
        "pull_request_review.approved",
        "issue_comment.created",
        "push.main",
        "check_run.completed",
    ],
)
def test_a_body_without_its_header_is_told_by_what_it_holds(case: str) -> None:
    headers, body = load(case)
    assert read({"content-type": "application/json"}, body) == read(headers, body)


def test_a_body_that_nothing_names_is_refused() -> None:
    with pytest.raises(BadPayload, match="x-github-event"):
        read({}, {"zen": "Quiet."})


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(BadPayload):
        read({"x-github-event": "ping"}, body)


def test_an_address_that_is_none_is_left_out() -> None:
    headers, body = load("pull_request.opened")
    body["pull_request"]["html_url"] = "javascript:alert(1)"
    body["repository"]["html_url"] = "false"
    body["sender"]["avatar_url"] = "http://example.org/a.png"
    event = read(headers, body)
    assert event.url is None
    assert event.avatar is None


def test_a_form_gives_the_same_event_as_json() -> None:
    headers, body = load("issues.opened")
    form = {**headers, "content-type": "application/x-www-form-urlencoded"}
    encoded = urlencode({"payload": json.dumps(body)}).encode()
    assert list(SOURCE.parse(form, encoded)) == [read(headers, body)]


def test_a_delivery_is_known_again_by_its_id_alone() -> None:
    first = SOURCE.transmission({"x-github-delivery": "a-1"}, b"{}")
    assert first == SOURCE.transmission({"x-github-delivery": "a-1"}, b"{...}")
    assert first.key != SOURCE.transmission({"x-github-delivery": "a-2"}, b"{}").key
    assert first.window is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("success", Status.SUCCEEDED),
        ("failure", Status.FAILED),
        ("timed_out", Status.FAILED),
        ("startup_failure", Status.FAILED),
        ("action_required", Status.FAILED),
        ("cancelled", Status.CANCELLED),
        ("neutral", Status.SKIPPED),
        ("skipped", Status.SKIPPED),
        ("stale", Status.SKIPPED),
        ("mauve", Status.UNKNOWN),
    ],
)
def test_a_conclusion_means_what_github_says_and_a_new_word_stays_unknown(word: str, status: Status) -> None:
    headers, body = load("check_run.completed")
    body["check_run"]["conclusion"] = word
    event = read(headers, body)
    assert event.status is status
    assert event.kind == "taskrun.finished"


def test_a_check_asked_for_again_waits_although_the_body_still_tells_of_the_last_time() -> None:
    headers, body = load("check_run.rerequested")
    assert body["check_run"]["conclusion"] == "failure"
    assert read(headers, body).status is Status.QUEUED


def test_a_broken_default_branch_is_worse_than_a_broken_change() -> None:
    assert read(*load("check_run.failed")).severity is Severity.LOW
    assert read(*load("check_run.failed_on_main")).severity is Severity.MEDIUM


def test_a_check_belongs_to_a_pull_request_of_its_own_repository_only() -> None:
    headers, body = load("check_run.completed")
    body["check_run"]["pull_requests"][0]["base"]["repo"]["id"] = 1
    body["check_run"]["check_suite"]["pull_requests"] = []
    event = read(headers, body)
    assert event.conversation == f"github:acme/shop@{body['check_run']['head_sha']}"


def test_a_branch_of_a_fork_is_not_the_default_branch_although_it_is_called_so() -> None:
    headers, body = load("workflow_run.failed_on_main")
    body["workflow_run"]["head_repository"]["full_name"] = "dana/shop"
    event = read(headers, body)
    assert not event.on_default_branch
    assert event.severity is Severity.LOW


def test_a_comment_on_a_pull_request_is_told_from_one_on_an_issue() -> None:
    on_change, on_issue = read(*load("issue_comment.created")), read(*load("issue_comment.on_issue"))
    assert (on_change.kind, on_change.conversation) == ("change.commented", "github:acme/shop#42")
    assert (on_issue.kind, on_issue.conversation) == ("ticket.commented", "github:acme/shop#7")


def test_an_edited_comment_does_not_take_the_place_of_the_thing_it_is_on() -> None:
    event = read(*load("issue_comment.edited"))
    assert event.text == ""
    assert event.url == "https://github.com/acme/shop/pull/42"
    assert event.status is Status.INFO


def test_the_head_commit_is_the_first_name_that_a_pull_request_goes_by() -> None:
    headers, body = load("pull_request.synchronize")
    event = read(headers, body)
    assert event.aliases == (f"github:acme/shop@{body['after']}", f"github:acme/shop@{body['before']}")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, Status.OPEN),
        ({"draft": True}, Status.DRAFT),
        ({"state": "closed"}, Status.CLOSED),
        ({"state": "closed", "draft": True}, Status.CLOSED),
        ({"state": "closed", "merged": True}, Status.MERGED),
        ({"state": "closed", "merged": None, "merged_at": "2026-03-01T11:00:00Z"}, Status.MERGED),
        ({"state": "melted"}, Status.UNKNOWN),
    ],
)
def test_a_pull_request_is_in_the_state_that_its_body_says(change: dict[str, object], status: Status) -> None:
    headers, body = load("pull_request.labeled")
    body["pull_request"] |= change
    assert read(headers, body).status is status


def test_a_push_lists_the_newest_commits_and_counts_the_rest() -> None:
    headers, body = load("push.main")
    body["commits"] = [
        {"id": f"{i:040x}", "message": f"Step {i}\n\nWhy.", "author": {"name": "Ada"}} for i in range(8)
    ]
    event = read(headers, body)
    assert event.title == "chen pushed 8 commits to acme/shop main"
    assert event.text.splitlines()[0] == "…and 3 before"
    assert event.text.splitlines()[1] == "0000000 Step 3 (Ada)"
    assert len(event.text.splitlines()) == 6
    assert event.on_default_branch


def test_who_did_it_is_found_although_the_sender_is_missing() -> None:
    headers, body = load("push.main")
    del body["sender"]
    assert read(headers, body).actor == "chen"
    body["pusher"] = {"name": "none"}
    assert read(headers, body).actor == "GitHub"


@pytest.mark.parametrize(
    ("word", "severity"),
    [("critical", Severity.CRITICAL), ("moderate", Severity.MEDIUM), ("hot", Severity.UNKNOWN)],
)
def test_a_finding_is_as_bad_as_its_advisory_says(word: str, severity: Severity) -> None:
    headers, body = load("dependabot_alert.created")
    body["alert"]["security_advisory"]["severity"] = word
    assert read(headers, body).severity is severity


def test_braces_in_outside_text_are_text() -> None:
    headers, body = load("pull_request.labeled")
    body["pull_request"]["title"] = "{it} {0} {whom!r}"
    body["label"]["name"] = "{it}"
    assert read(headers, body).title == "ada added the label {it} to PR #42 in acme/shop: {it} {0} {whom!r}"


def test_optional_parts_may_be_null() -> None:
    headers, body = load("pull_request.opened")
    for key in (
        "body",
        "milestone",
        "assignees",
        "labels",
        "requested_reviewers",
        "head",
        "base",
        "user",
        "additions",
    ):
        body["pull_request"][key] = None
    body["organization"] = None
    event = read(headers, body)
    assert event.title == "ada opened PR #42 in acme/shop: Add checkout retries"
    assert event.text == ""
    assert event.fields == (("Reviewers", "payments"),)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (154, "2m 34s"),
        (3_600, "1h"),
        (7_265, "2h 1m"),
        (90_000, "1d 1h"),
        (-1, ""),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: int, words: str) -> None:
    assert duration(between(NOW, NOW + timedelta(seconds=seconds))) == words


def test_reading_takes_the_first_that_is_there_and_usable() -> None:
    found = Payload(
        {"a": None, "b": {"c": " x\n y "}, "t": "soon", "u": 1_700_000_000, "l": "javascript:alert(1)"}
    )
    assert line(found, "a", "b.c") == "x y"
    assert line(found, "a.b", "b.d") == ""
    assert when(found, "t") is None
    assert when(found, "t", "u") == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert link(found, "l", "b.c") is None
