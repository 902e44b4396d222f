"""What the commands of `sovereign audit` share: options, the keys that are trusted, the database, output."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from sovereign.app.folder import DATABASE
from sovereign.core import signing
from sovereign.core.errors import UserError
from sovereign.core.settings import Settings
from sovereign.core.signing import SigningKey
from sovereign.services.checkpoints import usual_key
from sovereign.store.database import Database, visited

T = TypeVar("T")

Data = Annotated[Path | None, typer.Option(help="Folder of the database.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key", help="A public key to trust, in hexadecimal; repeatable. Else that of the data folder."
    ),
]


async def visiting(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Work with the database, which another process may be using."""
    async with visited(settings.data / DATABASE) as database:
        return await work(database)


def key_at_hand(settings: Settings) -> SigningKey | None:
    """The key that signs here, if this machine has it. Raises ConfigError for one that cannot be used."""
    path = settings.audit_key or usual_key(settings.data)
    return signing.load(path) if path.exists() else None


def trusted(settings: Settings, given: Sequence[str] | None) -> list[bytes]:
    """The public keys whose signatures count. Raises UserError where there are none, or one is no key."""
    if not given:
        key = key_at_hand(settings)
        if key is None:
            raise UserError(
                f"There is no signing key in {settings.data} to trust. Name the public key: --key HEX, as"
                " `sovereign audit key` prints it where the log is kept."
            )
        return [key.public]
    return [_public(one) for one in given]


def _public(given: str) -> bytes:
    try:
        raw = bytes.fromhex(given.strip())
    except ValueError:
        raw = b""
    if len(raw) != signing.PUBLIC:
        raise UserError(
            f"{given[:80]!r} is no public key: expected {2 * signing.PUBLIC} hexadecimal digits, as"
            " `sovereign audit key` prints them."
        )
    return raw


@contextmanager
def writing(to: Path | None) -> Iterator[Callable[[str], object]]:
    """Write to a new file, whole or not at all, or to standard output."""
    if to is None or str(to) == "-":
        yield sys.stdout.write
        return
    if to.exists():
        raise UserError(f"{to} exists already; choose another name, or move it away.")
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            yield file.write
        part.rename(to)
    except OSError as error:
        raise UserError(f"{to} cannot be written: {(error.strerror or str(error)).lower()}.") from error
    finally:
        part.unlink(missing_ok=True)
