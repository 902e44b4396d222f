"""What an examination finds: one sentence for each check, its state, and what a person should do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


class Group(StrEnum):
    CONFIGURATION = "Configuration"
    SECRETS = "Secrets"
    DISCORD = "Discord"
    GUILD = "Guild"
    GATEWAY = "Gateway"
    AUDIT = "Audit"
    MACHINE = "Machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`todo` is empty where nothing is to be done. Neither text ever holds a secret."""

    group: Group
    check: str
    state: State
    said: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at; it gives findings that carry its name."""

    group: Group
    name: str

    def ok(self, said: str, todo: str = "") -> Finding:
        return self._finding(State.OK, said, todo)

    def warning(self, said: str, todo: str) -> Finding:
        return self._finding(State.WARNING, said, todo)

    def error(self, said: str, todo: str) -> Finding:
        return self._finding(State.ERROR, said, todo)

    def skipped(self, why: str, todo: str = "") -> Finding:
        return self._finding(State.SKIPPED, why, todo)

    def _finding(self, state: State, said: str, todo: str) -> Finding:
        return Finding(group=self.group, check=self.name, state=state, said=said, todo=todo)


def joined(names: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
