"""Previews name their deed and what changes; progress says how far it is; a run says what is next."""

from __future__ import annotations

import re
from typing import Any

import discord
import pytest

from sovereign.domain.estate import Place
from sovereign.domain.operation import Kind, State, Wanted
from sovereign.domain.playbook_run import RunState
from sovereign.render import operations as looks
from sovereign.render import playbooks
from sovereign.services.operations.changes import Seen
from tests.domain.cluster import NOW

PLACE = Place(
    service="shop", environment="prod", cluster="main", namespace="prod", deployment="shop",
    container=None, production=True, least=1, most=5,
)  # fmt: skip


def wanted(**changed: Any) -> Wanted:
    given: dict[str, Any] = {
        "kind": Kind.SCALE, "place": PLACE, "generation": 7, "uid": "u-1", "value": 5,
        "before": "3 replicas", "after": "5 replicas",
    }  # fmt: skip
    return Wanted(**(given | changed))


def labels(view: discord.ui.View | None) -> list[str]:
    return [str(item.label) for item in view.children] if view else []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "value", "label"),
    [
        (Kind.SCALE, 5, "Scale shop to 5"),
        (Kind.RESTART, 0, "Restart shop"),
        (Kind.ROLLBACK, 3, "Roll shop back to 3"),
    ],
)
def test_a_preview_shows_from_and_to_and_its_button_carries_what_it_was_about(
    kind: Kind, value: int, label: str
) -> None:
    made = looks.preview(wanted(kind=kind, value=value))
    assert made.embed.description == "from 3 replicas\nto **5 replicas**"
    assert labels(made.view) == [label]
    assert made.view is not None
    match = re.fullmatch(looks.DO, made.view.children[0].custom_id)  # type: ignore[attr-defined]
    assert match is not None
    seen = Seen.of(wanted())
    assert (match["kind"], match["service"], match["environment"]) == (kind.value, "shop", "prod")
    assert (int(match["value"]), int(match["generation"]), match["uid"]) == (value, 7, seen.uid)


def test_names_that_fit_in_no_button_are_said_to() -> None:
    place = Place(**{**{name: getattr(PLACE, name) for name in PLACE.__slots__}, "service": "s" * 60})
    made = looks.preview(wanted(place=place))
    assert made.view is None
    assert any(field.name == "No button" for field in made.embed.fields)


def operation(**changed: Any) -> dict[str, Any]:
    facts = {
        "kind": "scale", "service": "shop", "environment": "prod", "before": "3 replicas",
        "after": "5 replicas", "actor": "ada", "state": "running", "why": "", "ready": 3, "desired": 5,
        "waits_for": "2 pods to be ready", "silent": "", "started_at": 0, "ended_at": None,
    }  # fmt: skip
    return facts | changed


def test_progress_says_how_far_it_is_and_what_it_waits_for() -> None:
    embed = looks.progress(operation(silent="main does not answer (frozen)."), NOW, "r")
    assert embed.title == "🔵 Scaling shop in prod"
    assert "▰▰▰▰▰▰▱▱▱▱ 3/5 pods ready\nwaits for 2 pods to be ready" in (embed.description or "")
    assert "main does not answer" in (embed.description or "")


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (State.DONE, "🟢 Scaled shop in prod"),
        (State.FAILED, "🔴 Scaling shop in prod failed"),
        (State.REPLACED, "⚪ Scaling shop in prod was overtaken"),
        (State.UNKNOWN, "🟡 Scaling shop in prod is not done"),
    ],
)
def test_each_end_has_its_words_and_its_length(state: State, title: str) -> None:
    facts = operation(state=state.value, why="CrashLoopBackOff: it ends", ended_at=95_000_000)
    embed = looks.progress(facts, NOW, "r")
    assert embed.title == title
    assert "waits for" not in (embed.description or "")
    assert {field.name: field.value for field in embed.fields}["Took"] == "1m 35s"


def run(state: RunState, **changed: Any) -> dict[str, Any]:
    facts = {
        "id": 4, "playbook": "drain", "environment": "prod", "state": state.value,
        "steps": ["Scale shop to 0", "Ask whether to go on", "Tell #deployments"], "position": 1,
        "said": ["from 3 replicas to 0 replicas"], "question": None, "why": "", "undos": [],
        "inputs": {"service": "shop"}, "actor": "ada", "approved_by": None, "started_at": 0, "ended_at": None,
    }  # fmt: skip
    return facts | changed


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (RunState.PROPOSED, ["Approve", "Cancel"]),
        (RunState.ASKING, ["Continue", "Stop"]),
        (RunState.RUNNING, []),
        (RunState.DONE, []),
        (RunState.FAILED, []),
        (RunState.STOPPED, []),
    ],
)
def test_a_run_has_the_buttons_of_its_state(state: RunState, buttons: list[str]) -> None:
    made = playbooks.progress(run(state), NOW, "r")
    assert labels(made.view) == buttons
    assert ("▱" in (made.embed.description or "")) == (state is not RunState.DONE)


def test_a_failed_run_says_why_and_how_to_undo_and_a_proposed_one_every_step() -> None:
    failed = playbooks.progress(run(RunState.FAILED, why="it broke", undos=["Scale: back"]), NOW, "r").embed
    assert "2. **Ask whether to go on: failed**\nit broke\nTo undo: Scale: back" in (failed.description or "")
    refused = "Shop is frozen by ada until <t:1772000000:f>: **count**. Lift it with `/freeze off freeze:1`."
    stopped = playbooks.progress(run(RunState.FAILED, why=refused), NOW, "r").embed
    assert refused.replace("**", r"\*\*") in (stopped.description or "")
    proposed = playbooks.progress(run(RunState.PROPOSED, said=[]), NOW, "r").embed
    assert "3. Tell" in (proposed.description or "")
