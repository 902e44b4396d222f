"""The governance manifest: whether a file is the one that was agreed on, by the hash in discovery.yml."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sovereign.config.governance import ManifestSection
from sovereign.core.errors import UserError

AT_ONCE = 2**20
"""Bytes that are read in one go."""
LARGEST = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Which file must have which SHA-256, hexadecimal."""

    path: Path
    sha256: str

    def deviation(self) -> str:
        """Why the file is not the one that was agreed on; empty where it is. Reads the file."""
        try:
            found = sha256_of(self.path)
        except UserError as unreadable:
            return f"The manifest deviates: {unreadable.public}"
        if found == self.sha256:
            return ""
        return f"The manifest deviates: {self.path} has the SHA-256 {found}, and {self.sha256} was agreed on."


def manifest(given: ManifestSection | None, folder: Path) -> Manifest | None:
    """`folder` is that of discovery.yml, from which relative paths begin."""
    return Manifest(path=folder / given.path, sha256=given.sha256) if given else None


def sha256_of(path: Path) -> str:
    """Hexadecimal. Raises UserError for a file that cannot be read."""
    hashed, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while part := file.read(AT_ONCE):
                size += len(part)
                if size > LARGEST:
                    raise UserError(f"{path} is larger than {LARGEST // 2**30} GiB, and no manifest.")
                hashed.update(part)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    return hashed.hexdigest()
