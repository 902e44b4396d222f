"""Reads discovery.yml: every mistake at once, each with its place, or the whole configuration."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from sovereign.config import crosscheck, parser, wording
from sovereign.config.document import Document
from sovereign.config.models import Discovery
from sovereign.config.problems import ConfigProblems, Problem
from sovereign.core.errors import ConfigError

USUAL = Path("discovery.yml")
"""Read from the current folder, if it is there, when no file is named."""

NONE = "There is no discovery.yml here and none is named, so every default holds."
"""What a missing file means, in every command and at the start. One that is named must be there."""
GONE = "discovery.yml is gone: what it said stays in force until there is one again, or until the next start."
"""What it means to a process that had one: a file that vanishes changes nothing."""

LARGEST = 2**20
"""Bytes; a configuration is written by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The configuration, the document that it came from, which knows the places, and the text of that.

    `missing` says that there is no file and none is named."""

    discovery: Discovery
    document: Document
    text: str
    missing: bool = False

    def require_kept(self, text: str) -> None:
        """Raises ConfigError where the file is gone that `text` was read from."""
        if self.missing and text.strip():
            raise ConfigError(GONE)


def load(path: Path | None, *, sources: Collection[str]) -> Discovery:
    """The configuration in `path`; `sources` are the slugs that endpoints may name.

    None is `discovery.yml` of the current folder or, without one, the defaults. Raises ConfigProblems.
    """
    return load_with_places(path, sources=sources).discovery


def load_with_places(path: Path | None, *, sources: Collection[str]) -> Loaded:
    """As `load`, with the document."""
    if path is None and not USUAL.exists():
        return replace(parse("", str(USUAL), sources=sources), missing=True)
    path = path or USUAL
    return parse(_text(path), str(path), sources=sources)


def parse(text: str, file: str, *, sources: Collection[str]) -> Loaded:
    """As `load`, from a text; `file` is only its name in the problems."""
    read = parser.read(text, file)
    problems = [*read.problems, *crosscheck.problems(read, sources)]
    try:
        discovery = Discovery.model_validate(read.content, context={"sources": frozenset(sources)})
    except ValidationError as error:
        problems += [wording.problem(detail, read) for detail in error.errors(include_url=False)]
    else:
        if not problems:
            return Loaded(discovery=discovery, document=read, text=text)
    raise ConfigProblems(problems)


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise _refused(path, "it is a folder", "a file")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _refused(path, "there is no such file", "discovery.yml", "name another with --config") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "bad name"
        raise _refused(path, f"it cannot be read ({why})", "a file that can be read") from None
    if len(raw) > LARGEST:
        raise _refused(path, "it is larger than 1 MiB", "a configuration written by hand")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problem = f"the byte 0x{raw[error.start]:02X} is not UTF-8"
        raise _refused(path, problem, "text saved as UTF-8", at=(line, column)) from None


def _refused(
    path: Path, problem: str, expected: str, hint: str = "", *, at: tuple[int, int] = (1, 1)
) -> ConfigProblems:
    return ConfigProblems(
        [
            Problem(
                file=str(path),
                line=at[0],
                column=at[1],
                value="",
                problem=problem,
                expected=expected,
                hint=hint,
            )
        ]
    )
