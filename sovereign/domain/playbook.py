"""Playbooks: named steps that are declared once and run with inputs, one after the other, until one fails."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sovereign.core.errors import UserError
from sovereign.domain.permission import Capability

LONGEST_INPUT = 200
_PAIR = re.compile(r'(?P<name>[A-Za-z_][\w-]*)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s,"]*))')
_FIXED = frozenset({"url", "secret", "header", "prefix", "method", "channel"})
_FIELD = re.compile(r"\{(?P<name>[A-Za-z_][\w-]*)\}")


class InputKind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    CHOICE = "choice"
    SERVICE = "service"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """`default` None: it must be given. `least` and `most` are of integers, `choices` of choices."""

    name: str
    kind: InputKind = InputKind.TEXT
    description: str = ""
    default: str | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


class StepKind(StrEnum):
    SCALE = "scale"
    RESTART = "restart"
    ROLLBACK = "rollback"
    HTTP = "http"
    WAIT = "wait"
    ASK = "ask"
    NOTIFY = "notify"

    @property
    def capability(self) -> Capability | None:
        """What the member needs beside the playbook's own."""
        cluster = self in (StepKind.SCALE, StepKind.RESTART, StepKind.ROLLBACK)
        return Capability(f"services.{self.value}") if cluster else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`given` are its settings, whose texts may name inputs, such as `{service}`; `undo` says in words how to
    take it back."""

    kind: StepKind
    title: str
    given: Mapping[str, object] = field(default_factory=dict)
    undo: str = ""


class Approval(StrEnum):
    NONE = "none"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """`environments` empty: everywhere; `capability` is asked for in the environment that it runs in."""

    name: str
    description: str = ""
    steps: tuple[Step, ...] = ()
    inputs: tuple[Input, ...] = ()
    environments: tuple[str, ...] = ()
    approval: Approval = Approval.NONE
    capability: Capability = Capability.PLAYBOOKS_RUN

    def runs_in(self, environment: str) -> bool:
        return not self.environments or environment in self.environments


def values(playbook: Playbook, text: str, services: Sequence[str]) -> Mapping[str, str]:
    """The inputs from `name=value, other="two words"`; `services` are those that may be named.

    Raises UserError for one that is missing, unknown or of another type.
    """
    given = {match["name"]: match["quoted"] or match["plain"] or "" for match in _PAIR.finditer(text)}
    rest = _PAIR.sub("", text).strip(" ,")
    known = {one.name: one for one in playbook.inputs}
    if rest:
        raise UserError(f"{rest[:60]!r} is no input. Expected {usage(playbook)}.")
    for name in given:
        if name not in known:
            raise UserError(f"{playbook.name} has no input {name[:60]!r}. Expected {usage(playbook)}.")
    found: dict[str, str] = {}
    for name, one in known.items():
        value = given.get(name, one.default)
        if value is None or value == "":
            raise UserError(f"{playbook.name} needs {name}. Expected {usage(playbook)}.")
        found[name] = _checked(one, value, services)
    return found


def usage(playbook: Playbook) -> str:
    """`service=… replicas=2`; the defaults stand there."""
    if not playbook.inputs:
        return "no inputs"
    return " ".join(
        f"{one.name}={one.default if one.default is not None else '…'}" for one in playbook.inputs
    )


def _checked(one: Input, value: str, services: Sequence[str]) -> str:
    if len(value) > LONGEST_INPUT:
        raise UserError(f"{one.name} is longer than {LONGEST_INPUT} characters.")
    match one.kind:
        case InputKind.INTEGER:
            return _integer(one, value)
        case InputKind.BOOLEAN:
            if value.lower() not in ("true", "false", "yes", "no"):
                raise UserError(f"{one.name} is {value!r}. Expected true or false.")
            return "true" if value.lower() in ("true", "yes") else "false"
        case InputKind.CHOICE:
            return _one_of(one.name, value, one.choices)
        case InputKind.SERVICE:
            return _one_of(one.name, value, services)
        case InputKind.TEXT:
            return value


def _integer(one: Input, value: str) -> str:
    if not re.fullmatch(r"-?\d{1,12}", value):
        raise UserError(f"{one.name} is {value!r}. Expected a whole number.")
    number = int(value)
    if (one.least is not None and number < one.least) or (one.most is not None and number > one.most):
        raise UserError(f"{one.name} is {number}. Expected {one.least} to {one.most}.")
    return str(number)


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise UserError(f"{name} is {value!r}. Expected {', '.join(known[:12]) or 'nothing that there is'}.")
    return value


def filled(step: Step, given: Mapping[str, str]) -> Step:
    """With the inputs in its texts. Where a call goes and with which secret is the configuration's to say."""
    kept = {key: value for key, value in step.given.items() if key in _FIXED}
    made = {key: _filled(value, given) for key, value in step.given.items() if key not in kept}
    return replace(
        step,
        title=str(_filled(step.title, given)),
        undo=str(_filled(step.undo, given)),
        given={**made, **kept},
    )


def _filled(value: object, given: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return _FIELD.sub(lambda match: given.get(match["name"], match[0]), value)
    if isinstance(value, Mapping):
        return {key: _filled(child, given) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(child, given) for child in value]
    return value


def unknown_fields(playbook: Playbook) -> Sequence[str]:
    """Names in braces in the steps that no input has: they would be said as they are."""
    known = {*(one.name for one in playbook.inputs), "environment"}
    texts = [text for step in playbook.steps for text in _texts([step.title, step.undo, step.given])]
    found = [match["name"] for text in texts for match in _FIELD.finditer(text)]
    return [name for name in dict.fromkeys(found) if name not in known]


def _texts(value: object) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    children = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    )
    return [text for child in children for text in _texts(child)]
