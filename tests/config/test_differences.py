"""What a change of discovery.yml changes, in words, and the effective configuration that it is found from."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sovereign.config.differences import differences
from sovereign.config.effective import safe, tree
from sovereign.config.loader import parse
from sovereign.config.models import Discovery
from sovereign.integrations._source import all_sources
from tests.config.test_models import FRAGMENTS

EXAMPLE = (Path(__file__).parents[2] / "discovery.yml").read_text(encoding="utf-8")


def discovery(text: str) -> Discovery:
    return parse(text, "discovery.yml", sources=all_sources().keys()).discovery


def lines(old: str, new: str) -> list[str]:
    return [str(each) for each in differences(discovery(old), discovery(new))]


def test_a_value_is_told_from_and_to() -> None:
    found = lines("event_gateway: {mention_from: high}", "event_gateway: {mention_from: medium}")
    assert found == ["event_gateway.mention_from: high → medium"]
    assert lines("", "discord: {guild_id: 112233445566778899}") == [
        'discord.guild_id: not set → 112233445566778899'
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "event_gateway: {endpoints: [{path: /event}], max_body: 5MiB}"),
        ("event_gateway: {max_body: 5MiB}", "event_gateway: {max_body: 5242880}"),
        ("", "discord: {oncall_role: '@On-Call', channels: {prs: '#prs'}}"),
        ("services: [{name: a}, {name: b}]", "services: [{name: b}, {name: a}]"),
        ("org:", "# a comment\n"),
    ],
)
def test_another_way_to_write_the_same_is_no_difference(old: str, new: str) -> None:
    assert lines(old, new) == []


def test_entries_are_known_by_their_names_and_not_by_their_places() -> None:
    assert lines(
        "services: [{name: shop, repo: a}, {name: pay}]",
        "services: [{name: docs, environments: [dev]}, {name: shop, repo: b}]",
    ) == [
        "services[shop].repo: a → b",
        "services[pay]: {name: pay} → not set",
        "services[docs]: not set → {name: docs, environments: [dev]}",
    ]


def test_a_nameless_entry_put_in_between_does_not_change_those_after_it() -> None:
    routes = "event_gateway: {{routes: [{}{{kind: a.*, drop: true}}, {{kind: b.*, drop: true}}]}}"
    assert lines(routes.format(""), routes.format("{kind: z.*, drop: true}, ")) == [
        "event_gateway.routes[0]: not set → {kind: z.*, thread: true, drop: true}"
    ]


def test_the_order_of_routes_is_a_difference() -> None:
    one, two = "{name: one, drop: true, kind: a.*}", "{name: two, drop: true, kind: a.*}"
    found = lines(f"event_gateway: {{routes: [{one}, {two}]}}", f"event_gateway: {{routes: [{two}, {one}]}}")
    assert found == ["event_gateway.routes (order): [one, two] → [two, one]"]


def test_what_may_be_a_secret_is_never_told_and_a_reference_is() -> None:
    found = lines(
        "ai_providers: {main: {api_key: hunter2, url: 'https://me:pass@host'}}",
        "ai_providers: {main: {api_key: hunter3, url: 'https://me:pazz@host', token: env://NEW}}",
    )
    assert found == [
        "ai_providers.main.api_key: (hidden) → (hidden)",
        "ai_providers.main.url: https://[redacted]@host → https://[redacted]@host",
        "ai_providers.main.token: not set → env://NEW",
    ]
    assert "hunter2" not in str(safe(tree(discovery("integrations: {x: {password: [hunter2]}}"))))


@pytest.mark.parametrize("text", [EXAMPLE, *FRAGMENTS.values()], ids=["example", *FRAGMENTS])
def test_the_effective_configuration_read_back_means_the_same(text: str) -> None:
    given = discovery(text)
    written = io.StringIO()
    YAML(typ="safe", pure=True).dump(tree(given), written)
    assert differences(given, discovery(written.getvalue())) == ()


def written(discovery: Discovery) -> str:
    return json.dumps(tree(discovery), sort_keys=True)


words = st.text("ab#:-' \"{}1", min_size=1, max_size=6)
scalars = st.none() | st.booleans() | st.integers(-9, 2**64) | words
open_section = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(words, open_section, max_size=3), st.dictionaries(words, open_section, max_size=3))
def test_there_is_a_difference_exactly_where_the_meaning_differs_and_it_works_both_ways(
    old: dict[str, object], new: dict[str, object]
) -> None:
    before, after = (Discovery.model_validate({"learning": each}) for each in (old, new))
    there, back = differences(before, after), differences(after, before)
    assert bool(there) == bool(back) == (written(before) != written(after))
    assert differences(before, before) == ()
