"""Names of container images: `registry.example/acme/shop:v2.0@sha256:…`, taken apart and put together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sovereign.core.errors import UserError

DOCKER_HUB = "docker.io"
"""What a name without a registry means to every container engine."""
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PATH = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """`registry` is a host, maybe with a port; without a `tag` the name means `latest`."""

    registry: str
    path: str
    tag: str | None = None
    digest: str | None = None

    @property
    def name(self) -> str:
        """Without tag and digest, as it is written where it is docker.io's too."""
        return f"{self.registry}/{self.path}"

    @property
    def tagged(self) -> str:
        return f"{self.name}:{self.tag or 'latest'}"

    def at(self, version: str) -> Image:
        """The same image in another version: a tag, or a digest. Raises UserError for what is neither."""
        if DIGEST.fullmatch(version):
            return replace(self, tag=None, digest=version)
        if not TAG.fullmatch(version):
            raise UserError(
                f"{version[:60]!r} is no version: a tag has letters, digits, dots and dashes, such as v2.0."
            )
        return replace(self, tag=version, digest=None)

    def pinned(self, digest: str | None) -> str:
        """With its digest, so that what runs is what was voted on even when the tag moves."""
        tag = f":{self.tag}" if self.tag else ""
        fixed = f"@{digest or self.digest}" if digest or self.digest else ""
        return f"{self.name}{tag}{fixed}"


def read(text: str) -> Image:
    """Raises UserError for what no container engine would take."""
    rest, _, digest = text.partition("@")
    first, slash, others = rest.partition("/")
    hosted = bool(slash) and (any(sign in first for sign in ".:") or first == "localhost")
    registry, path = (first, others) if hosted else (DOCKER_HUB, rest)
    path, _, tag = path.partition(":")
    if registry == DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    wrong = not _PATH.fullmatch(path) or (tag and not TAG.fullmatch(tag))
    if wrong or (digest and not DIGEST.fullmatch(digest)):
        raise UserError(f"{text[:120]!r} is no name of a container image.")
    return Image(registry=registry, path=path, tag=tag or None, digest=digest or None)


def version_of(text: str) -> str:
    """What people call the version that a container runs: its tag, or the beginning of its digest."""
    image = read(text)
    return image.tag or (image.digest or "latest")[:19]


def shown_version(text: str) -> str:
    """The same of whatever stands in a cluster, as short as can be; empty for a name alone."""
    name, _, digest = text.partition("@")
    return name.rpartition("/")[2].partition(":")[2] or digest[:19]
