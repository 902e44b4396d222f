"""What commands that look into the database share: reading and writing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sovereign.app.folder import DATABASE
from sovereign.core.settings import Settings
from sovereign.store.database import visited
from sovereign.store.sqlite import Connection

T = TypeVar("T")


def read(settings: Settings, function: Callable[[Connection], T]) -> T:
    async def reading() -> T:
        async with visited(settings.data / DATABASE) as database:
            return await database.read(function)

    return asyncio.run(reading())


def write(settings: Settings, function: Callable[[Connection], T]) -> T:
    async def writing() -> T:
        async with visited(settings.data / DATABASE) as database:
            return await database.write(function)

    return asyncio.run(writing())
