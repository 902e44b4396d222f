"""Secrets are found where their reference says, anew at each use, and never show in an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from sovereign.config.secrets import FORMS, LARGEST_FILE, SecretSource, malformed
from sovereign.core.errors import ConfigError


def found(reference: str, source: SecretSource) -> str:
    return source.resolve(reference).get_secret_value()


def test_a_variable_is_read_at_each_use() -> None:
    environment = {"TOKEN": "one"}
    source = SecretSource(environment=environment)
    assert found("env://TOKEN", source) == "one"
    environment["TOKEN"] = "two"
    assert found("env://TOKEN", source) == "two"


def test_a_file_is_read_at_each_use_without_its_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "token"
    source = SecretSource(environment={}, folder=tmp_path)
    path.write_text("one\n", encoding="utf-8")
    assert found(f"file://{path}", source) == "one"
    assert found("file://token", source) == "one"
    path.write_bytes(b" two \r\n")
    assert found("file://token", source) == " two "


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("env://MISSING", "env://MISSING: the environment variable MISSING is not set; set it"),
        ("env://EMPTY", "the environment variable EMPTY is empty"),
        ("file://missing", "there is no file"),
        ("file://folder", "there is no file"),
        ("file://empty", "is empty; write the secret into it"),
        ("file://binary", "is not UTF-8 text"),
        ("file://huge", "is larger than 64 KiB"),
        ("file://" + "x" * 5000, "x"),
        ("vault://kv/discord/bot_token", "vault:// is not supported yet; use env:// or file://"),
        ("store://discord", "store:// is not supported yet"),
    ],
)
def test_what_cannot_be_found_says_what_was_tried_and_what_to_do(
    tmp_path: Path, reference: str, says: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_bytes(b"x" * (LARGEST_FILE + 1))
    source = SecretSource(environment={"EMPTY": ""}, folder=tmp_path)
    with pytest.raises(ConfigError) as caught:
        source.resolve(reference)
    assert says in str(caught.value)
    assert source.problem(reference) == str(caught.value)


def test_in_the_sandbox_what_cannot_be_found_is_a_word_that_everybody_knows() -> None:
    source = SecretSource(environment={"EMPTY": "", "SET": "mine"}, sandbox=True)
    for reference in ("env://MISSING", "env://EMPTY", "file://missing", "vault://kv/x"):
        assert found(reference, source) == "sandbox"
    assert source.problem("env://MISSING") is source.problem("file://missing") is None
    assert found("env://SET", source) == "mine"


@pytest.mark.parametrize("sandbox", [False, True])
def test_what_is_not_supported_is_a_problem_in_the_sandbox_too_and_is_never_offered(sandbox: bool) -> None:
    said = SecretSource(environment={}, sandbox=sandbox).problem("vault://kv/x")
    assert said == "vault://kv/x: vault:// is not supported yet; use env:// or file://."
    assert "vault" not in FORMS
    assert "store" not in FORMS


@pytest.mark.parametrize(
    "text", ["correct-horse", "", "env:/TOKEN", "ENV://TOKEN", "env://a-b", "env://", "http://correct-horse"]
)
def test_what_is_no_reference_is_refused_without_being_repeated(text: str) -> None:
    assert malformed(text)
    with pytest.raises(ConfigError) as caught:
        SecretSource(environment={}, sandbox=True).resolve(text)
    assert "horse" not in str(caught.value)


def test_neither_the_source_nor_the_secret_shows_in_a_repr() -> None:
    source = SecretSource(environment={"TOKEN": "correct-horse"})
    assert "horse" not in repr(source) + repr(source.resolve("env://TOKEN"))
