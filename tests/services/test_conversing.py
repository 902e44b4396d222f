"""Pull requests, checks and their threads through the real pipeline."""

from __future__ import annotations

from typing import Any

from sovereign.store.database import Database
from tests.services.conftest import Works, works_over

HEAD, REPO = "a" * 40, {"full_name": "acme/shop", "name": "shop", "default_branch": "main"}
SENDER = {"login": "ada"}


def pull_request(**changed: Any) -> dict[str, Any]:
    request = {
        "number": 42,
        "title": "Add retries",
        "html_url": "https://github.com/acme/shop/pull/42",
        "user": SENDER,
        "state": "open",
        "head": {"sha": HEAD, "ref": "retries"},
        "base": {"ref": "main"},
        "draft": False,
        "merged": False,
    }
    body = {"action": "opened", "number": 42, "repository": REPO, "sender": SENDER}
    return body | {"pull_request": request | changed}


def check(name: str, conclusion: str, *, sha: str = HEAD, numbers: tuple[int, ...] = ()) -> dict[str, Any]:
    run = {"id": 1, "name": name, "status": "completed", "conclusion": conclusion, "head_sha": sha,
           "html_url": "https://github.com/acme/shop/runs/1", "completed_at": "2026-03-01T12:00:00Z",
           "app": {"slug": "ci", "name": "CI"}, "check_suite": {"head_branch": "retries"},
           "pull_requests": [{"number": number} for number in numbers]}  # fmt: skip
    return {"action": "completed", "check_run": run, "repository": REPO, "sender": SENDER}


async def github(works: Works, kind: str, body: dict[str, Any]) -> None:
    await works.post("github", body, {"x-github-event": kind})


async def head(works: Works) -> dict[str, Any]:
    """What the head message would show now."""
    rows = [row for row in await works.outbox() if row["op"] in ("post", "edit")]
    newest = max(rows, key=lambda row: (row["op"] == "edit", row["id"]))
    return dict(newest["payload"]["conversation"])


async def test_checks_of_a_fork_find_their_pull_request_by_the_head_commit(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await github(works, "check_run", check("build", "success"))
    assert len(await works.rows("SELECT * FROM conversations")) == 1
    assert (await head(works))["checks"]["build"]["status"] == "succeeded"
    assert [row["payload"]["view"] for row in await works.outbox("line")] == ["line"]


async def test_without_a_thread_the_head_follows_and_no_line_is_told(database: Database) -> None:
    works = works_over(database, "event_gateway: {routes: [{name: calm, kind: taskrun.*, thread: false}]}")
    await github(works, "pull_request", pull_request())
    await github(works, "check_run", check("build", "success"))
    assert (await head(works))["checks"]["build"]["status"] == "succeeded"
    assert await works.outbox("line") == []


async def test_checks_that_came_before_the_pull_request_count_for_it(works: Works) -> None:
    await github(works, "check_run", check("early", "failure"))
    await github(works, "pull_request", pull_request())
    posts = await works.outbox("post")
    assert [post["channel"] for post in posts] == ["ci-cd-pipeline", "prs"]
    assert posts[1]["payload"]["conversation"]["checks"]["early"]["status"] == "failed"
    await github(works, "check_run", check("late", "success"))
    assert (await works.outbox("line"))[0]["channel"] == "prs"


async def test_a_new_head_commit_forgets_the_checks_of_the_old_one(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await github(works, "check_run", check("build", "failure"))
    pushed = pull_request(head={"sha": "b" * 40, "ref": "retries"}) | {"action": "synchronize"}
    await github(works, "pull_request", pushed | {"before": HEAD, "after": "b" * 40})
    assert (await head(works))["checks"] == {}
    await github(works, "check_run", check("build", "success", sha="b" * 40))
    assert (await head(works))["checks"]["build"]["status"] == "succeeded"


async def test_the_head_follows_reviews_and_the_merge(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.deliver()
    review = {
        "state": "approved",
        "user": {"login": "bela"},
        "html_url": "https://github.com/r",
        "body": "Fine",
    }
    await github(
        works,
        "pull_request_review",
        pull_request() | {"action": "submitted", "review": review, "sender": {"login": "bela"}},
    )
    assert (await head(works))["reviews"] == {"bela": "approved"}
    merged = pull_request(merged=True, state="closed", merged_by={"login": "chen"}) | {"action": "closed"}
    await github(works, "pull_request", merged | {"sender": {"login": "chen"}})
    assert (await head(works))["status"] == "merged"
    assert "chen merged" in (await head(works))["title"]


async def test_waiting_edits_of_one_message_collapse_into_the_newest(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.deliver()
    for number in range(20):
        await github(works, "check_run", check(f"job {number}", "success"))
    (edit,) = await works.outbox("edit")
    assert edit["revision"] == 20
    assert len(edit["payload"]["conversation"]["checks"]) == 20


async def test_a_quiet_event_moves_the_head_and_adds_no_line(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.deliver()
    queued = check("build", "success")
    queued["action"], queued["check_run"] = (
        "created",
        queued["check_run"] | {"status": "queued", "conclusion": None},
    )
    await github(works, "check_run", queued)
    assert (await head(works))["checks"]["build"]["status"] == "queued"
    assert await works.outbox("line") == []


async def test_checks_with_a_number_before_the_opening_leave_the_pull_request_its_channel(
    works: Works,
) -> None:
    await github(works, "check_run", check("build", "failure", numbers=(42,)))
    await github(works, "pull_request", pull_request())
    posts = await works.outbox("post")
    assert [post["channel"] for post in posts] == ["ci-cd-pipeline", "prs"]
    assert posts[1]["payload"]["conversation"]["checks"]["build"]["status"] == "failed"


async def test_a_dismissed_review_no_longer_counts(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    review = {"state": "approved", "user": {"login": "bela"}, "body": ""}
    given = pull_request() | {"action": "submitted", "review": review, "sender": {"login": "bela"}}
    await github(works, "pull_request_review", given)
    taken = pull_request() | {"action": "dismissed", "review": review | {"state": "dismissed"}}
    await github(works, "pull_request_review", taken)
    assert (await head(works))["reviews"] == {}


async def test_an_older_word_does_not_open_a_merged_change_again_and_a_reopening_does(works: Works) -> None:
    await github(works, "pull_request", pull_request(updated_at="2026-03-01T12:00:00Z"))
    merged = pull_request(merged=True, state="closed", merged_at="2026-03-01T13:00:00Z")
    await github(works, "pull_request", merged | {"action": "closed"})
    late = pull_request(updated_at="2026-03-01T12:30:00Z")
    await github(works, "pull_request", late | {"action": "edited"})
    assert (await head(works))["status"] == "merged"
    again = pull_request(updated_at="2026-03-01T14:00:00Z")
    await github(works, "pull_request", again | {"action": "reopened"})
    assert (await head(works))["status"] == "open"


async def test_a_new_title_shows_in_the_headline(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    edited = pull_request(title="Add better retries") | {
        "action": "edited",
        "changes": {"title": {"from": "x"}},
    }
    await github(works, "pull_request", edited)
    assert (await head(works))["title"] == "ada opened PR #42 in acme/shop: Add better retries"


async def test_a_comment_on_a_change_that_we_never_saw_open_is_a_line_and_not_its_text(works: Works) -> None:
    issue = {"number": 42, "title": "Add retries", "pull_request": {"url": "u"}, "user": SENDER}
    comment = {"body": "Does this cover gift cards?", "user": {"login": "dana"}}
    body = {
        "action": "created",
        "issue": issue,
        "comment": comment,
        "repository": REPO,
        "sender": {"login": "dana"},
    }
    await github(works, "issue_comment", body)
    assert (await head(works))["text"] == ""
    (line,) = await works.outbox("line")
    assert line["payload"]["quote"] == "Does this cover gift cards?"
