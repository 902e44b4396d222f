"""Checks: one line for each, whoever reports on it and in whatever order, and no failure hidden."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain.checks import Checks, heard, is_news, lines, outcome, speaker
from sovereign.domain.conversations import fold, opened_by
from sovereign.domain.events import FINISHED, Event, Status

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RUN = ("suite:5", "run:9")


def said(
    name: str, status: Status, *, kind: str = "taskrun", runs: tuple[str, ...] = RUN, minute: float | None = 0
) -> Event:
    return Event(
        source="github",
        kind=f"{kind}.finished",
        subject="s",
        title=f"{name} {status}",
        url=f"https://ci.example/{name}/{status}".replace(" ", ""),
        check=name,
        status=status,
        runs=runs,
        occurred_at=None if minute is None else NOON + timedelta(minutes=minute),
    )


def after(*events: Event) -> Checks:
    checks: Checks = {}
    for event in events:
        checks = heard(checks, event)
    return checks


def shown(*events: Event) -> dict[str, Status]:
    return {name: check.status for name, check in lines(after(*events)).items()}


suite = said("GitHub Actions", Status.SUCCEEDED, kind="pipelinerun", runs=("suite:5",))
workflow = said("CI", Status.SUCCEEDED, kind="pipelinerun")
build = said("build", Status.SUCCEEDED)
job = said("CI / build", Status.SUCCEEDED, runs=("run:9",))


def test_suite_workflow_run_and_job_are_one_line_each_check() -> None:
    assert shown(suite, workflow, build, job) == {"CI / build": Status.SUCCEEDED}
    assert shown(suite, workflow) == {"CI": Status.SUCCEEDED}
    assert shown(workflow, suite) == {"CI": Status.SUCCEEDED}


@given(st.permutations([suite, workflow, build, job]))
def test_the_order_of_the_reports_changes_nothing(events: Sequence[Event]) -> None:
    assert shown(*events) == {"CI / build": Status.SUCCEEDED}


def test_a_run_that_failed_while_none_of_its_jobs_did_is_a_line_of_its_own() -> None:
    assert shown(build, said("CI", Status.FAILED, kind="pipelinerun")) == {
        "build": Status.SUCCEEDED,
        "CI": Status.FAILED,
    }
    assert shown(said("build", Status.FAILED), said("CI", Status.FAILED, kind="pipelinerun")) == {
        "build": Status.FAILED
    }


def test_a_workflow_called_as_its_only_job_is_no_second_line() -> None:
    assert shown(said("build", Status.FAILED), said("build", Status.FAILED, kind="pipelinerun")) == {
        "build": Status.FAILED
    }


def test_two_workflows_with_a_job_of_the_same_name_are_two_lines() -> None:
    other = ("run:10",)
    assert shown(job, said("Release / build", Status.FAILED, runs=other)) == {
        "CI / build": Status.SUCCEEDED,
        "Release / build": Status.FAILED,
    }


def test_a_check_that_runs_fails_and_passes_on_its_rerun_is_one_line_with_its_newest_state() -> None:
    story = [
        said("build", Status.RUNNING, minute=0),
        said("build", Status.FAILED, minute=2),
        said("build", Status.QUEUED, minute=5),
        said("build", Status.SUCCEEDED, minute=7),
    ]
    assert shown(*story[:2]) == {"build": Status.FAILED}
    assert shown(*story) == {"build": Status.SUCCEEDED}


def test_a_failed_run_is_forgotten_once_its_jobs_run_anew() -> None:
    failed = [said("build", Status.FAILED, minute=1), said("CI", Status.FAILED, kind="pipelinerun", minute=1)]
    assert shown(*failed, said("build", Status.RUNNING, minute=5)) == {"build": Status.RUNNING}


def test_a_word_that_comes_late_does_not_set_a_check_back() -> None:
    assert shown(said("build", Status.FAILED, minute=2), said("build", Status.RUNNING, minute=0)) == {
        "build": Status.FAILED
    }


def test_a_pipeline_that_gives_the_time_of_its_beginning_may_run_again() -> None:
    again = said("pipeline", Status.RUNNING, kind="pipelinerun", minute=0)
    assert shown(said("pipeline", Status.FAILED, kind="pipelinerun", minute=2), again) == {
        "pipeline": Status.RUNNING
    }


def test_the_same_result_told_again_is_no_news_and_that_of_another_attempt_is() -> None:
    failed = after(said("build", Status.FAILED, minute=2))
    assert not is_news(failed, heard(failed, said("CI / build", Status.FAILED, runs=("run:9",), minute=2.1)))
    assert is_news(failed, heard(failed, said("build", Status.FAILED, minute=9)))
    assert is_news(failed, heard(failed, said("build", Status.SUCCEEDED, minute=9)))
    assert not is_news(failed, heard(failed, said("CI", Status.FAILED, kind="pipelinerun", minute=3)))


reports = st.builds(
    said,
    st.sampled_from(["build", "test", "CI / build", "CI / test"]),
    st.sampled_from([Status.QUEUED, Status.RUNNING, Status.SUCCEEDED, Status.FAILED]),
    runs=st.sampled_from([RUN, ("suite:5",), ("run:9",), ()]),
    minute=st.none() | st.integers(0, 9),
)
wholes = st.builds(
    said,
    st.sampled_from(["CI", "build"]),
    st.sampled_from([Status.QUEUED, Status.RUNNING, Status.SUCCEEDED, Status.FAILED]),
    kind=st.just("pipelinerun"),
    runs=st.sampled_from([RUN, ("suite:5",), ("run:9",)]),
)


@given(st.lists(reports | wholes, max_size=12))
def test_no_state_is_lost_and_what_is_left_out_is_told_by_others(events: list[Event]) -> None:
    checks = after(*events)
    told = lines(checks)
    assert bool(told) == bool(events)
    for name, check in checks.items():
        if name in told:
            continue
        assert check.whole
        parts = [part for part in told.values() if not part.whole and set(part.runs) & set(check.runs)]
        assert parts
        if check.status is Status.FAILED:
            assert any(part.status is Status.FAILED or part.status not in FINISHED for part in parts)
    failed = any(check.status is Status.FAILED for check in told.values())
    assert (outcome(checks) is Status.FAILED) == failed


@given(st.lists(reports | wholes, min_size=1, max_size=6))
def test_a_card_of_checks_is_headed_by_one_that_is_in_the_state_that_it_shows(events: list[Event]) -> None:
    first, *others = events
    card = opened_by(first)
    for event in others:
        card = fold(card, event)
    lead = speaker(card.checks)
    assert lead is not None
    assert (card.title, card.url) == (lead.title, lead.url)
    assert (lead.status is Status.FAILED) == (card.status is Status.FAILED)
    assert card.title.endswith(str(lead.status))
