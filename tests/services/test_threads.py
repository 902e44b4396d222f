"""One message and one thread for each thing, whoever tells of it: the message follows its state."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.conftest import Works

GITHUB_SHA, GITLAB_SHA = (
    "43dfa922c82e09f0e341a8e0194688bb3abef788",
    "a3aa654042513c4fcf913865db9ce6f8f29d7d68",
)
Story = list[tuple[str, str | None]]
"""Samples in order, each with the state that the head message shows after it; None: as before."""

STORIES: dict[tuple[str, str], Story] = {
    ("github", "change"): [
        ("pull_request.opened", "open"),
        ("pull_request.labeled", None),
        ("pull_request.converted_to_draft", "draft"),
        ("pull_request.ready_for_review", "open"),
        ("pull_request_review.changes_requested", None),
        ("pull_request_review.approved", None),
        ("check_run.completed", None),
        ("pull_request.merged", "merged"),
    ],
    ("gitlab", "change"): [
        ("merge_request.open", "open"),
        ("merge_request.draft", "draft"),
        ("merge_request.push", "open"),
        ("merge_request.labels", None),
        ("merge_request.approved", None),
        ("pipeline.running", None),
        ("job.failed", None),
        ("merge_request.merge", "merged"),
    ],
    ("github", "ticket"): [
        ("issues.opened", "open"),
        ("issues.labeled", None),
        ("issue_comment.on_issue", None),
        ("issues.closed", "closed"),
        ("issues.reopened", "open"),
    ],
    ("gitlab", "ticket"): [
        ("issue.open", "open"),
        ("issue.edited", None),
        ("note.issue", None),
        ("issue.close", "closed"),
        ("issue.reopen", "open"),
    ],
    ("github", "pipeline"): [
        ("check_run.failed_on_main", "failed"),
        ("workflow_run.failed_on_main", "failed"),
    ],
    ("gitlab", "pipeline"): [("job.failed", "failed"), ("pipeline.success", "failed")],
    ("github", "release"): [
        ("release.published", "info"),
        ("release.edited", "info"),
        ("release.deleted", "info"),
    ],
    ("gitlab", "release"): [
        ("release.create", "info"),
        ("release.update", "info"),
        ("release.delete", "info"),
    ],
    ("github", "deployment"): [
        ("deployment.created", "queued"),
        ("deployment_status.in_progress", "running"),
        ("deployment_status.failure", "failed"),
    ],
    ("gitlab", "deployment"): [
        ("deployment.created", None),
        ("deployment.running", "running"),
        ("deployment.success", "succeeded"),
    ],
    ("alertmanager", "incident"): [("firing", "firing"), ("resolved", "resolved"), ("firing", "firing")],
    ("grafana", "incident"): [("firing", "firing"), ("resolved", "resolved")],
}


async def facts(works: Works) -> dict[str, Any]:
    rows = [row for row in await works.outbox() if row["op"] in ("post", "edit")]
    newest = max(rows, key=lambda row: (row["op"] == "edit", row["id"]))
    return dict(newest["payload"]["conversation"])


@pytest.mark.parametrize(("source", "topic"), STORIES)
async def test_a_thing_has_one_message_that_follows_its_state_and_one_thread(
    works: Works, source: str, topic: str
) -> None:
    for number, (case, state) in enumerate(STORIES[source, topic]):
        assert await works.sample(source, case, delivery=f"{case}-{number}"), case
        await works.deliver()
        if state is not None:
            assert (await facts(works))["status"] == state, case
    conversations = await works.rows("SELECT * FROM conversations")
    assert [row["topic"] for row in conversations] == [topic]
    posts, lines = await works.outbox("post"), await works.outbox("line")
    assert len(posts) == 1
    assert {row["conversation_id"] for row in lines} <= {conversations[0]["id"]}
    assert len(await works.outbox("edit")) == 1, "one message is edited"
    unsaid = await works.rows("SELECT title FROM events WHERE conversation_id IS NOT NULL AND joined IS NULL")
    assert unsaid == [], "each event says why it is there"


@pytest.mark.parametrize("source", ["github", "gitlab"])
async def test_the_message_of_a_change_shows_its_checks_reviews_labels_and_end(
    works: Works, source: str
) -> None:
    for number, (case, _) in enumerate(STORIES[source, "change"]):
        await works.sample(source, case, delivery=f"{case}-{number}")
        await works.deliver()
    shown = await facts(works)
    assert shown["status"] == "merged"
    assert shown["labels"] == ["payments"]
    assert "approved" in shown["reviews"].values()
    assert shown["checks"]
    assert "merged" in shown["title"]
