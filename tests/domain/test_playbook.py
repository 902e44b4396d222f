"""Inputs have types, never reach an address, and a run moves only as its rules let it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sovereign.core.errors import InvalidTransition, NotAllowed, UserError
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.playbook import (
    Approval,
    Input,
    InputKind,
    Playbook,
    Step,
    StepKind,
    filled,
    unknown_fields,
    usage,
    values,
)
from sovereign.domain.playbook_run import Run, RunState
from tests.domain.cluster import NOW

ADA, BELA = Actor(id=1, name="ada", roles=()), Actor(id=2, name="bela", roles=())
BOOK = Playbook(
    name="drain",
    inputs=(
        Input(name="service", kind=InputKind.SERVICE),
        Input(name="replicas", kind=InputKind.INTEGER, default="2", least=1, most=5),
        Input(name="mode", kind=InputKind.CHOICE, default="soft", choices=("soft", "hard")),
        Input(name="sure", kind=InputKind.BOOLEAN, default="false"),
        Input(name="why", default="no reason"),
    ),
)


def test_inputs_are_read_with_their_types_and_defaults() -> None:
    found = values(BOOK, 'service=shop, replicas=3 sure=yes why="two words"', ["shop"])
    assert found == {"service": "shop", "replicas": "3", "mode": "soft", "sure": "true", "why": "two words"}
    assert usage(BOOK) == "service=… replicas=2 mode=soft sure=false why=no reason"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs service"),
        ("service=shpo", "Expected shop"),
        ("service=shop replicas=9", "Expected 1 to 5"),
        ("service=shop replicas=two", "Expected a whole number"),
        ("service=shop mode=loud", "Expected soft, hard"),
        ("service=shop sure=maybe", "Expected true or false"),
        ("service=shop colour=red", "no input 'colour'"),
        ("service=shop and more", "is no input"),
        ("service=shop why=" + "x" * 300, "longer than 200"),
    ],
)
def test_a_wrong_input_is_told_with_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        values(BOOK, text, ["shop"])


def test_inputs_go_into_texts_and_never_into_addresses_headers_or_channels() -> None:
    given = {
        "url": "https://x/{service}", "secret": "env://{service}", "header": "{service}",
        "channel": "{service}", "body": {"a": ["{service}", 1]}, "text": "{service} {unknown}",
    }  # fmt: skip
    made = filled(
        Step(kind=StepKind.HTTP, title="Call {service}", given=given, undo="Undo {service}"),
        {"service": "shop"},
    )
    assert (made.title, made.undo) == ("Call shop", "Undo shop")
    assert made.given == {**given, "body": {"a": ["shop", 1]}, "text": "shop {unknown}"}
    assert unknown_fields(
        replace(BOOK, steps=(Step(kind=StepKind.ASK, title="{environment} {colour}"),))
    ) == ["colour"]


def run(**changed: Any) -> Run:
    steps = (
        Step(kind=StepKind.SCALE, title="One", undo="scale it back"),
        Step(kind=StepKind.ASK, title="Two"),
        Step(kind=StepKind.NOTIFY, title="Three"),
    )
    made = Run(
        id=1, playbook="drain", environment="prod", steps=steps, values={}, approval=Approval.SECOND,
        capability=Capability.PLAYBOOKS_RUN, actor=ADA, conversation_id=1, started_at=NOW,
        state=RunState.PROPOSED,
    )  # fmt: skip
    return replace(made, **changed)


def test_a_second_member_approves_and_never_the_first() -> None:
    with pytest.raises(NotAllowed, match="a second member has to"):
        run().approve(ADA)
    begun = run().approve(BELA)
    assert (begun.state, begun.approved_by) == (RunState.RUNNING, BELA)
    with pytest.raises(InvalidTransition):
        begun.approve(BELA)


def test_a_run_goes_step_by_step_asks_and_ends() -> None:
    it = run(state=RunState.RUNNING).begin()
    assert it.acting
    it = it.did("from 3 to 0", NOW).ask()
    with pytest.raises(InvalidTransition):
        it.approve(BELA)
    it = it.answer(BELA, NOW)
    assert (it.state, it.position, it.said[-1]) == (RunState.RUNNING, 2, "bela said to go on")
    with pytest.raises(InvalidTransition, match="A step is being done"):
        it.stop(BELA, NOW)
    it = it.did("told", NOW)
    assert (it.state, it.ended_at) == (RunState.DONE, NOW)
    with pytest.raises(InvalidTransition):
        it.stop(BELA, NOW)


def test_what_failed_or_was_stopped_says_how_to_take_back_what_was_done() -> None:
    failed = run(state=RunState.RUNNING).did("ok", NOW).fail("it broke", NOW)
    assert failed.undos() == ["One: scale it back"]
    assert run(state=RunState.ASKING).stop(BELA, NOW).undos() == []
