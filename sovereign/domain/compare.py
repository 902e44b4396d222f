"""Where a code host shows what lies between two versions."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

_ADDRESSES: Mapping[str, str] = {
    "github": "https://github.com/{repo}/compare/{old}...{new}",
    "gitlab": "https://gitlab.com/{repo}/-/compare/{old}...{new}",
    "bitbucket": "https://bitbucket.org/{repo}/branches/compare/{new}..{old}",
}


def address(provider: str, repo: str | None, old: str, new: str) -> str | None:
    """None where the host has no such page that we know of, or the repository has no owner."""
    form = _ADDRESSES.get(provider)
    if form is None or repo is None or "/" not in repo or old == new:
        return None
    return form.format(repo=quote(repo), old=quote(old, safe=""), new=quote(new, safe=""))
