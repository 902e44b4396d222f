"""What the words that people put into severity labels mean to us, and how the worst are seen at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

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
    "warn": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "minor": Severity.LOW,
    "low": Severity.LOW,
    "info": Severity.INFO,
    "none": Severity.INFO,
}


def graded(word: str) -> Severity:
    """Our word for somebody else's; a word that we do not know stays unknown."""
    return SEVERITIES.get(word.strip().lower(), Severity.UNKNOWN)


def telling(*grades: Mapping[str, Severity]) -> Callable[[bytes], bool]:
    """`Source.urgent` by the sender's own words: whether a body, JSON or a form, has a value that one of
    these tables calls critical, wherever it stands. One that means something else costs but a look."""
    words = {word for table in grades for word, grade in table.items() if grade is Severity.CRITICAL}
    value = rb'(?::\s*\\?"?|=)(?:%b)(?=[\\"&,}\s]|$)' % "|".join(map(re.escape, sorted(words))).encode()
    critical = re.compile(value, re.IGNORECASE)
    return lambda body: critical.search(body) is not None
