"""Mistakes in discovery.yml are told all at once, with line and column, what is there, what was expected."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sovereign.config.loader import LARGEST, Loaded, load, parse
from sovereign.config.problems import ConfigProblems, Problem

SOURCES = frozenset({"alertmanager", "generic", "github", "standard_webhooks"})


def loaded(text: str) -> Loaded:
    return parse(text, "discovery.yml", sources=SOURCES)


def refused(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigProblems) as caught:
        loaded(text)
    return caught.value.problems


def problems_of(text: str) -> tuple[Problem, ...]:
    try:
        loaded(text)
    except ConfigProblems as refusal:
        return refusal.problems
    return ()


def only(text: str) -> Problem:
    (problem,) = refused(text)
    return problem


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("org:\n  name: 5\n", 2, 9, "org.name is 5: expected text"),
        ("discord:\n  guild_id: abc\n", 2, 13, "discord.guild_id is 'abc': expected an id of Discord"),
        ("discord:\n  guild_id: -5\n", 2, 13, "discord.guild_id is -5: expected an id"),
        ("discord:\n  channels: {prs: a b}\n", 2, 19, "discord.channels.prs is 'a b': expected a channel"),
        ("discord:\n  channels: [prs]\n", 2, 13, "discord.channels is a list: expected a mapping"),
        ("discord:\n  oncall_role: [x]\n", 2, 16, "discord.oncall_role is a list: expected the name or id"),
        (
            "discord:\n  rbac:\n    grants:\n      - {role: DevOps, capabilities: []}\n",
            4,
            38,
            "grants[0].capabilities is a list: expected at least 1 entry",
        ),
        (
            "discord: {rbac: {grants: [{role: A, capabilities: [Alerts]}]}}\n",
            1,
            52,
            "grants[0].capabilities[0] is 'Alerts': expected names such as alerts.view",
        ),
        ("git:\n  provider: githib\n", 2, 13, "git.provider is 'githib': expected azuredevops, bitbucket"),
        ("git:\n  repos:\n    - shop\n", 3, 7, "git.repos[0] is 'shop': expected a mapping"),
        ("git:\n  repos:\n    -\n", 3, 6, "git.repos[0] is empty: expected a mapping"),
        (
            "git:\n  repos:\n    - env: dev\n",
            3,
            7,
            "git.repos[0].name is missing: expected shop, within git.org",
        ),
        ("git:\n  repos:\n    - name: a b\n", 3, 13, "git.repos[0].name is 'a b': expected letters"),
        ("event_gateway:\n  max_body: 5XB\n", 2, 13, "max_body is '5XB': expected a size from 1KiB"),
        ("event_gateway:\n  max_body: 1GiB\n", 2, 13, "max_body is '1GiB': expected a size from 1KiB"),
        ("event_gateway:\n  mention_from: bad\n", 2, 17, "mention_from is 'bad': expected critical, high"),
        (
            "event_gateway:\n  endpoints:\n    - path: /gitt\n",
            3,
            13,
            "event_gateway.endpoints[0].path is '/gitt': expected /git, /alert, /event or /hooks/<name>",
        ),
        (
            "event_gateway:\n  endpoints:\n    - path: /hooks/CI\n",
            3,
            13,
            "endpoints[0].path is '/hooks/CI': expected /git, /alert, /event or /hooks/<name>",
        ),
        (
            "event_gateway:\n  endpoints:\n    - path: /hooks/ci\n      source: githbu\n",
            4,
            15,
            "endpoints[0].source is 'githbu': expected alertmanager, generic, github or standard_webhooks",
        ),
        (
            "event_gateway:\n  endpoints:\n    - path: /hooks/ci\n",
            3,
            7,
            "event_gateway.endpoints[0] has no source: expected a source: alertmanager",
        ),
        (
            "event_gateway:\n  endpoints:\n    - {path: /git, auth: none, secret: env://A}\n",
            3,
            7,
            "endpoints[0] has a secret and auth: none",
        ),
        (
            "event_gateway:\n  routes:\n    - kind: x\n",
            3,
            7,
            "routes[0] does nothing: expected channel, mention",
        ),
        (
            "event_gateway: {routes: [{drop: true, channel: a}]}\n",
            1,
            26,
            "routes[0] drops the event and posts it",
        ),
        ("event_gateway: {routes: [{mention: everyone}]}\n", 1, 36, "nothing may call everyone"),
        ("event_gateway: {routes: [{drop: true, source: gitub}]}\n", 1, 47, "did you mean 'github'?"),
        ("services: {shop: 1}\n", 1, 11, "services is a mapping: expected a list"),
        ("people: [{discord: ada, timezone: europe/berln}]\n", 1, 35, "did you mean 'Europe/Berlin'?"),
        ("- a\n", 1, 1, "the file is a list: expected a mapping"),
        ("# a remark\n\nhello\n", 3, 1, "the file is text: expected a mapping"),
    ],
)
def test_each_wrong_value_has_its_line_and_column(text: str, line: int, column: int, says: str) -> None:
    problem = only(text)
    assert (problem.line, problem.column) == (line, column)
    assert str(problem).startswith(f"discovery.yml:{line}:{column}: ")
    assert says in str(problem)


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a:\n\tb: 1\n", 2, 1, "a tab stands where only spaces may"),
        ("org: {}\norg: {}\n", 2, 1, "the key 'org' stands here again: expected each key once (line 1)"),
        ("org:\n  name: a\n  name: b\n", 3, 3, "the key 'name' stands here again"),
        ("org: [\n", 2, 1, "expected YAML"),
        ("org: 'x\n", 2, 1, "expected YAML"),
        ("org: name: x\n", 1, 10, "put text that holds `: ` in quotes"),
        ("org: @ada\n", 1, 6, "put text that begins with @"),
        ("org: *ada\n", 1, 6, "put text that begins with * in quotes"),
        ("org: {}\n---\ngit: {}\n", 2, 1, "a second document begins here"),
        ("org: {name: !!python/name:os.system x}\n", 1, 13, "is not supported: expected no tag"),
        ("org:\n  name: \x07\n", 2, 9, "the control character U+0007 is not allowed"),
        ("? [a]\n: 1\n", 1, 3, "the key is a list: expected text"),
        ("infra: {a: " + "9" * 5000 + "}\n", 1, 12, "is not a number that can be used"),
        ("infra: &a {b: *a}\n", 1, 1, "too many levels"),
        ('infra: {a: "\\uD800"}\n', 1, 12, "half a character"),
        ('infra: {a: "\\UFFFFFFFF"}\n', 1, 1, "cannot be read as YAML"),
        ("%YAML 1.0\n---\norg: {}\n", 1, 1, "cannot be read as YAML"),
        ("infra: " + "[" * 1000, 1, 1, "too many levels"),
    ],
)
def test_what_yaml_refuses_has_the_same_form(text: str, line: int, column: int, says: str) -> None:
    problem = only(text)
    assert (problem.line, problem.column) == (line, column)
    assert says in str(problem)


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["infra:", "  a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too many levels, or values" in str(only("\n".join(lines)))


@pytest.mark.parametrize(
    ("text", "line", "column", "meant"),
    [
        ("evnt_gateway: {}\n", 1, 1, "event_gateway"),
        ("discord:\n  gild_id: 5\n", 2, 3, "guild_id"),
        ("git:\n  repos:\n    - name: shop\n      chanel: prs\n", 4, 7, "channel"),
        ("event_gateway: {endpoints: [{path: /git, secrt: env://A}]}\n", 1, 42, "secret"),
        (
            "discord: {rbac: {grants: [{role: A, capabilities: all, enviroments: all}]}}\n",
            1,
            56,
            "environments",
        ),
    ],
)
def test_an_unknown_key_is_pointed_at_with_what_was_probably_meant(
    text: str, line: int, column: int, meant: str
) -> None:
    problem = only(text)
    assert (problem.line, problem.column) == (line, column)
    assert "is not a known key" in problem.problem
    assert problem.hint == f"did you mean {meant!r}?"
    assert meant in problem.expected


def test_an_empty_unknown_key_is_unknown_all_the_same() -> None:
    assert only("discrod:\n").hint == "did you mean 'discord'?"


def test_every_mistake_is_told_at_once_in_the_order_of_the_file() -> None:
    problems = refused(
        "org:\n"
        "  nmae: Acme\n"
        "discord:\n"
        "  guild_id: abc\n"
        "git:\n"
        "  repos:\n"
        "    - {name: shop}\n"
        "    - {name: shop}\n"
        "event_gateway:\n"
        "  endpoints:\n"
        "    - path: /gitt\n"
        "      source: githbu\n"
        "git: {}\n"
    )
    assert [(p.line, p.column) for p in problems] == [(2, 3), (4, 13), (8, 14), (11, 13), (12, 15), (13, 1)]
    with pytest.raises(ConfigProblems) as caught:
        loaded("org: 1\ngit: 2\n")
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("discord:\n  channels:\n    prs: #prs\n    alerts: x\n", 3, 10),
        ("git:\n  repos:\n    - name: a\n      channel: #ops\n", 4, 16),
        ("event_gateway: \n  endpoints:\n    - path: /git\n      discord_channel:   #ops", 4, 26),
    ],
)
def test_a_channel_without_quotes_is_told_apart_from_a_remark(text: str, line: int, column: int) -> None:
    problem = only(text)
    assert (problem.line, problem.column) == (line, column)
    assert "# without quotes begins a comment" in problem.problem


def test_a_remark_after_an_empty_key_is_a_remark() -> None:
    assert loaded("git:\n  repos: # none yet\norg:   #nor this\n").discovery == loaded("").discovery


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "event_gateway: {endpoints: [{path: /git}, {path: /git}]}",
            "endpoints[1].path is '/git', as on line 1",
        ),
        (
            "event_gateway: {endpoints: [{path: /hooks/github}]}",
            "endpoints[0].name is 'github', as for /git: expected a name of its own",
        ),
        ("event_gateway: {endpoints: [{path: /hooks/a, source: generic, name: generic}]}", "as for /event"),
        ("git: {org: acme, repos: [{name: shop}, {name: Acme/Shop}]}", "repos[1].name is 'acme/shop', as on"),
        ("services: [{name: a}, {name: b}, {name: a}]", "services[2].name is 'a', as on line 1"),
        ("people: [{discord: 5}, {discord: '5'}]", "people[1].discord is '5', as on line 1"),
        (
            "discord: {channels: {ci_cd_pipeline: a, ci-cd-pipeline: b}}",
            "is 'ci_cd_pipeline' spelt otherwise",
        ),
        ("discord: {rbac: {prod_role: A}, bot: {rbac: {prod_role: B}}}", "is not the role of discord.rbac"),
    ],
)
def test_names_that_stand_twice_are_refused(text: str, says: str) -> None:
    assert says in str(only(text))


SECRET = "correct-horse-battery"


@pytest.mark.parametrize(
    "text",
    [
        f"event_gateway: {{endpoints: [{{path: /git, secret: {SECRET}}}]}}",
        f"event_gateway: {{endpoints: [{{path: /git, secret: [env://A, {SECRET}]}}]}}",
        f"event_gateway: {{endpoints: [{{path: /git, secret: {{value: {SECRET}}}}}]}}",
        f"event_gateway: {{endpoints: [{{path: /git, secret: 'vualt://{SECRET}'}}]}}",
        f"event_gateway: {{endpoints: [{{path: /git, secret: 'env://{SECRET} x'}}]}}",
        f"discord: {{bot: {{token_secret_ref: {SECRET}}}}}",
        f"discord: {{bot: {{token: {SECRET}}}}}",
    ],
)
def test_a_secret_written_into_the_file_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(ConfigProblems) as caught:
        loaded(text)
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value) + repr(caught.value) + repr(caught.value.problems)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems, match=r"missing\.yml:1:1: there is no such file"):
        load(tmp_path / "missing.yml", sources=SOURCES)
    with pytest.raises(ConfigProblems, match=r":1:1: it is a folder"):
        load(tmp_path, sources=SOURCES)


def test_without_a_name_the_usual_file_is_read_if_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, sources=SOURCES) == loaded("").discovery
    Path("discovery.yml").write_text("org: {name: Acme}", encoding="utf-8")
    assert load(None, sources=SOURCES).org.name == "Acme"


def test_a_file_that_is_not_utf8_is_told_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "discovery.yml"
    path.write_bytes(b"org:\n  name: Caf\xe9\n")
    with pytest.raises(ConfigProblems, match=r":2:12: the byte 0xE9 is not UTF-8"):
        load(path, sources=SOURCES)
    path.write_bytes(b"\xef\xbb\xbforg:\r\n  name: Caf\xc3\xa9\r\n")
    assert load(path, sources=SOURCES).org.name == "Café"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(ConfigProblems, match="larger than 1 MiB"):
        load(path, sources=SOURCES)


def test_aliases_and_merged_keys_are_understood() -> None:
    found = loaded(
        "services:\n"
        "  - &shop {name: shop, environments: &where [dev, prod], channel: shop}\n"
        "  - {<<: *shop, name: payments}\n"
        "  - {name: third, environments: *where}\n"
    ).discovery.services
    assert [(s.name, s.environments, s.channel) for s in found] == [
        ("shop", ("dev", "prod"), "shop"),
        ("payments", ("dev", "prod"), "shop"),
        ("third", ("dev", "prod"), None),
    ]


WORDS = st.sampled_from(
    [
        *(
            "org",
            "discord",
            "channels",
            "event_gateway",
            "endpoints",
            "routes",
            "path",
            "secret",
            "git",
            "repos",
        ),
        *(
            "name",
            "people",
            "services",
            "infra",
            "grants",
            "rbac",
            "<<",
            "/git",
            "env://A",
            "#prs",
            "-",
            ": ",
            "[",
            "]",
        ),
        *(
            "{",
            "}",
            ",",
            "\n",
            "\n  ",
            "\n    - ",
            "&a ",
            "*a",
            "!",
            "!!int ",
            "%YAML 1.1\n",
            "---\n",
            "'",
            '"',
            "|\n",
            "?",
            "~",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=25).map("".join)))
@example("%")
@example("%TAG ! tag:x\n--- a")
@example("&a : 1")
@example('a: "\\uD800"')
@example("channels: #\u2028#x")
def test_no_text_raises_anything_but_problems(text: str) -> None:
    for problem in problems_of(text):
        assert problem.line >= 1
        assert problem.column >= 1
        str(problem).encode()


TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["org", "discord", "git", "event_gateway", "people", "repos"]), TREES))
def test_no_tree_raises_anything_but_problems(tree: dict[str, object]) -> None:
    assert all(str(problem) for problem in problems_of(json.dumps(tree)))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_problems(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_bytes(raw)
    with contextlib.suppress(ConfigProblems):
        load(path, sources=SOURCES)


def test_the_same_text_is_read_once_and_another_name_or_text_anew() -> None:
    text = "org: {name: Acme}\n"
    assert loaded(text).document is loaded(text).document
    assert parse(text, "other.yml", sources=SOURCES).document.file == "other.yml"
    assert loaded(text.replace("Acme", "Ajax")).discovery.org.name == "Ajax"
