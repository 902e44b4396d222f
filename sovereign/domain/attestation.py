"""By which rules the audit is signed and sent out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """
    channel         where checkpoints are posted; None: nowhere
    every, records  a checkpoint is due after that time, or after so many records, whichever comes first
    """

    channel: str | None = None
    every: timedelta = timedelta(hours=1)
    records: int = 1000
