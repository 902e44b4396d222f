"""A version for a place: what would run, what runs now, and by which rules the one may follow the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sovereign.core.ids import short
from sovereign.domain import images
from sovereign.domain.approval import Policy
from sovereign.domain.cluster import Identity, Workload
from sovereign.domain.estate import Place
from sovereign.domain.images import Image
from sovereign.domain.rollout.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version for a place: what would run, what runs now, and by which rules it may change.

    `repo` is `owner/name`, `compare` the page of the code host that shows what lies between the two versions;
    `digest` is None where neither the registry nor the cluster knows it; `configured` is what discovery.yml
    says of the place now, in words.
    """

    place: Place
    version: str
    image: Image
    digest: str | None
    workload: Workload
    as_who: Identity
    policy: Policy
    terms: Terms
    repo: str | None = None
    compare: str | None = None
    configured: Mapping[str, str] = field(default_factory=dict)

    @property
    def pinned(self) -> str:
        return self.image.pinned(self.digest)

    @property
    def mark(self) -> str:
        """Eight letters for what is replaced by what, and how: the same as long as all of that is."""
        return short(f"{self.workload.uid} {self.from_image} {self.pinned} {self.terms.strategy}")

    @property
    def from_image(self) -> str:
        return self.place.image(self.workload.images)

    @property
    def from_version(self) -> str:
        return images.version_of(self.from_image)
