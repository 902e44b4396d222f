"""The status of a service and the board, as messages: within the limits, in words, never others' markup."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

import pytest

from sovereign.domain.health import Health
from sovereign.render import services as looks
from sovereign.services.operations.facts import BoardFacts, Frozen, Row, StatusFacts, UnderWay

ROW = Row(service="shop", environment="prod", health="degraded", ready=2, desired=3, image="r:1/acme/shop:2.0", why="1 CrashLoopBackOff")  # fmt: skip  # noqa: E501
FACTS = StatusFacts(
    row=ROW,
    updated=3,
    revision=4,
    restarts=6,
    cluster="main",
    namespace="prod",
    deployment="shop",
    repo_url="https://github.com/acme/shop",
    event="BackOff: restarting",
    sick=(("shop-2", "CrashLoopBackOff: shop ends with code 1 again and again"),),
    more_sick=0,
    deployments=((1_772_000_000_000_000, "Deployed shop 2.0 to prod", "https://ci.example.org/1"),),
    incidents=((17, "Latency of the shop", 5, 6),),
    at=1_772_000_000_000_000,
    since=1_772_000_000_000_000,
)
COUNTED = Frozen(scope="shop in prod", by="chen", reason="inventory count", until=1_772_000_000_000_000)
GOING = UnderWay(
    from_version="v1", version="v2", strategy="blue-green", phase="promotable", by="bela",
    since=1_772_000_000_000_000, back_until=1_772_000_600_000_000,
)  # fmt: skip


def test_a_status_says_how_it_is_why_and_what_happened() -> None:
    made = looks.status(FACTS, guild_id=9)
    embed = made.embed
    assert embed.title == "🟡 shop in prod: degraded"
    assert "▰▰▰▰▰▰▱▱▱▱ 2/3 pods ready" in (embed.description or "")
    assert "`shop-2` CrashLoopBackOff: shop ends with code 1" in (embed.description or "")
    fields = {field.name: field.value or "" for field in embed.fields}
    assert fields["Rollout"] == "revision 4, 3/3 updated"
    assert "[17](https://discord.com/channels/9/5/6) Latency of the shop" in fields["Open incidents"]
    assert made.view is not None
    assert [item.label for item in made.view.children] == ["Refresh"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("health", [*Health])
def test_every_health_has_a_tone_and_a_full_bar_only_when_all_is_well(health: Health) -> None:
    embed = looks.status(replace(FACTS, row=replace(ROW, health=health.value))).embed
    assert health.value in (embed.title or "")
    full = "▱" not in (embed.description or "▱") and "▰" in (embed.description or "")
    assert full == (health is Health.OK)


def test_a_status_says_what_is_under_way_there_and_until_when_it_is_frozen() -> None:
    row = replace(ROW, frozen=COUNTED, deploying=GOING)
    facts = replace(FACTS, row=row, more_freezes=1, followed_at=(5, 6))
    body = looks.status(facts, guild_id=9).embed.description or ""
    assert (
        "**[Deploying](https://discord.com/channels/9/5/6)** `v1` → `v2`"
        " · blue-green, promotable since <t:1772000000:R> · by bela"
    ) in body
    assert "**Frozen** by chen: inventory count · ends <t:1772000000:R> · and 1 more: `/freeze list`" in body
    kept = replace(row, deploying=replace(GOING, phase="keeping"))
    assert "**Deployed** `v1` → `v2` · blue-green, the old set is kept until <t:1772000600:t>" in (
        looks.status(replace(facts, row=kept)).embed.description or ""
    )
    assert "deployed `v2` (blue-green, keeping)" in (looks.board(board(rows=[kept])).embed.description or "")
    endless = replace(row, frozen=replace(COUNTED, until=None))
    assert "inventory count · until somebody lifts it" in (
        looks.status(replace(facts, row=endless)).embed.description or ""
    )
    assert not re.search("Frozen|Deploying", looks.status(FACTS).embed.description or "")


def test_a_board_says_in_its_rows_what_is_frozen_or_under_way_and_why_below() -> None:
    row = replace(ROW, frozen=COUNTED, deploying=GOING)
    embed = looks.board(board(rows=[row], freezes=[COUNTED] * 3)).embed
    assert "`2.0` · deploying `v2` (blue-green, promotable) · frozen · 1 Crash" in (embed.description or "")
    [field] = embed.fields
    assert field.name == "Frozen"
    assert (field.value or "").splitlines() == [
        *["shop in prod: inventory count · ends <t:1772000000:R>"] * 2,
        "and 1 more: `/freeze list`",
    ]


def test_a_board_that_has_no_room_leaves_out_why_and_no_row() -> None:
    long = UnderWay(**{**asdict(GOING), "version": "v2.0.0-rc.12+build.77"})
    row = replace(ROW, service="recommendations", why="1 CrashLoopBackOff " * 5, deploying=long)
    body = looks.board(board(rows=[replace(row, environment=f"eu-{n}") for n in range(10)])).embed.description
    assert [f"eu-{n} " in line for n, line in enumerate((body or "").splitlines())] == [True] * 10
    assert "CrashLoop" not in (body or "")


def test_texts_of_others_stay_text_and_within_the_limits() -> None:
    evil = "@everyone [x](https://evil.example) ``` **b** " * 30
    held = Frozen(scope=evil, by=evil, reason=evil, until=1)
    row = replace(ROW, why=evil, frozen=held, deploying=replace(GOING, by=evil, version=evil))
    facts = replace(
        FACTS, row=row, event=evil, sick=(("shop-2", evil),) * 5, more_sick=3,
        deployments=((1, evil, "https://ci.example.org/" + "x" * 500),) * 3, incidents=((1, evil, 5, 6),) * 3,
        more_freezes=99,
    )  # fmt: skip
    for embed in (
        looks.status(facts, 9).embed,
        looks.board(board(rows=[row] * 10, freezes=[held] * 9)).embed,
    ):
        whole = "".join([embed.description or "", *(str(field.value) for field in embed.fields)])
        assert len(embed) <= 6000
        assert "@everyone" not in whole
        assert not re.search(r"(?<!\\)\]\(https://evil|(?<!\\)`{2}", whole)


def board(**changed: Any) -> BoardFacts:
    made = BoardFacts(
        rows=[ROW], counts=(("degraded", 1), ("ok", 30)), page=1, pages=4, environment=None, at=1
    )
    return replace(made, **changed)


def test_a_board_counts_and_turns_its_pages_by_what_stands_in_the_buttons() -> None:
    made = looks.board(board())
    assert made.embed.title == "🟡 Services: 1 degraded, 30 ok"
    assert "**shop** prod · degraded · 2/3 ready · `2.0` · 1 CrashLoopBackOff" in (
        made.embed.description or ""
    )
    assert made.view is not None
    found = [re.fullmatch(looks.BOARD, item.custom_id) for item in made.view.children]  # type: ignore[attr-defined]
    assert [match and match["page"] for match in found] == ["1", "0", "2"]


def test_a_living_message_has_no_buttons_and_says_until_when() -> None:
    made = looks.board(board(until=1_772_000_000_000_000))
    assert made.view is None
    assert "Kept up to date until <t:" in (made.embed.description or "")


def test_nothing_to_show_says_where_to_name_it() -> None:
    assert "infra.clusters" in (looks.board(board(counts=(), rows=[])).embed.description or "")


def test_names_that_fit_in_no_button_leave_it_out() -> None:
    row = replace(ROW, service="s" * 120)
    assert looks.status(replace(FACTS, row=row)).view is None


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        (f"r:1/acme/shop:v1.4.2@sha256:{'ab' * 32}", "`v1.4.2`"),
        (f"r:1/acme/shop@sha256:{'ab' * 32}", "`sha256:abababababab`"),
        ("acme/shop:2.0", "`2.0`"),
        ("r:1/acme/shop", ""),
    ],
)
def test_a_board_shows_what_people_call_the_version(image: str, shown: str) -> None:
    row = replace(ROW, image=image)
    for made in (looks.board(board(rows=[row])), looks.board(board(rows=[row], until=1))):
        assert [part for part in (made.embed.description or "").split(" · ") if part.startswith("`")] == (
            [shown] if shown else []
        )
