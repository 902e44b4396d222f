"""A deployment that is shown first: what changes, the button that carries it, and where none fits."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sovereign.domain import images
from sovereign.domain.approval import Policy
from sovereign.domain.cluster import Identity
from sovereign.domain.rollout.terms import Strategy, Terms
from sovereign.render import orders
from sovereign.services.releasing.deploying import Order, Preview
from sovereign.services.releasing.release import Release
from tests.domain.cluster import workload
from tests.render.test_operations import PLACE, labels

RELEASE = Release(
    place=PLACE,
    version="v2",
    image=images.read("registry.example/shop:v2"),
    digest="sha256:" + "ab" * 32,
    workload=workload(images={"shop": "registry.example/shop:v1"}),
    as_who=Identity(user="discord:1"),
    policy=Policy(needs={}),
    terms=Terms(),
)
ORDER = Order(version="v2", service="shop", environment="prod", channel="123")
NOTES = {"from_version": "v1", "dry_run": "ok", "incidents": ["7: slow"], "frozen": ["shop by chen: count"]}


@pytest.mark.parametrize("strategy", [None, "rolling", "blue-green", "canary"])
@pytest.mark.parametrize("override", [False, True])
def test_the_button_carries_the_order_and_what_was_shown(strategy: str | None, override: bool) -> None:
    order = replace(ORDER, strategy=strategy, override=override)
    made = orders.preview(Preview(order=order, release=RELEASE, notes=NOTES))
    said = made.embed.description or ""
    assert "`v1` → `v2`" in said
    assert "**Frozen**: shop by chen: count" in said
    assert ("A freeze does not stop it." in said) == override
    assert labels(made.view) == ["Deploy shop v2 to prod"]
    assert made.view is not None
    match = re.fullmatch(orders.BEGIN, made.view.children[0].custom_id)  # type: ignore[attr-defined]
    assert match is not None
    assert match["seen"] == RELEASE.mark
    assert replace(orders.read(match), channel="123") == order


def test_what_the_message_has_no_room_for_is_in_a_file() -> None:
    few = orders.preview(Preview(order=ORDER, release=RELEASE, notes={"configuration": ["a: 1 → 2"] * 3}))
    assert few.files == ()
    lines = [f"{name}: 1 → 2" for name in "abcd"]
    many = orders.preview(Preview(order=ORDER, release=RELEASE, notes={"configuration": lines}))
    assert many.files == (("configuration.txt", "\n".join(lines)),)
    assert "and 1 more" in str(many.embed.to_dict()["fields"])


def test_what_fits_in_no_button_is_told_another_way() -> None:
    order = replace(ORDER, version="sha256:" + "ab" * 32, service="recommendations")
    made = orders.preview(Preview(order=order, release=RELEASE, notes=NOTES))
    assert made.view is None
    assert "`/deploy approve`" in str(made.embed.to_dict()["fields"])


def test_a_mark_is_of_what_runs_of_what_would_and_of_how() -> None:
    canary = replace(RELEASE, terms=replace(RELEASE.terms, strategy=Strategy.CANARY))
    others = [
        replace(RELEASE, digest="sha256:" + "cd" * 32),
        replace(RELEASE, workload=workload(images={"shop": "registry.example/shop:v0"})),
        replace(RELEASE, workload=workload(uid="made anew", images=RELEASE.workload.images)),
        canary,
    ]
    assert len({RELEASE.mark, *(one.mark for one in others)}) == 5
    scaled = replace(RELEASE, workload=replace(RELEASE.workload, desired=9, generation=99))
    assert scaled.mark == RELEASE.mark
