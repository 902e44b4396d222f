"""The `playbooks` section: declared steps, their inputs, who may run them and who has to agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sovereign.config.fields import Channel, Environments, Reference, Section, Text, wrong
from sovereign.core.errors import UserError
from sovereign.domain.logs import span
from sovereign.domain.permission import Capability
from sovereign.domain.playbook import Approval, Input, InputKind, Playbook, Step, StepKind, unknown_fields

Long = Annotated[str, Field(min_length=1, max_length=1000)]
Named = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z_][\w-]*$")]
LONGEST_WAIT = 3600


def length(given: object) -> int:
    """Seconds: 90, 90s, 5m."""
    if isinstance(given, int) and not isinstance(given, bool):
        seconds = given
    else:
        try:
            seconds = int(span(str(given)).total_seconds())
        except UserError:
            seconds = 0
    if not 1 <= seconds <= LONGEST_WAIT:
        raise wrong("a span of time from 1s to 1h, such as 90s or 5m")
    return seconds


def as_text(given: object) -> object:
    """Numbers, true and false may stand without quotes."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given) if isinstance(given, int | float) else given


Length = Annotated[int, BeforeValidator(length, json_schema_input_type=str | int)]


class InputSection(Section):
    """What a run is given."""

    name: Named = Field(description="What the steps call it, in braces.")
    type: InputKind = Field(default=InputKind.TEXT, description="text, integer, choice, service or boolean.")
    description: Text | None = Field(default=None, description="What it means.")
    default: Annotated[str | None, BeforeValidator(as_text, json_schema_input_type=str | int | bool)] = Field(
        default=None, description="Its value where none is given; without it one must be."
    )
    choices: tuple[Text, ...] = Field(default=(), description="Of a choice.")
    min: int | None = Field(default=None, description="Of an integer.")
    max: int | None = Field(default=None, description="Of an integer.")

    @model_validator(mode="after")
    def _with_choices(self) -> Self:
        if (self.type is InputKind.CHOICE) != bool(self.choices):
            raise wrong("choices for a choice, and for nothing else")
        return self

    def made(self) -> Input:
        return Input(
            name=self.name,
            kind=self.type,
            description=self.description or "",
            default=self.default,
            choices=self.choices,
            least=self.min,
            most=self.max,
        )


class ScaleStep(Section):
    """Scale a service."""

    service: Text = Field(description="The service, or an input such as {service}.")
    replicas: Annotated[str, BeforeValidator(str, json_schema_input_type=str | int)] = Field(
        description="How many, or an input such as {replicas}."
    )


class ServiceStep(Section):
    """Restart a service, or go back to the revision before."""

    service: Text = Field(description="The service, or an input such as {service}.")


class HttpStep(Section):
    """Call an address of the configuration."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="POST", description="The method."
    )
    url: Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s{}]+$")] = Field(
        description="The address, as it stands here: no input goes into it."
    )
    secret: Reference | None = Field(default=None, description="Reference to what the header holds.")
    header: Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9-]+$")] = Field(
        default="Authorization", description="The header of the secret."
    )
    prefix: Annotated[str, Field(max_length=20)] = Field(
        default="Bearer ", description="What stands before the secret."
    )
    body: Mapping[str, Any] | None = Field(
        default=None, description="Sent as JSON; its texts may name inputs."
    )
    expect: Annotated[int, Field(ge=100, le=599)] | None = Field(
        default=None, description="The status that means success; any of 200 to 299 by default."
    )


class WaitStep(Section):
    """Wait until a service has settled, or for a while."""

    service: Text | None = Field(default=None, description="The service, or an input such as {service}.")
    seconds: Length | None = Field(default=None, description="How long, such as 30s.")
    timeout: Length = Field(default=600, description="How long at most, such as 5m.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.service is None) == (self.seconds is None):
            raise wrong("one of service and seconds")
        return self


class NotifyStep(Section):
    """Say something in a channel."""

    channel: Channel = Field(description="Where.")
    text: Long = Field(description="What; it may name inputs.")


KEYS = tuple(StepKind)


class StepSection(Section):
    """One step: a title if you like, and what it does."""

    name: Text | None = Field(default=None, description="What it is called.")
    undo: Text | None = Field(default=None, description="How to take it back, in words.")
    scale: ScaleStep | None = Field(default=None, description="Scale a service.")
    restart: ServiceStep | None = Field(default=None, description="Restart a service.")
    rollback: ServiceStep | None = Field(default=None, description="Go back to the revision before.")
    http: HttpStep | None = Field(default=None, description="Call an address.")
    wait: WaitStep | None = Field(default=None, description="Wait.")
    ask: Long | None = Field(default=None, description="Ask a person whether to go on.")
    notify: NotifyStep | None = Field(default=None, description="Say something in a channel.")

    @model_validator(mode="after")
    def _one_deed(self) -> Self:
        found = [key for key in KEYS if getattr(self, key) is not None]
        if len(found) != 1:
            raise wrong(f"one of {', '.join(KEYS)}", problem=f"does {len(found) or 'nothing'} of them")
        return self

    def made(self) -> Step:
        kind = next(key for key in KEYS if getattr(self, key) is not None)
        deed = getattr(self, kind)
        given = {"text": deed} if isinstance(deed, str) else deed.model_dump(exclude_none=True)
        return Step(kind=kind, title=self.name or _title(kind, given), given=given, undo=self.undo or "")


class PlaybookSection(Section):
    """A declared run of steps."""

    name: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")] = Field(
        description="What people call it in commands."
    )
    description: Text | None = Field(default=None, description="What it is for.")
    environments: Environments = Field(default=(), description="Where it may run; everywhere by default.")
    capability: Capability = Field(
        default=Capability.PLAYBOOKS_RUN, description="What a member needs there to run or approve it."
    )
    approval: Approval = Field(
        default=Approval.NONE, description="none, or second: a second member has to approve each run."
    )
    inputs: tuple[InputSection, ...] = Field(default=(), description="What a run is given.")
    steps: Annotated[tuple[StepSection, ...], Field(min_length=1, max_length=20)] = Field(
        description="What is done, one after the other; the first failure ends it."
    )

    @field_validator("inputs")
    @classmethod
    def _own_names(cls, given: tuple[InputSection, ...]) -> tuple[InputSection, ...]:
        names = [one.name for one in given]
        if len({*names, "environment"}) != len(names) + 1:
            raise wrong("a name of its own for each input, other than environment")
        return given

    @model_validator(mode="after")
    def _known_inputs(self) -> Self:
        if unknown := unknown_fields(self.made()):
            raise wrong("names of inputs in braces", problem=f"names {{{unknown[0]}}}, which is no input")
        return self

    def made(self) -> Playbook:
        return Playbook(
            name=self.name,
            description=self.description or "",
            steps=tuple(one.made() for one in self.steps),
            inputs=tuple(one.made() for one in self.inputs),
            environments=self.environments,
            approval=self.approval,
            capability=self.capability,
        )


def _title(kind: StepKind, given: Mapping[str, object]) -> str:
    match kind:
        case StepKind.SCALE:
            return f"Scale {given['service']} to {given['replicas']}"
        case StepKind.RESTART:
            return f"Restart {given['service']}"
        case StepKind.ROLLBACK:
            return f"Roll {given['service']} back"
        case StepKind.HTTP:
            return f"{given['method']} {str(given['url']).split('?')[0]}"
        case StepKind.WAIT:
            return f"Wait for {given.get('service') or str(given.get('seconds')) + ' s'}"
        case StepKind.ASK:
            return "Ask whether to go on"
        case StepKind.NOTIFY:
            return f"Tell #{given['channel']}"
