"""Settings of the process, from the environment variables that begin with `SOVEREIGN_`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from sovereign.core.errors import ConfigError

PREFIX = "SOVEREIGN_"


class SettingsProblems(ConfigError):
    """Every wrong setting at once; `str()` is one line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.public = str(self)


def _small(given: object) -> object:
    return given.lower() if isinstance(given, str) else given


def _without_slash(url: str | None) -> str | None:
    return url.rstrip("/") if url else url


Small = BeforeValidator(_small)
Port = Annotated[int, Field(ge=0, le=65535)]
WebUrl = Annotated[str | None, Field(pattern=r"^https?://[^\s/]+\S*$"), AfterValidator(_without_slash)]
SocketUrl = Annotated[str | None, Field(pattern=r"^wss?://[^\s/]+\S*$"), AfterValidator(_without_slash)]


class Settings(BaseSettings):
    """What must be known before discovery.yml is read. A variable that is empty counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    data: Path = Field(default=Path("data"), description="the folder of the database")
    config: Path | None = Field(default=None, description="the path of discovery.yml")
    host: str = Field(
        default="127.0.0.1", min_length=1, description="the address that the gateway listens on"
    )
    port: Port = Field(default=8080, description="the gateway's port, 0 to 65535 (0: any free one)")
    discord_api: WebUrl = Field(default=None, description="the http(s) address of another Discord API")
    discord_gateway: SocketUrl = Field(
        default=None, description="the ws(s) address of another Discord gateway"
    )
    sandbox: bool = Field(
        default=False,
        description="true or false: a secret that is missing is `sandbox`, a reader's `sandbox-NAME`",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Small] = Field(
        default="info", description="debug, info, warning or error"
    )
    log_format: Annotated[Literal["auto", "json", "console"], Small] = Field(
        default="auto", description="auto, json or console (auto: console on a terminal)"
    )
    public_url: WebUrl = Field(
        default=None, description="the http(s) address under which senders reach the gateway"
    )

    audit_key: Path | None = Field(
        default=None, description="the path of the key that signs the audit, better outside the data folder"
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="what callers of /metrics from elsewhere send as a bearer token"
    )

    @model_validator(mode="after")
    def _redirected_whole_or_not(self) -> Self:
        if (self.discord_api is None) != (self.discord_gateway is None):
            raise ValueError(f"{PREFIX}DISCORD_API and {PREFIX}DISCORD_GATEWAY: expected both or none")
        return self

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of the process, where `env://` references look."""
        return os.environ


def read_settings(**given: Any) -> Settings:
    """The settings; what is given and not None goes before the environment. Raises SettingsProblems."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsProblems(tuple(map(_worded, error.errors(include_url=False)))) from None


def _worded(error: ErrorDetails) -> str:
    if not error["loc"]:
        return str(error["msg"]).removeprefix("Value error, ")
    name = str(error["loc"][0])
    expected = Settings.model_fields[name].description
    line = f"{PREFIX}{name.upper()} is {str(error['input'])[:60]!r}: expected {expected}"
    if name == "port" and str(error["input"]).startswith("tcp://"):
        line += " (Kubernetes sets this for a Service named sovereign: set enableServiceLinks: false)"
    return line
