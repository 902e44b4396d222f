"""Makes the sinks of the audit as they are configured."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sovereign.clients.audit_sinks.cloudwatch import CloudWatch
from sovereign.clients.audit_sinks.lines import LinesFile, Stdout
from sovereign.clients.audit_sinks.loki import Loki
from sovereign.clients.sessions import session
from sovereign.config.governance import SinkSection
from sovereign.config.secrets import SecretSource
from sovereign.services.ports.sinks import AuditSink
from sovereign.services.sinks import Opening


@asynccontextmanager
async def opening(data: Path, secrets: SecretSource) -> AsyncIterator[Opening]:
    """`data` is the folder from which relative paths begin."""
    timeout = aiohttp.ClientTimeout(total=30, connect=10)
    async with session(timeout) as http:

        def opened(section: SinkSection) -> AuditSink:
            match section.type:
                case "file":
                    return LinesFile(data / str(section.path), section.size, section.keep)
                case "stdout":
                    return Stdout()
                case "cloudwatch":
                    return CloudWatch(section, secrets)
            return Loki(section, secrets, http)

        yield opened
