"""The message of a deployment says what serves, what is waited for, what went wrong and what runs now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sovereign.domain import dora
from sovereign.domain.deployment import Phase, State, brief
from sovereign.domain.rollout.steps import Wait
from sovereign.domain.rollout.terms import Strategy
from sovereign.render import deployments as looks
from sovereign.services.releasing import telling
from sovereign.services.releasing.figures import Delivering
from tests.domain.rollout import model

DIGEST = "sha256:" + "ab" * 32
CRASHES = (
    "CrashLoopBackOff: back-off 10s restarting failed container=shop"
    " pod=shop-7f9_prod(0f1e2d3c-1111-2222-3333-444455556666)"
)


def message(
    wait: Wait | None = None, strategy: Strategy = Strategy.ROLLING, **changed: Any
) -> tuple[str, str]:
    """Title and body."""
    given = replace(model.deployment(strategy), **changed)
    embed, _ = looks.head(telling.facts(given, wait or Wait(until="")), "ref")
    return embed.title or "", embed.description or ""


def test_what_serves_is_said_and_until_when_one_can_go_back() -> None:
    _, said = message(strategy=Strategy.BLUE_GREEN, phase=Phase.KEEPING)
    noon = int(model.NOON.timestamp())
    assert said == f"**`v2` serves** since <t:{noon}:R> · Rollback is open until <t:{noon + 20}:R>"


def test_trouble_is_not_what_it_waits_for() -> None:
    _, said = message(Wait(until="pods to get ready", trouble=CRASHES), phase=Phase.PROGRESSING)
    assert "waits for pods to get ready" in said
    assert "Trouble so far: CrashLoopBackOff" in said
    assert "waits for Crash" not in said


@pytest.mark.parametrize(
    ("state", "title"),
    [(State.ROLLED_BACK, "Took back shop v2 in prod"), (State.CANCELLED, "Cancelled shop v2 to prod")],
)
def test_what_was_taken_back_says_what_runs_and_why(state: State, title: str) -> None:
    said = message(state=state, reason="it crashes", ended_at=model.NOON)
    assert (said[0].partition(" ")[2], said[1]) == (title, "`v1` runs · it crashes")


def test_a_reason_is_told_without_ids_and_with_short_digests() -> None:
    found = brief(f"{CRASHES} image acme/shop@{DIGEST} {'word ' * 60}")
    assert "pod=shop-7f9_prod image acme/shop@sha256:abababababab… word" in found
    assert len(found) == 200


def test_figures_tell_those_that_stayed_from_all() -> None:
    ended = [(model.NOON + timedelta(days=day), day != 2) for day in range(1, 5)]
    until = model.NOON + timedelta(weeks=2)
    given = dora.figures(dora.with_merges(ended, []), [], model.NOON, until)
    found = Delivering(service=None, environment="prod", since=model.NOON, until=until, figures=given)
    fields = {field.name: field.value for field in looks.figures(found).embed.fields}
    assert fields["Deployments that stayed"] == "3, 1.5 a week"
    assert fields["Failed or taken back"] == "25% of 4"
