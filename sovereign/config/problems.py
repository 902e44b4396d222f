"""What is wrong in a configuration file, said with its place, what was expected and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from sovereign.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    line, column  from 1; of the value, of an unknown or empty key, of the parent of what is missing
    value         as shown to people; never a secret
    problem       what is wrong, with the path: `event_gateway.endpoints[0].path is '/gitt'`
    expected      what may stand there
    hint          what to do, or empty
    """

    file: str
    line: int
    column: int
    value: str
    problem: str
    expected: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.problem}: expected {self.expected}{hint}"


class ConfigProblems(ConfigError):
    """Every error of a configuration file at once, in the order of the file; `str()` is one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))
        self.public = str(self)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By place in the file; the same sentence once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column)))


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """`did you mean 'x'?`, or nothing when no known word is near."""
    near = get_close_matches(str(word).lower(), list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def listed(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = [*words] or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last
