"""docs/reference/ says what the code says, and says it well."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path

import pytest

from sovereign.cli import dev
from sovereign.cli._references import configuration, errors, metrics, sources
from sovereign.cli._references._markdown import table
from sovereign.cli._references.pages import pages
from sovereign.core import errors as tree
from sovereign.core.errors import UserError
from sovereign.core.settings import PREFIX, Settings
from sovereign.integrations._source import all_sources

FOLDER = Path(__file__).parents[2] / "docs/reference"


@pytest.fixture(scope="module")
def written() -> Mapping[str, str]:
    return pages()


def test_the_references_are_what_the_code_gives_now(written: Mapping[str, str]) -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in {*written, *committed} if written.get(name) != committed.get(name))
    assert stale == [], "run `make docs` and commit what it writes"


def test_the_command_writes_what_is_stale_and_checks_without_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "_checkout", lambda into: tmp_path)
    dev.references()
    dev.references(check=True)
    folder = tmp_path / dev.REFERENCES
    (folder / "errors.md").write_text("old")
    (folder / "gone.md").write_text("of something that is no more")
    with pytest.raises(UserError, match=r"Not current: errors\.md, gone\.md"):
        dev.references(check=True)
    assert (folder / "errors.md").read_text() == "old"
    dev.references()
    assert (folder / "errors.md").read_text() == errors.text()
    assert not (folder / "gone.md").exists()


def test_every_row_of_a_table_has_as_many_cells_as_its_head(written: Mapping[str, str]) -> None:
    for name, text in written.items():
        for part in text.split("\n\n"):
            if part.startswith("|"):
                assert len({line.replace("\\|", "").count("|") for line in part.splitlines()}) == 1, name


def test_a_table_leaves_out_columns_without_a_value_and_keeps_lines_whole() -> None:
    rows = [("a", "", "x | y"), ("b", "", "on two\nlines")]
    assert table(("One", "Two", "Three"), rows) == (
        "| One | Three |\n| --- | --- |\n| a | x \\| y |\n| b | on two lines |"
    )
    assert table(("One",), []) == ""


def test_every_error_is_drawn_at_the_top_of_its_module_and_stands_in_the_reference() -> None:
    defined = {
        name
        for name, error in vars(tree).items()
        if inspect.isclass(error) and error.__module__ == tree.__name__ and issubclass(error, Exception)
    }
    assert defined == set(errors.drawn())
    assert defined == {error.__name__ for _, error in errors.tree(tree.SovereignError)}
    assert "| &emsp;&emsp;`TooLarge` |" in errors.text()


def test_every_variable_of_the_environment_and_every_key_stands_in_the_reference() -> None:
    text = configuration.text()
    for name in Settings.model_fields:
        assert f"| `{PREFIX}{name.upper()}` |" in text
    assert "| `event_gateway.endpoints[].path` | text | required |" in text
    assert "| `event_gateway.mention_from` | `critical`, `high`," in text


def test_a_metric_is_named_as_the_exposition_names_it() -> None:
    text = metrics.text()
    assert "| `sovereign_deliveries_total` | counter | `source`, `verdict` |" in text
    assert "| `sovereign_accept_seconds` | histogram |" in text


def test_the_ways_in_which_a_sender_proves_itself_are_found_out_by_signing() -> None:
    known = all_sources()
    assert sources.proofs(known["github"].scheme) == ["a signature of the body, in `x-hub-signature-256`"]
    assert sources.proofs(known["alertmanager"].scheme) == ["the secret itself, in `authorization`"]
    assert sources.proofs(known["sns"].scheme)[1] == "a signature by a published key"
    assert sources.proofs(known["figma"].scheme)[0] == "a secret in passcode of the body"
    assert sources.proofs(known["rundeck"].scheme)[0].startswith("a digest of other things than the body, in")
    assert not [
        slug for slug, one in known.items() if any(how.endswith("in ") for how in sources.proofs(one.scheme))
    ]
    timed, plain, token = sources.proofs(known["grafana"].scheme)
    assert timed.startswith("a signature of the body and the time, in")
    assert plain == "a signature of the body, in `x-grafana-alerting-signature`"
    assert token == "the secret itself, in `authorization`"


def test_wherever_a_severity_is_chosen_it_is_said_what_unknown_counts_as(written: Mapping[str, str]) -> None:
    rows = [line for line in written["configuration.md"].splitlines() if "`info`, `unknown`" in line]
    assert len(rows) >= 4
    assert all("unknown counts as high" in row for row in rows)
