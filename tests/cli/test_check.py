"""`sovereign check` counts in words that fit, and says the same in the sandbox of what cannot work there."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sovereign.cli.main import app

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("orgs: {}\n", "1 error, 0 warnings"),
        ("event_gateway: {quiet_hours: [{hours: '22:00-22:00'}]}\n", "0 errors, 1 warning"),
        ("{}\n", "all is well"),
    ],
)
def test_what_is_found_is_counted_in_words_that_fit(tmp_path: Path, text: str, last: str) -> None:
    file = tmp_path / "discovery.yml"
    file.write_text(text)
    said = RUNNER.invoke(app, ["check", str(file), "--sandbox"])
    assert said.stdout.splitlines()[-1] == f"{file}: {last}"
    assert said.exit_code == (1 if "1 error" in last else 0)


@pytest.mark.parametrize("how", [[], ["--sandbox"]])
def test_a_secret_written_down_is_answered_with_what_works_and_with_nothing_else(
    tmp_path: Path, how: list[str]
) -> None:
    file = tmp_path / "discovery.yml"
    file.write_text("discord: {bot: {token_secret_ref: correct-horse}}\n")
    said = RUNNER.invoke(app, ["check", str(file), *how]).stdout
    assert "expected a reference: env://NAME or file:///path" in said
    assert "vault" not in said
    file.write_text("discord: {bot: {token_secret_ref: 'vault://kv/x'}}\n")
    asked = RUNNER.invoke(app, ["check", str(file), *how])
    assert "vault:// is not supported yet" in asked.stdout
    assert asked.exit_code == 1
