"""What is particular to Bitbucket, Gitea and its kin, Gitee, RhodeCode, and Azure DevOps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from sovereign.core.errors import BadPayload
from sovereign.core.samples import sample
from sovereign.domain.conversations import Conversation, fold, opened_by
from sovereign.domain.events import Event, Status
from sovereign.integrations._source import source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORIES = {
    "gitea": (
        "pull_request.opened",
        "workflow_job.completed",
        "status.failure",
        "pull_request_rejected",
        "issue_comment.on_pull_request",
        "pull_request_approved",
        "pull_request.merged",
    ),
    "forgejo": ("pull_request.opened", "action_run_success", "pull_request.merged"),
    "gitee": (
        "merge_request.open",
        "merge_request.assign",
        "note.on_pull_request",
        "merge_request.pushed",
        "merge_request.approved",
        "merge_request.merge",
    ),
    "gogs": ("pull_request.opened", "issue_comment.on_pull_request", "pull_request.merged"),
    "bitbucket": (
        "pullrequest.created",
        "repo.commit_status_created",
        "repo.commit_status_passed",
        "pullrequest.changes_requested",
        "pullrequest.comment_created",
        "pullrequest.approved",
        "pullrequest.fulfilled",
    ),
    "bitbucket_server": ("pr.opened", "pr.needs_work", "pr.comment_added", "pr.approved", "pr.merged"),
    "rhodecode": (
        "pullrequest-create",
        "pullrequest-comment.rejected",
        "pullrequest-comment",
        "pullrequest-update",
        "pullrequest-comment.approved",
        "pullrequest-review",
        "pullrequest-merge",
    ),
    "azuredevops": (
        "pullrequest.created",
        "build.failed",
        "build.succeeded",
        "pullrequest.waiting",
        "pullrequest.approved",
        "pullrequest.comment",
        "pullrequest.completed",
    ),
}
CHECKS = {
    "gitea": {"test": Status.SUCCEEDED, "security/scan": Status.FAILED},
    "forgejo": {"ci.yaml": Status.SUCCEEDED},
    "bitbucket": {"shop-ci": Status.SUCCEEDED},
    "azuredevops": {"shop-ci": Status.SUCCEEDED},
}


def events_of(slug: str, case: str) -> list[Event]:
    taken = sample(slug, case, NOW)
    return list(source(slug).parse(taken.headers, taken.body))


@pytest.mark.parametrize("slug", STORIES)
def test_a_pull_request_and_its_checks_and_reviews_are_one_conversation(slug: str) -> None:
    events = [event for case in STORIES[slug] for event in events_of(slug, case)]
    names = {events[0].conversation, *events[0].aliases}
    conversation: Conversation = opened_by(events[0])
    for event in events[1:]:
        assert event.conversation in names, event.title
        names |= set(event.aliases)
        conversation = fold(conversation, event)
    assert conversation.status is Status.MERGED
    assert {name: check.status for name, check in conversation.checks.items()} == CHECKS.get(slug, {})
    reviewed = set(conversation.reviews.values())
    assert reviewed == (set() if slug in ("forgejo", "gogs") else {Status.APPROVED})


def test_a_vote_that_is_taken_back_no_longer_counts() -> None:
    for slug, voted, taken in (
        ("bitbucket", "pullrequest.approved", "pullrequest.unapproved"),
        ("bitbucket", "pullrequest.changes_requested", "pullrequest.changes_request_removed"),
        ("bitbucket_server", "pr.approved", "pr.unapproved"),
        ("rhodecode", "pullrequest-comment.rejected", "pullrequest-comment.under_review"),
    ):
        (first,), (last,) = events_of(slug, voted), events_of(slug, taken)
        conversation = opened_by(first)
        assert conversation.reviews
        assert not fold(conversation, last).reviews


def test_azure_devops_names_a_notification_not_its_bytes() -> None:
    name = source("azuredevops").transmission
    whole = json.loads(sample("azuredevops", "build.failed", NOW).body)

    def key(**changes: object) -> str:
        return name({}, json.dumps(whole | changes).encode()).key

    assert key() == key(createdDate="2026-03-01T12:00:01Z")
    assert len({key(), key(notificationId=999), key(subscriptionId="0f"), key(id="0f")}) == 4
    for tried in ({"subscriptionId": "00000000-0000-0000-0000-000000000000"}, {"notificationId": None}):
        named = name({}, json.dumps(whole | tried).encode())
        assert named.window is not None, "the button that tries it always sends the same numbers"


def test_azure_devops_stages_and_jobs_belong_to_their_run() -> None:
    cases = ("run.in_progress", "stage.waiting", "job.running", "stage.failed", "run.canceled")
    events = [event for case in cases for event in events_of("azuredevops", case)]
    assert len({event.conversation for event in events}) == 1


def test_an_approval_and_its_deployment_are_one_conversation() -> None:
    cases = ("approval_pending", "approved", "started", "succeeded")
    events = [event for case in cases for event in events_of("azuredevops", f"deployment.{case}")]
    assert len({event.conversation for event in events}) == 1
    assert [event.kind for event in events][-1] == "service.deployed"


def test_a_post_of_old_with_several_branches_is_told_for_each() -> None:
    commits = [
        {"branch": "main", "raw_node": "a" * 40, "message": "One", "author": "ada"},
        {"branch": None, "raw_node": "b" * 40, "message": "Two", "author": "ada"},
        {"branch": "next", "raw_node": "c" * 40, "message": "Three", "author": "bela"},
    ]
    place = {"absolute_url": "/acme/shop/"}
    body = {"canon_url": "https://bitbucket.org", "user": "ada", "repository": place, "commits": commits}
    events = source("bitbucket").parse({}, json.dumps(body).encode())
    assert [event.branch for event in events] == ["next", "main"]
    with pytest.raises(BadPayload):
        source("bitbucket").parse({}, b'{"canon_url":"https://bitbucket.org","commits":[]}')


@pytest.mark.parametrize("word", ["teleported", ""])
def test_a_word_for_a_state_that_nobody_knows_is_unknown(word: str) -> None:
    build = json.loads(sample("azuredevops", "build.failed", NOW).body)
    build["resource"]["result"] = word or "teleported"
    (event,) = source("azuredevops").parse({}, json.dumps(build).encode())
    assert event.status is Status.UNKNOWN
    status = json.loads(sample("bitbucket", "repo.commit_status_failed", NOW).body)
    status["commit_status"]["state"] = word
    (event,) = source("bitbucket").parse(
        {"x-event-key": "repo:commit_status_updated"}, json.dumps(status).encode()
    )
    assert event.status is Status.UNKNOWN


@pytest.mark.parametrize(
    "slug", ["gitea", "gitee", "bitbucket", "bitbucket_server", "rhodecode", "azuredevops"]
)
def test_a_type_that_was_added_since_is_told_and_declared_by_nobody(slug: str) -> None:
    body = {"eventType": "ms.moon-rose", "eventKey": "moon:rose", "resource": {}, "actor": {"name": "ada"}}
    body["event"] = {"name": "moon-rose"}
    named = {"x-gitea-event": "moon_rose", "x-event-key": "moon:rose", "x-gitee-event": "Moon Rose Hook"}
    (event,) = source(slug).parse(named, json.dumps(body).encode())
    assert event.kind.startswith(f"{slug}.")
    assert event.kind not in source(slug).kinds


def push_to_gitee(**changes: object) -> Event:
    whole = json.loads(sample("gitee", "push.main", NOW).body)
    (event,) = source("gitee").parse({}, json.dumps(whole | changes).encode())
    return event


def test_gitee_lists_the_newest_commit_last_whichever_end_of_the_list_it_is_at() -> None:
    commits = json.loads(sample("gitee", "push.main", NOW).body)["commits"]
    assert commits[0] != commits[-1]
    assert push_to_gitee().text == push_to_gitee(commits=commits[::-1]).text


def test_gitees_repository_is_called_as_in_addresses_and_not_as_people_call_it() -> None:
    names = {"full_name": "Acme Ltd/The Shop", "path_with_namespace": "acme/shop", "default_branch": "main"}
    assert push_to_gitee(repository=names, project=None).repo == "acme/shop"
    old = push_to_gitee(repository=None, project=names)
    assert (old.repo, old.on_default_branch) == ("acme/shop", True)


@pytest.mark.parametrize(
    ("state", "kind", "did", "status"),
    [
        ("progressing", "ticket.updated", "started", Status.OPEN),
        ("rejected", "ticket.closed", "rejected", Status.CLOSED),
        ("in_review", "ticket.updated", "moved", Status.UNKNOWN),
    ],
)
def test_a_state_of_an_issue_of_gitees_is_told_by_its_name(
    state: str, kind: str, did: str, status: Status
) -> None:
    whole = json.loads(sample("gitee", "issue.started", NOW).body)
    whole["issue"] |= {"state": state, "state_name": "In {review}"}
    (event,) = source("gitee").parse({}, json.dumps(whole).encode())
    assert (event.kind, event.status) == (kind, status)
    assert event.title.startswith(f"ada {did} issue #I5AB2C in acme/shop")
    assert ("to In review:" in event.title) == (did == "moved")


def pushed_to_rhodecode(commits: Sequence[Mapping[str, object]], **found: object) -> list[Event]:
    event = {"name": "repo-push", "actor": {"username": "__SYSTEM__"}, "repo": {"repo_name": "acme/shop"}}
    body = {"event": event | {"push": {"commits": commits, "branches": [], "tags": []} | found}}
    return list(source("rhodecode").parse({}, json.dumps(body).encode()))


def test_what_no_person_pushed_to_rhodecode_was_pushed_by_nobody() -> None:
    (event,) = pushed_to_rhodecode([])
    assert (event.actor, event.title) == (None, "Pushed to acme/shop")


def test_commits_without_a_branch_are_told_too() -> None:
    (event,) = pushed_to_rhodecode([{"raw_id": "ab" * 20, "branch": None, "message": "r7"}])
    assert (event.title, event.branch) == ("Pushed 1 commit to acme/shop", None)


def test_what_rhodecode_lists_among_the_commits_without_being_one_is_told_once_and_not_counted() -> None:
    gone, tagged = {"raw_id": "delete_branch=>old", "branch": "main"}, {"raw_id": "tag=>v1", "branch": "main"}
    kept = {"raw_id": "ab" * 20, "branch": "main", "message": "Say which"}
    events = pushed_to_rhodecode(
        [kept, gone, tagged, gone], branches=[{"name": "main"}, {"name": "old"}], tags=[{"name": "v1"}]
    )
    assert [(event.kind, event.subject) for event in events] == [
        ("branch.updated", "acme/shop@main"),
        ("tag.created", "acme/shop@v1"),
        ("branch.deleted", "acme/shop@old"),
    ]


@pytest.mark.parametrize(("case", "field"), [("push.main", "payload"), ("commit.subversion", "commit")])
def test_a_form_of_beanstalks_says_what_the_json_in_it_says(case: str, field: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    taken = sample("beanstalk", case, NOW)
    parse = source("beanstalk").parse
    assert parse(form, urlencode({field: taken.body.decode()}).encode()) == parse(taken.headers, taken.body)
    with pytest.raises(BadPayload):
        parse(form, urlencode({"other": taken.body.decode()}).encode())
