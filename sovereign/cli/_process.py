"""What commands share: the configuration, where its secrets come from, and who asks."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from sovereign.clients.sandbox_process import FOLDER, SandboxEnvironment
from sovereign.config.models import Discovery
from sovereign.config.secrets import SecretSource
from sovereign.core.settings import Settings
from sovereign.services.configuration import read


def configured(settings: Settings) -> tuple[Discovery, SecretSource]:
    """discovery.yml and where its secrets come from. Raises ConfigProblems."""
    return read(settings.config).discovery, secret_source(settings)


def secret_source(settings: Settings, *, sandbox: bool | None = None) -> SecretSource:
    playing = settings.sandbox if sandbox is None else sandbox
    environment = settings.environment
    return SecretSource(
        environment=SandboxEnvironment(environment, settings.data / FOLDER) if playing else environment,
        sandbox=playing,
        folder=settings.config.parent if settings.config else Path(),
    )


def operator() -> str:
    """Who owns this process, for what is done on the command line."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account that only a container knows
        return f"uid {os.getuid()}"
