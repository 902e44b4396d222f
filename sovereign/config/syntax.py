"""What the YAML parser refuses, in words and with its place."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.reader import ReaderError

from sovereign.config.problems import Problem


def refusal(file: str, text: str, error: Exception) -> Problem:
    """The problem behind an exception of the parser; at 1:1 where the parser lost its place."""
    if isinstance(error, RecursionError):
        return at(file, None, "too many levels, or values, in one another", "a flatter file")
    if isinstance(error, ReaderError):
        return _unprintable(file, text, error)
    if isinstance(error, MarkedYAMLError):
        return _marked(file, error)
    return at(file, None, "it cannot be read as YAML", "YAML 1.2")


def place(mark: StreamMark) -> tuple[int, int]:
    """Line and column from 1."""
    return mark.line + 1, mark.column + 1


def at(file: str, mark: StreamMark | None, problem: str, expected: str, hint: str = "") -> Problem:
    line, column = place(mark) if mark else (1, 1)
    return Problem(
        file=file, line=line, column=column, value="", problem=problem, expected=expected, hint=hint
    )


def _marked(file: str, error: MarkedYAMLError) -> Problem:
    problem = " ".join(filter(None, (error.problem, error.context))) or "it cannot be read as YAML"
    expected, hint = "YAML", ""
    if "'\\t'" in problem:
        problem, expected = "a tab stands where only spaces may", "spaces for indentation"
    elif "found another document" in problem:
        problem, expected = "a second document begins here", "one document, without a second `---`"
    elif "mapping values are not allowed" in problem:
        problem, hint = "a `: ` too many", "put text that holds `: ` in quotes, and indent keys alike"
    elif "cannot start any token" in problem:
        hint = "put text that begins with @, ` or % in quotes"
    elif "undefined alias" in problem:
        hint = "put text that begins with * in quotes"
    return at(file, error.problem_mark or error.context_mark, problem, expected, hint)


def _unprintable(file: str, text: str, error: ReaderError) -> Problem:
    before = text[: max(text.find(chr(error.character)), 0)]
    return Problem(
        file=file,
        line=before.count("\n") + 1,
        column=len(before) - before.rfind("\n"),
        value=f"U+{error.character:04X}",
        problem=f"the control character U+{error.character:04X} is not allowed",
        expected="printable text",
    )
