"""Where a rollback goes: which revisions are no way back, and which version served where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.domain.cluster import Revision, Workload
from sovereign.domain.deployment import Deployment, State
from sovereign.domain.drift import differences
from sovereign.domain.estate import Place

_ENDED = {State.ROLLED_BACK: "was taken back", State.CANCELLED: "was cancelled", State.FAILED: "failed"}


def against(place: Place, workload: Workload, revision: Revision, past: Sequence[Deployment]) -> str:
    """What speaks against going to that revision, in words; empty where nothing does.

    `past` are the place's deployments, newest first.
    """
    if _is_same(workload, revision):
        return f"Revision {revision.number} is the same as what runs now."
    failed = _failed(place.image(revision.images), past)
    if failed is None:
        return ""
    why = f": {failed.reason}" if failed.reason else ""
    return f"{failed.version} {_ENDED[failed.state]} here (deployment {failed.id}){why}"


def served_before(image: str, past: Sequence[Deployment]) -> str:
    """The version that served before that image did, by our records; empty where they know of none."""
    for one in past:
        if one.state is not State.SUCCEEDED:
            continue
        version, its = (one.from_version, one.from_image) if one.image == image else (one.version, one.image)
        if its not in ("", image) and _failed(its, past) is None:
            return its.rpartition("@")[2] if version.startswith("sha256:") else version
    return ""


def _is_same(workload: Workload, revision: Revision) -> bool:
    """A restart makes a revision that differs in nothing but its moment."""
    if workload.template and revision.template:
        return not differences(revision.template, workload.template)
    return dict(workload.images) == dict(revision.images)


def _failed(image: str, past: Sequence[Deployment]) -> Deployment | None:
    """The last deployment of that image, where it did not come to stay."""
    last = next((one for one in past if one.image == image and one.state is not State.RUNNING), None)
    return last if last is not None and last.state in _ENDED else None
