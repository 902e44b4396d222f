"""`sovereign dev`: what it writes into a checkout, and what it refuses to."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sovereign.cli._new_source import new_source
from sovereign.cli.main import app
from sovereign.core.errors import UserError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What of a checkout a new source changes."""
    (tmp_path / "tests/integrations").mkdir(parents=True)
    (tmp_path / "sovereign/cli").mkdir(parents=True)
    (tmp_path / "sovereign/integrations").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "sovereign/integrations/github").mkdir()
    (tmp_path / "sovereign/integrations/generic.py").touch()
    return tmp_path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def sovereign(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def test_a_new_source_is_written_whole_and_said(checkout: Path) -> None:
    before = files(checkout)
    told = sovereign("dev", "new-source", "uptime_watch", "--into", str(checkout))
    assert told.exit_code == 0, told.output
    assert "sovereign send uptime_watch first" in told.stdout
    assert files(checkout) - before == {
        "sovereign/integrations/uptime_watch.py",
        "sovereign/samples/uptime_watch/first.json",
        "sovereign/samples/uptime_watch/first.headers.json",
        "tests/integrations/uptime_watch/first.expected.json",
    }
    module = (checkout / "sovereign/integrations/uptime_watch.py").read_text()
    assert module.startswith('"""Uptime Watch: ')
    assert 'secret="env://UPTIME_WATCH_WEBHOOK_SECRET"' in module
    sample = json.loads((checkout / "sovereign/samples/uptime_watch/first.json").read_text())
    assert sample["title"] == "A first message from Uptime Watch"
    again = sovereign("dev", "new-source", "uptime_watch", "--into", str(checkout))
    assert again.exit_code == 1
    assert "There is a source called uptime_watch already" in str(again.exception)


def test_the_longest_name_and_title_still_give_a_module_in_the_projects_format(checkout: Path) -> None:
    name = "a" * 19 + "_" + "b" * 20
    module = checkout / new_source(checkout, name, "W" * 40)[0]
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, module], cwd=checkout, check=False)
        assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Uptime", "cannot name a source"),
        ("uptime-watch", "cannot name a source"),
        ("_uptime", "cannot name a source"),
        ("uptime__watch", "cannot name a source"),
        ("a/../b", "cannot name a source"),
        ("a" * 41, "cannot name a source"),
        ("", "cannot name a source"),
        ("class", "a word of Python"),
        ("generic", "generic.py"),
        ("github", "sovereign/integrations/github"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(checkout: Path, name: str, why: str) -> None:
    before = files(checkout)
    with pytest.raises(UserError, match=why):
        new_source(checkout, name, "A title")
    assert files(checkout) == before


@pytest.mark.parametrize("title", ["", " A", 'a"b', "a\\b", "a\nb", "${slug}", "a{{now}}", "x" * 41])
def test_a_title_that_would_break_the_code_is_refused(checkout: Path, title: str) -> None:
    with pytest.raises(UserError, match="cannot be a title"):
        new_source(checkout, "uptime_watch", title)


def test_a_folder_that_is_no_checkout_is_refused_with_words(tmp_path: Path) -> None:
    told = sovereign("dev", "new-source", "uptime_watch", "--into", str(tmp_path))
    assert told.exit_code == 1
    assert "is not a checkout of Sovereign's source" in str(told.exception)
    assert files(tmp_path) == set()
