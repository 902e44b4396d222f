"""`sovereign dev`: for those who build on Sovereign, in a checkout of its source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import sovereign
from sovereign.cli._new_source import CASE
from sovereign.cli._new_source import new_source as written
from sovereign.core.errors import UserError

REFERENCES = "docs/reference"

dev = typer.Typer(help="Build on Sovereign: new sources, generated references.", no_args_is_help=True)


@dev.command()
def new_source(
    name: Annotated[str, typer.Argument(help="What the source is called in code, such as uptime_watch.")],
    title: Annotated[str | None, typer.Option(help="What people call it; unset, made of the name.")] = None,
    into: Annotated[
        Path | None, typer.Option(help="The checkout; unset, the one that this command runs from.")
    ] = None,
) -> None:
    """Write a source that works: its module, a sample, and what that gives; it listens at /hooks/NAME."""
    checkout = _checkout(into)
    files = written(checkout, name, title or name.replace("_", " ").title())
    for file in files:
        typer.echo(f"wrote {file}")
    typer.echo(
        f"\nWhat to do next (docs/extending.md walks through it):\n"
        f"  0. Once: `make lint` installs what tests need; then `. .venv/bin/activate`\n"
        f"  1. Run its tests: python -m pytest tests/integrations/test_sources.py -k {name}\n"
        f"  2. Start the sandbox (again, if it runs), then send it: sovereign send {name} {CASE}\n"
        f"  3. Put real bodies into sovereign/samples/{name}/ and decide what the comments ask in\n"
        f"     sovereign/integrations/{name}.py\n"
        f"  4. Write down anew what the samples give, and review it like code:\n"
        f"     python -m pytest tests/integrations/test_sources.py -k {name} --snapshot-update\n"
        f"  5. Write the references anew: sovereign dev references"
    )


@dev.command()
def references(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where one is not current.")
    ] = False,
) -> None:
    """Write docs/reference/ anew from the code: commands, configuration, sources, metrics, errors."""
    from sovereign.cli._references.pages import pages  # loads the cogs

    folder = _checkout(None) / REFERENCES
    texts = {folder / name: text for name, text in pages().items()}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
    left = sorted(set(folder.glob("*.md")) - set(texts))
    if check and (stale or left):
        names = ", ".join(path.name for path in (*stale, *left))
        raise UserError(f"Not current: {names}. Run `sovereign dev references` and commit what it writes.")
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
        typer.echo(f"wrote {REFERENCES}/{path.name}")
    for path in left:
        path.unlink()
        typer.echo(f"removed {REFERENCES}/{path.name}")
    typer.echo(f"{len(texts)} references are current.")


def _checkout(into: Path | None) -> Path:
    """Where the source lies. Raises UserError where there is no source to change."""
    folder = into or Path(sovereign.__file__).parents[1]
    if not all((folder / name).exists() for name in ("pyproject.toml", "tests", "sovereign/cli")):
        raise UserError(
            f"{folder} is not a checkout of Sovereign's source. Clone the repository, or name the checkout"
            " with --into."
        )
    return folder
