"""Readers and targets: wrong ones are refused with their line, and no address can be anything but safe."""

from __future__ import annotations

import pytest

from sovereign.config.check import findings
from sovereign.config.loader import Loaded, parse
from sovereign.config.problems import ConfigProblems
from sovereign.config.secrets import SecretSource
from sovereign.services.setup import readers

SOURCES = {slug: f"env://{slug.upper()}" for slug in ("github", "alertmanager", "generic")}


def loaded(text: str) -> Loaded:
    return parse(text, "discovery.yml", sources=SOURCES.keys())


def refusals(text: str) -> str:
    with pytest.raises(ConfigProblems) as refused:
        loaded(text)
    return str(refused.value)


def target(url: str) -> str:
    return f'outwards:\n  webhooks:\n    - name: audit\n      url: "{url}"\n      secret: env://AUDIT\n'


@pytest.mark.parametrize("url", ["https://example.com/hook?x=1", "http://127.0.0.1:9/", "http://[::1]/"])
def test_https_is_taken_and_http_of_this_host(url: str) -> None:
    assert loaded(target(url)).discovery.outwards.webhooks[0].url == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/hook", "http is for this host alone"),
        ("http://127.0.0.1.example.com/", "http is for this host alone"),
        ("https://ada:word@example.com/", "has a name or password in it"),
        ("ftp://example.com/", "an https address"),
        ("https:///hook", "an https address"),
        ("https://exa mple.com/", "an https address"),
        ("https://[bad/", "an https address"),
        ("https://example.com:99999/", "an https address"),
    ],
)
def test_another_address_is_refused_with_its_line(url: str, why: str) -> None:
    said = refusals(target(url))
    assert "discovery.yml:4" in said
    assert why in said


def test_two_programs_of_one_name_are_refused() -> None:
    reader = "    - {name: board, secret: env://A}\n"
    assert "outwards.readers[1].name is 'board'" in refusals(f"outwards:\n  readers:\n{reader}{reader}")


def test_a_secret_that_is_not_there_is_found_with_its_line() -> None:
    text = target("https://example.com/") + "  readers:\n    - name: board\n      secret: env://BOARD\n"
    found = findings(loaded(text), SOURCES, SecretSource(environment={}))
    lines = {one.line for one in found if "outwards" in one.problem}
    assert lines == {5, 8}


def test_a_secret_itself_in_the_file_is_refused_and_not_repeated() -> None:
    said = refusals("outwards:\n  readers:\n    - {name: board, secret: correct-horse}\n")
    assert "is not a reference to a secret" in said
    assert "correct-horse" not in said


BOTH = "outwards: {readers: [{name: board, secret: env://A}, {name: ships, secret: env://%s}]}\n"


@pytest.mark.parametrize(
    ("other", "environment", "same"),
    [
        ("B", {"A": "key", "B": "key"}, True),
        ("B", {"A": "key", "B": "another"}, False),
        ("A", {"A": "key"}, True),
    ],
)
def test_two_readers_with_one_key_are_an_error_that_names_them_and_not_the_key(
    other: str, environment: dict[str, str], same: bool
) -> None:
    found = findings(loaded(BOTH % other), SOURCES, SecretSource(environment=environment))
    said = [str(one) for one in found if "same key" in one.problem and one.severity == "error"]
    assert bool(said) is same
    assert all("board and ships" in one and ": key" not in one for one in said)


def test_in_the_sandbox_two_readers_whose_secrets_are_not_set_have_different_keys() -> None:
    secrets = SecretSource(environment={}, sandbox=True)
    assert not [one for one in findings(loaded(BOTH % "B"), SOURCES, secrets) if "readers" in one.problem]
    board, ships = readers(loaded(BOTH % "B").discovery, secrets)
    assert (board.secret(), ships.secret()) == ("sandbox-board", "sandbox-ships")
