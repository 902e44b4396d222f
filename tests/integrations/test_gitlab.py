"""How GitLab's events find the merge request that they belong to, and which deliveries are repeats."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sovereign.core.samples import sample
from sovereign.domain.events import Event, Status
from sovereign.integrations.gitlab.source import SOURCE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORK = {"id": 388, "web_url": "https://gitlab.example/chen/shop", "path_with_namespace": "chen/shop"}


def event_of(
    case: str, change: Callable[[dict[str, dict[str, object]]], object] = lambda body: None
) -> Event:
    taken = sample("gitlab", case, NOW)
    body = json.loads(taken.body)
    change(body)
    (event,) = SOURCE.parse(taken.headers, json.dumps(body).encode())
    return event


STORIES = {
    "a merge request from opening to merge": (
        "merge_request.open",
        "merge_request.push",
        "job.created",
        "pipeline.running",
        "job.failed",
        "job.failed_allowed",
        "pipeline.failed",
        "note.merge_request",
        "merge_request.reviewer",
        "pipeline.success",
        "pipeline.merged_results",
        "merge_request.approved",
        "merge_request.merge",
    ),
    "an issue": ("issue.open", "issue.assigned", "note.issue", "issue.close", "issue.reopen"),
    "a deployment": ("deployment.created", "deployment.blocked", "deployment.running", "deployment.success"),
    "a release": ("release.create", "release.update", "release.delete"),
    "a vulnerability": ("vulnerability.detected", "vulnerability.confirmed", "vulnerability.resolved"),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_events_of_a_story_find_one_conversation(story: str) -> None:
    names: set[str | None] = set()
    for case in STORIES[story]:
        event = event_of(case)
        assert event.conversation in (names or {event.conversation}), case
        names |= {event.conversation, *event.aliases}


def test_a_push_tells_of_the_head_before_too_with_the_new_one_first() -> None:
    before, after = event_of("merge_request.open"), event_of("merge_request.push")
    assert after.aliases[0] != before.aliases[0]
    assert before.aliases[0] in after.aliases


def test_a_run_of_a_fork_finds_the_merge_request_by_its_number_and_by_the_forks_commit() -> None:
    def in_fork(body: dict[str, dict[str, object]]) -> None:
        body["project"].update(FORK)

    def from_fork(body: dict[str, dict[str, object]]) -> None:
        body["object_attributes"]["source"] = FORK

    change = event_of("merge_request.push", from_fork)
    by_number, by_commit = event_of("pipeline.failed", in_fork), event_of("pipeline.success", in_fork)
    assert by_number.conversation == change.conversation
    assert by_number.aliases == change.aliases[:1]
    assert by_commit.conversation in change.aliases


def test_a_trial_merge_is_a_check_of_the_head_that_it_tries() -> None:
    assert event_of("pipeline.merged_results").aliases == event_of("merge_request.push").aliases[:1]


def test_a_job_that_may_fail_fails_nothing() -> None:
    assert event_of("job.failed").status is Status.FAILED
    assert event_of("job.failed_allowed").status is Status.SKIPPED
    assert "flaky" not in event_of("pipeline.failed").text


def test_a_confidential_issue_says_so_for_the_routes() -> None:
    assert "confidential" in event_of("issue.confidential").labels
    assert "confidential" not in event_of("issue.open").labels


def test_a_type_that_gitlab_has_added_since_is_kept_under_a_kind_that_nobody_declares() -> None:
    body = json.dumps(
        {"object_kind": "quantum_run", "user": {"username": "ada"}, "project_name": "acme/shop"}
    )
    (event,) = SOURCE.parse({}, body.encode())
    assert event.kind == "gitlab.quantum_run"
    assert event.kind not in SOURCE.kinds
    assert event.title == "ada sent quantum run in acme/shop"


def test_a_header_names_the_type_of_a_body_that_does_not() -> None:
    (event,) = SOURCE.parse({"x-gitlab-event": "Quantum Run Hook"}, b"{}")
    assert event.kind == "gitlab.quantum_run"


def test_a_delivery_is_known_by_the_number_that_is_signed() -> None:
    headers = {"webhook-id": "a", "idempotency-key": "b", "x-gitlab-event-uuid": "c"}
    assert SOURCE.transmission(headers, b"1").key == "id:a"
    del headers["webhook-id"]
    assert SOURCE.transmission(headers, b"1") == SOURCE.transmission(headers, b"2")


def test_events_that_follow_from_one_another_are_no_repeats() -> None:
    headers = {"x-gitlab-event-uuid": "c"}
    assert SOURCE.transmission(headers, b"1") != SOURCE.transmission(headers, b"2")
    assert SOURCE.transmission(headers, b"1") == SOURCE.transmission(headers, b"1")


def test_without_any_number_a_change_of_state_between_makes_the_same_body_news() -> None:
    first, second = (sample("gitlab", case, NOW).body for case in ("pipeline.running", "pipeline.success"))
    running, passed = SOURCE.transmission({}, first), SOURCE.transmission({}, second)
    assert running.group
    assert running.group == passed.group
    assert running.key != passed.key
