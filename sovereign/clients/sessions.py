"""How we call others over HTTP: under our name, without keeping cookies."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import aiohttp


def session(timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": agent()}
    )


@cache
def agent() -> str:
    """Such as `Sovereign/0.1.0`."""
    return f"Sovereign/{version('sovereign')}"
