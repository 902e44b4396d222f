"""The container registry: repositories, tags, and manifests whose digests follow from what they hold."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from sovereign.sandbox.cluster.images import Fate, Reference

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(slots=True)
class Repository:
    """`tags` names the build that each tag means now; `builds` are all there ever were."""

    tags: dict[str, str] = field(default_factory=dict)
    builds: list[str] = field(default_factory=list)


class Registry:
    """`host` is what images of this registry begin with; it is known once the server listens."""

    def __init__(self, path: Path) -> None:
        self.host = ""
        self.repositories: dict[str, Repository] = {}
        self._path = path
        if path.exists():
            for name, kept in json.loads(path.read_text(encoding="utf-8")).items():
                self.repositories[name] = Repository(kept["tags"], kept["builds"])

    def publish(self, name: str, *tags: str) -> None:
        """Make these tags exist. Each means a build of its own, unless it is known already."""
        repository = self.repositories.setdefault(name, Repository())
        for tag in tags:
            if tag not in repository.tags:
                repository.tags[tag] = tag
                repository.builds.append(tag)
        self._save()

    def move(self, name: str, tag: str, to: str = "") -> str:
        """Let the tag mean another build: that of the tag `to`, or a new one. Gives back the new digest."""
        repository = self.repositories.setdefault(name, Repository())
        if to:
            build = repository.tags[to]
        else:
            count = sum(one == tag or one.startswith(f"{tag}+") for one in repository.builds)
            build = f"{tag}+{count}" if count else tag
            repository.builds.append(build)
        repository.tags[tag] = build
        self._save()
        return digest_of(manifest(name, build))

    def reset(self) -> None:
        self.repositories.clear()
        self._save()

    def tags(self, name: str) -> list[str] | None:
        repository = self.repositories.get(name)
        return None if repository is None else sorted(repository.tags)

    def build(self, name: str, reference: str) -> str | None:
        """The build that a tag or a digest means; None when there is none.

        Whoever wants to see something go wrong need not publish it first: a tag that names a fate is there.
        """
        repository = self.repositories.get(name)
        if repository is None:
            return None
        if reference.startswith("sha256:"):
            return next(
                (one for one in repository.builds if digest_of(manifest(name, one)) == reference), None
            )
        if reference not in repository.tags and Reference.parse(f"{name}:{reference}").fate:
            self.publish(name, reference)
        return repository.tags.get(reference)

    def digest(self, name: str, reference: str) -> str | None:
        build = self.build(name, reference)
        return None if build is None else digest_of(manifest(name, build))

    def blob(self, name: str, digest: str) -> bytes | None:
        """The configuration of an image, by its digest."""
        repository = self.repositories.get(name, Repository())
        return next(
            (text for one in repository.builds if digest_of(text := config(name, one)) == digest), None
        )

    def fate(self, image: str) -> Fate:
        """What a container of the image does: as the build says that a digest means, else as the tag says."""
        reference = Reference.parse(image)
        if reference.digest and reference.host == self.host:
            build = self.build(reference.name, reference.digest)
            if build is not None:
                return Reference.parse(f"{reference.name}:{build}").fate
        return reference.fate

    def refusal(self, image: str) -> str | None:
        """Why a node cannot pull the image, as a container runtime says it; None when it can."""
        reference = Reference.parse(image)
        if self.fate(image) is Fate.NO_PULL:
            return (
                f'failed to pull and unpack image "{image}": failed to copy: httpReadSeeker: failed open: '
                "unexpected status code 403 Forbidden"
            )
        if (
            reference.host == self.host
            and self.build(reference.name, reference.digest or reference.tag) is None
        ):
            return (
                f'rpc error: code = NotFound desc = failed to pull and unpack image "{image}": '
                f'failed to resolve reference "{image}": {image}: not found'
            )
        return None

    def image_id(self, image: str) -> str:
        """What the kubelet says that it runs: the repository with the digest."""
        reference = Reference.parse(image)
        build = (
            self.build(reference.name, reference.digest or reference.tag)
            if self._is_ours(reference)
            else None
        )
        digest = digest_of(manifest(reference.name, build or reference.tag))
        if reference.digest:
            digest = reference.digest
        return (
            f"{reference.host}/{reference.name}@{digest}" if reference.host else f"{reference.name}@{digest}"
        )

    def size(self, image: str) -> int:
        return 18_000_000 + int(hashlib.sha256(image.encode()).hexdigest()[:6], 16)

    def _is_ours(self, reference: Reference) -> bool:
        return reference.host == self.host

    def _save(self) -> None:
        kept = {name: {"tags": one.tags, "builds": one.builds} for name, one in self.repositories.items()}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        fresh.replace(self._path)


def config(name: str, build: str) -> bytes:
    """What an image says about itself: its version and the commit that it was built from."""
    labels = {
        "org.opencontainers.image.title": name, "org.opencontainers.image.version": build,
        "org.opencontainers.image.revision": hashlib.sha256(f"{name}:{build}".encode()).hexdigest()[:40],
    }  # fmt: skip
    body = {
        "architecture": "amd64", "os": "linux", "config": {"Labels": labels, "Entrypoint": ["/app/server"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(build.encode()).hexdigest()]},
    }  # fmt: skip
    return json.dumps(body, separators=(",", ":")).encode()


def manifest(name: str, build: str) -> bytes:
    """The manifest of a build, the same bytes each time."""
    about, layer = config(name, build), hashlib.sha256(f"{name}:{build}:layer".encode()).hexdigest()
    body = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": _CONFIG, "digest": digest_of(about), "size": len(about)},
        "layers": [
            {"mediaType": _LAYER, "digest": f"sha256:{layer}", "size": 18_000_000 + int(layer[:6], 16)}
        ],
        "annotations": {"org.opencontainers.image.version": build},
    }
    return json.dumps(body, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
