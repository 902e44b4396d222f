"""A commit's checks as code hosts really send them: a line for each check, a message for each change."""

from __future__ import annotations

from typing import Any

import pytest

from sovereign.domain.checks import lines
from sovereign.store.conversations import from_mapping
from sovereign.store.database import Database
from tests.services.conftest import Works, works_over
from tests.services.test_conversing import HEAD, REPO, SENDER, github, head, pull_request

ACTIONS = {"slug": "github-actions", "name": "GitHub Actions"}
RUN, SUITE = 9, 5


def minute(number: int) -> str:
    return f"2026-03-01T12:{number:02}:00Z"


class Actions:
    """One run of the workflow CI with the job build, as four kinds of webhooks tell of it.

    Of a change from a fork GitHub names no pull request (`numbers` is empty).
    """

    def __init__(self, works: Works, *, sha: str = HEAD, numbers: tuple[int, ...] = ()) -> None:
        self.works, self.sha = works, sha
        self.pulls = [{"number": number} for number in numbers]

    async def suite(self, action: str, conclusion: str | None, at: int) -> None:
        state = {"status": "completed" if conclusion else "queued", "conclusion": conclusion}
        suite = {"id": SUITE, "head_sha": self.sha, "head_branch": "retries", "app": ACTIONS,
                 "pull_requests": self.pulls, "updated_at": minute(at), **state}  # fmt: skip
        await self.send("check_suite", action, {"check_suite": suite})

    async def workflow(self, action: str, conclusion: str | None, at: int) -> None:
        state = {"status": "completed" if conclusion else action, "conclusion": conclusion}
        run = {"id": RUN, "check_suite_id": SUITE, "name": "CI", "head_sha": self.sha,
               "head_branch": "retries", "html_url": f"https://github.com/acme/shop/actions/runs/{RUN}",
               "pull_requests": self.pulls, "updated_at": minute(at), "run_started_at": minute(0),
               **state}  # fmt: skip
        await self.send("workflow_run", action, {"workflow_run": run})

    async def check(self, action: str, conclusion: str | None, at: int, job: int = 77) -> None:
        page = f"https://github.com/acme/shop/actions/runs/{RUN}/job/{job}"
        state = {"status": "completed" if conclusion else "in_progress", "conclusion": conclusion}
        times = {"completed_at": minute(at)} if conclusion else {"started_at": minute(at)}
        run = {"id": job, "name": "build", "head_sha": self.sha, "html_url": page, "details_url": page,
               "app": ACTIONS, "check_suite": {"id": SUITE, "head_branch": "retries"},
               "pull_requests": self.pulls, **state, **times}  # fmt: skip
        await self.send("check_run", action, {"check_run": run})

    async def job(self, action: str, conclusion: str | None, at: int, job: int = 77) -> None:
        state = {"status": "completed" if conclusion else action, "conclusion": conclusion}
        times = {"completed_at": minute(at)} if conclusion else {"started_at": minute(at)}
        found = {"id": job, "run_id": RUN, "workflow_name": "CI", "name": "build", "head_sha": self.sha,
                 "head_branch": "retries", "html_url": f"https://github.com/acme/shop/actions/runs/{RUN}/job/{job}",
                 **state, **times}  # fmt: skip
        await self.send("workflow_job", action, {"workflow_job": found})

    async def send(self, kind: str, action: str, about: dict[str, Any]) -> None:
        await github(self.works, kind, {"action": action, "repository": REPO, "sender": SENDER} | about)

    async def goes(self, conclusion: str, at: int, job: int = 77) -> None:
        """The whole run, in the order in which GitHub tends to tell of it."""
        await self.suite("requested", None, at)
        await self.workflow("requested", None, at)
        await self.job("queued", None, at, job)
        await self.check("created", None, at, job)
        await self.workflow("in_progress", None, at)
        await self.job("in_progress", None, at, job)
        await self.check("completed", conclusion, at + 2, job)
        await self.job("completed", conclusion, at + 2, job)
        await self.suite("completed", conclusion, at + 2)
        await self.workflow("completed", conclusion, at + 2)


async def status(works: Works, state: str, at: int, context: str = "ci/lint") -> None:
    body = {"sha": HEAD, "context": context, "state": state, "repository": REPO, "sender": SENDER,
            "updated_at": minute(at), "branches": [{"name": "retries", "commit": {"sha": HEAD}}]}  # fmt: skip
    await github(works, "status", body)


async def told(works: Works) -> list[str]:
    return [row["payload"]["text"] for row in await works.outbox("line")]


async def shown(works: Works) -> dict[str, str]:
    """The lines of the head message."""
    return {name: check.status.value for name, check in lines(from_mapping(await head(works)).checks).items()}


@pytest.mark.parametrize("numbers", [(42,), ()])
async def test_everything_that_github_says_of_one_job_is_one_line_on_the_head_and_one_in_the_thread(
    works: Works, numbers: tuple[int, ...]
) -> None:
    await github(works, "pull_request", pull_request())
    await Actions(works, numbers=numbers).goes("success", at=0)
    await status(works, "pending", 0)
    await status(works, "success", 1)
    assert await shown(works) == {"CI / build": "succeeded", "ci/lint": "succeeded"}
    assert [text.partition(" on ")[0] for text in await told(works)] == ["build passed", "ci/lint passed"]
    assert len(await works.rows("SELECT * FROM conversations")) == 1


async def test_a_rerun_edits_the_line_of_the_check_and_tells_its_result_once(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    actions = Actions(works)
    await actions.goes("failure", at=0)
    assert await shown(works) == {"CI / build": "failed"}
    await actions.check("rerequested", None, 10, job=88)
    await actions.job("queued", None, 10, job=88)
    assert await shown(works) == {"CI / build": "queued"}
    await actions.goes("failure", at=10, job=88)
    await actions.goes("success", at=20, job=99)
    assert await shown(works) == {"CI / build": "succeeded"}
    assert [text.partition(" on ")[0] for text in await told(works)] == [
        "build failed",
        "build failed",
        "build passed",
    ]


async def test_an_older_word_that_comes_late_neither_shows_nor_speaks(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    actions = Actions(works)
    await actions.check("completed", "failure", 4)
    await actions.check("created", None, 1)
    assert await shown(works) == {"build": "failed"}
    assert len(await told(works)) == 1


async def test_checks_of_a_fork_before_anybody_knows_the_pull_request_leave_one_message(works: Works) -> None:
    await Actions(works).goes("failure", at=0)
    await status(works, "success", 1)
    await works.deliver()
    await github(works, "pull_request", pull_request())
    await works.deliver()
    earlier, change = await works.rows("SELECT * FROM conversations ORDER BY id")
    assert (earlier["live"], earlier["merged_into"]) == (0, change["id"])
    edit = [row for row in await works.outbox("edit") if row["conversation_id"] == earlier["id"]][-1]
    assert edit["payload"]["conversation"]["goes_on"] == [
        "acme/shop#42",
        "https://github.com/acme/shop/pull/42",
    ]
    await status(works, "failure", 5)
    assert await shown(works) == {"CI / build": "failed", "ci/lint": "failed"}
    assert (await works.outbox("line"))[-1]["conversation_id"] == change["id"]


async def test_a_message_of_checks_that_was_not_sent_yet_is_not_sent_and_its_lines_go_to_the_change(
    works: Works,
) -> None:
    await Actions(works).goes("failure", at=0)
    await status(works, "success", 1)
    await github(works, "pull_request", pull_request())
    rows = await works.outbox()
    assert [(row["op"], row["channel"], row["state"]) for row in rows] == [
        ("post", "ci-cd-pipeline", "digested"),
        ("line", "prs", "waiting"),
        ("post", "prs", "waiting"),
    ]
    assert rows[1]["lane"] == f"line:{rows[2]['conversation_id']}"
    assert (rows[1]["payload"]["subject"], rows[1]["payload"]["thread"]) == ("acme/shop#42", "Add retries")


async def test_checks_of_a_new_head_that_came_before_the_push_was_told_count_for_it(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.deliver()
    new = "b" * 40
    await Actions(works, sha=new).goes("success", at=0)
    await works.deliver()
    pushed = pull_request(head={"sha": new, "ref": "retries"}) | {"action": "synchronize"}
    await github(works, "pull_request", pushed | {"before": HEAD, "after": new})
    change = (await works.rows("SELECT * FROM conversations WHERE topic = 'change'"))[0]
    (edit,) = [row for row in await works.outbox("edit") if row["conversation_id"] == change["id"]]
    assert edit["payload"]["conversation"]["checks"]["CI / build"]["status"] == "succeeded"
    assert len(await works.rows("SELECT * FROM conversations WHERE live = 1")) == 1


@pytest.mark.parametrize("numbers", [(42,), ()])
async def test_checks_that_run_already_when_the_pull_request_is_opened_are_waited_for(
    works: Works, numbers: tuple[int, ...]
) -> None:
    actions = Actions(works, numbers=numbers)
    await status(works, "pending", 0, context="ci/slow")
    await actions.job("queued", None, at=0)
    await actions.check("created", None, at=1)
    await status(works, "pending", 0)
    await status(works, "success", 1)
    assert not await works.rows("SELECT * FROM conversations WHERE topic = 'change'")
    await github(works, "pull_request", pull_request())
    assert await shown(works) == {"CI / build": "running", "ci/slow": "queued", "ci/lint": "succeeded"}
    await actions.check("completed", "success", at=2)
    assert (await shown(works))["CI / build"] == "succeeded"


async def test_a_check_whose_result_a_route_drops_is_not_waited_for(database: Database) -> None:
    works = works_over(database, "event_gateway: {routes: [{kind: taskrun.*, drop: true}]}")
    actions = Actions(works)
    await actions.check("created", None, at=0)
    await actions.check("completed", "success", at=1)
    await github(works, "pull_request", pull_request())
    assert await shown(works) == {"build": "succeeded"}


async def test_checks_that_run_already_when_a_push_is_told_are_waited_for(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    new = "b" * 40
    await Actions(works, sha=new).check("created", None, at=0)
    await github(works, "pull_request", pull_request(head={"sha": new, "ref": "retries"}))
    assert await shown(works) == {"build": "running"}


async def test_results_of_an_old_head_are_not_told_any_more(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    pushed = pull_request(head={"sha": "b" * 40, "ref": "retries"}) | {"action": "synchronize"}
    await github(works, "pull_request", pushed | {"before": HEAD, "after": "b" * 40})
    before = await told(works)
    await Actions(works).goes("failure", at=0)
    assert await told(works) == before
    assert await shown(works) == {}


async def test_a_head_that_comes_back_has_its_checks_again(works: Works) -> None:
    """After a force push that is taken back by another."""
    actions = Actions(works)
    await actions.check("created", None, at=0)
    await github(works, "pull_request", pull_request())
    await actions.goes("failure", at=0)
    for sha in ("b" * 40, HEAD):
        pushed = pull_request(head={"sha": sha, "ref": "retries"}) | {"action": "synchronize"}
        await github(works, "pull_request", pushed)
        assert await shown(works) == ({"CI / build": "failed"} if sha == HEAD else {})
    await actions.goes("success", at=5)
    assert await shown(works) == {"CI / build": "succeeded"}


async def test_why_a_check_is_in_the_thread_of_its_change_is_said(works: Works) -> None:
    await status(works, "success", 0)
    await github(works, "pull_request", pull_request())
    await status(works, "failure", 1)
    await Actions(works, numbers=(42,)).check("completed", "success", 3)
    assert [row["joined"] for row in await works.rows("SELECT joined FROM events ORDER BY sequence")] == [
        "the conversation began with it",
        "the conversation began with it",
        "the commit aaaaaaa, which belongs to github:acme/shop#42",
        "its sender's own key, github:acme/shop#42",
    ]


async def gitlab(works: Works, kind: str, **attributes: Any) -> None:
    project = {"id": 1, "path_with_namespace": "acme/shop", "web_url": "https://gitlab.com/acme/shop"}
    about = {"object_kind": kind, "project": project, "user": {"username": "ada"}}
    await works.post("gitlab", about | attributes)


def pipeline(status: str, **more: Any) -> dict[str, Any]:
    found = {"id": 5501, "iid": 7, "ref": "retries", "sha": HEAD, "status": status, "source": "push"}
    return {"object_attributes": found | {"created_at": minute(0)}} | more


def job(name: str, status: str, at: int) -> dict[str, Any]:
    return {"ref": "retries", "sha": HEAD, "pipeline_id": 5501, "build_id": at, "build_name": name,
            "build_stage": "test", "build_status": status, "build_started_at": minute(at),
            "project_name": "acme / shop"}  # fmt: skip


MERGE_REQUEST = {
    "object_attributes": {"iid": 42, "title": "Add retries", "state": "opened", "action": "open",
                          "url": "https://gitlab.com/acme/shop/-/merge_requests/42",
                          "last_commit": {"id": HEAD}},
}  # fmt: skip


async def test_a_pipeline_of_gitlab_is_told_by_its_jobs_that_find_the_merge_request_by_the_commit(
    works: Works,
) -> None:
    await gitlab(works, "build", **job("unit", "failed", 1))
    await works.deliver()
    await gitlab(works, "merge_request", **MERGE_REQUEST)
    await works.deliver()
    number = {"merge_request": {"iid": 42, "target_project_id": 1}}
    await gitlab(works, "pipeline", **pipeline("failed", **number))
    assert await shown(works) == {"unit": "failed"}
    await gitlab(works, "build", **job("unit", "running", 5))
    await gitlab(works, "pipeline", **pipeline("running", **number))
    await gitlab(works, "build", **job("unit", "success", 6))
    await gitlab(works, "pipeline", **pipeline("success", **number))
    assert await shown(works) == {"unit": "succeeded"}
    assert [text.partition(" on ")[0] for text in await told(works)] == ["unit passed"]
    assert len(await works.rows("SELECT * FROM conversations WHERE live = 1")) == 1


async def test_a_status_and_a_job_of_gitea_are_one_check(works: Works) -> None:
    await works.sample("gitea", "workflow_job.in_progress", delivery=None)
    await works.sample("gitea", "workflow_job.completed", delivery=None)
    await works.sample("gitea", "workflow_run.completed", delivery=None)
    page = "https://gitea.example/acme/shop/actions/runs/12/jobs/0"
    body = {"sha": "5b1f0e0b7f1c4f7c8a4d1e6c3b2a190807060504", "context": "CI / test (push)",
            "state": "success", "target_url": page, "repository": {"full_name": "acme/shop"},
            "sender": SENDER}  # fmt: skip
    await works.post("gitea", body, {"x-gitea-event": "status", "x-gitea-delivery": "s"})
    assert await shown(works) == {"CI / test": "succeeded"}
    assert await told(works) == []
