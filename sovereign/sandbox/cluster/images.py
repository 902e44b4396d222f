"""Image references, and what becomes of the containers that run them: some tags misbehave on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Fate(StrEnum):
    """What a container of this image does. The word in the tag says it."""

    FINE = ""
    CRASH = "crash"
    OOM = "oom"
    NO_PULL = "nopull"
    UNREADY = "unready"
    SLOW = "slow"


SLOWNESS = 6.0
"""How many times longer everything takes with a slow image."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`host/name:tag@digest`; the host is empty when it is not named."""

    host: str
    name: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, image: str) -> Self:
        rest, _, digest = image.partition("@")
        head, slash, tail = rest.rpartition("/")
        last, colon, tag = tail.partition(":")
        host, _, path = head.partition("/")
        if not (slash and ("." in host or ":" in host or host == "localhost")):
            host, path = "", head
        name = f"{path}/{last}" if path else last
        return cls(host, name, tag if colon else ("" if digest else "latest"), digest)

    @property
    def fate(self) -> Fate:
        tag = self.tag.lower()
        return next((fate for fate in Fate if fate and fate.value in tag), Fate.FINE)
