"""What the words that people put into severity labels mean to us."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Severity

SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "fatal": Severity.CRITICAL,
    "error": Severity.HIGH,
    "high": Severity.HIGH,
    "major": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "minor": Severity.LOW,
    "low": Severity.LOW,
    "info": Severity.INFO,
    "none": Severity.INFO,
}


def graded(word: str) -> Severity:
    """Our word for somebody else's; a word that we do not know stays unknown."""
    return SEVERITIES.get(word.strip().lower(), Severity.UNKNOWN)
