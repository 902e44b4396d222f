"""Build servers and pull requests through the real pipeline: a run is told where its change is."""

from __future__ import annotations

from typing import Any

from tests.services.conftest import Works
from tests.services.test_conversing import HEAD, github, head, pull_request

OLD = "b" * 40


def workflow(name: str, status: str, *, sha: str = HEAD, branch: str = "retries") -> dict[str, Any]:
    vcs = {"target_repository_url": "https://github.com/acme/shop", "revision": sha, "branch": branch}
    return {
        "type": "workflow-completed",
        "id": f"{name}-{status}-{sha[:3]}",
        "workflow": {"id": f"{name}-1", "name": name, "status": status},
        "pipeline": {"number": 7, "vcs": vcs},
        "project": {"name": "shop", "slug": "github/acme/shop"},
    }


async def test_a_workflow_on_the_head_is_a_check_of_the_pull_request(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.post("circleci", workflow("tests", "failed"), {})
    assert len(await works.rows("SELECT * FROM conversations")) == 1
    shown = await head(works)
    assert (shown["checks"]["tests"]["status"], shown["title"]) == (
        "failed",
        "ada opened PR #42 in acme/shop: Add retries",
    )


async def test_a_run_that_came_before_the_pull_request_counts_for_it(works: Works) -> None:
    await works.post("circleci", workflow("tests", "success"), {})
    await github(works, "pull_request", pull_request())
    posts = await works.outbox("post")
    assert [post["channel"] for post in posts] == ["ci-cd-pipeline", "prs"]
    assert posts[1]["payload"]["conversation"]["checks"]["tests"]["status"] == "succeeded"


async def test_a_run_that_names_its_pull_request_leaves_the_checks_of_the_head_alone(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.post("circleci", workflow("tests", "success"), {})
    await works.post("circleci", workflow("lint", "failed", branch="pull/42"), {})
    checks = (await head(works))["checks"]
    assert {name: check["status"] for name, check in checks.items()} == {
        "tests": "succeeded",
        "lint": "failed",
    }
    assert len(await works.rows("SELECT * FROM conversations")) == 1


async def test_a_late_run_on_an_old_head_says_nothing_of_the_new_one(works: Works) -> None:
    await github(works, "pull_request", pull_request(head={"sha": OLD, "ref": "retries"}))
    await github(
        works, "pull_request", pull_request() | {"action": "synchronize", "before": OLD, "after": HEAD}
    )
    await works.post("circleci", workflow("tests", "failed", sha=OLD, branch="pull/42"), {})
    assert (await head(works))["checks"] == {}
