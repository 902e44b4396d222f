"""What scanners have in common: findings counted by grade, and the event about a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._reading import count, shown

GRADES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.INFO,
    "unknown": Severity.UNKNOWN,
}
"""The words of scanners for it, worst first; what the feeds have not rated yet is `unknown`."""
MOST_TOLD = 5
"""How many findings a message lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    grade  one of GRADES
    id     what the scanner, or the world, calls it: `CVE-2026-1234`
    where  package and version, or file
    fix    the version in which it is gone; empty where there is none
    """

    grade: str
    id: str
    where: str = ""
    title: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """
    source   slug of the sender
    scanner  who found it, as people call it
    what     what was scanned: an image, a file, a project
    counts   findings by grade, those included that `findings` does not list
    thread   what makes two scans the same conversation
    noun     what one of the findings is called, and how several are
    """

    source: str
    scanner: str
    what: str
    counts: Mapping[str, int]
    thread: str
    findings: tuple[Finding, ...] = ()
    nouns: tuple[str, str] = ("vulnerability", "vulnerabilities")
    url: str | None = None
    service: str = ""
    more: Mapping[str, str]


def event_of(scan: Scan) -> Event:
    """`vulnerability.detected`, or `vulnerability.scanned` where nothing was found."""
    total = sum(scan.counts.values())
    found = count(total, *scan.nouns) if total else f"no {scan.nouns[1]}"
    title = f"{scan.scanner} found {found} in {scan.what}"
    return Event(
        source=scan.source,
        kind="vulnerability.detected" if total else "vulnerability.scanned",
        subject=scan.what,
        name=scan.what,
        title=f"{title}: {in_words(scan.counts)}" if total else title,
        text="\n".join(map(_told, worst_first(scan.findings)[:MOST_TOLD])),
        status=Status.OPEN if total else Status.RESOLVED,
        severity=worst(scan.counts),
        url=scan.url,
        service=scan.service or None,
        fields=shown({**scan.more})[:6],
        conversation=f"{scan.source}:{scan.thread}",
    )


def grade_of(word: str) -> str:
    """One of GRADES."""
    known = word.strip().lower()
    return known if known in GRADES else {"moderate": "medium", "none": "negligible"}.get(known, "unknown")


def counted(findings: tuple[Finding, ...]) -> dict[str, int]:
    grades = [finding.grade for finding in findings]
    return {grade: grades.count(grade) for grade in GRADES if grade in grades}


def in_words(counts: Mapping[str, int]) -> str:
    """`3 critical, 2 high`."""
    return ", ".join(f"{counts[grade]} {grade}" for grade in GRADES if counts.get(grade))


def worst(counts: Mapping[str, int]) -> Severity:
    found = [severity for grade, severity in GRADES.items() if counts.get(grade)]
    return max(found, key=lambda severity: severity.rank, default=Severity.INFO)


def worst_first(findings: tuple[Finding, ...]) -> list[Finding]:
    order = list(GRADES)
    return sorted(findings, key=lambda finding: order.index(finding.grade))


def _told(finding: Finding) -> str:
    named = " in ".join(filter(None, (finding.id, finding.where)))
    fixed = f" (fixed in {finding.fix})" if finding.fix else ""
    return f"{finding.grade}: {named}{fixed}" + (f": {finding.title}" if finding.title else "")
