"""Every generated reference by the name of its file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sovereign.cli._references import cli, commands, configuration, errors, metrics, sources


def pages() -> Mapping[str, str]:
    return {
        "cli.md": cli.text(),
        "commands.md": asyncio.run(commands.text()),
        "configuration.md": configuration.text(),
        "errors.md": errors.text(),
        "metrics.md": metrics.text(),
        "sources.md": sources.text(),
    }
