"""Security findings in a repository: Dependabot, code scanning, secret scanning."""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity
from sovereign.integrations._reading import line, link, prose, shown
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.findings import VULNERABILITY, finding, graded, named
from sovereign.integrations.github.numbered import words


def dependabot_alert(delivery: Delivery) -> Event:
    alert = delivery.body.at("alert")
    package = line(
        alert, "dependency.package.name", "security_vulnerability.package.name", "affected_package_name"
    )
    event = finding(delivery, alert, "Dependabot alert", "dependabot")
    fields = {
        "Package": package,
        "Affected": line(alert, "security_vulnerability.vulnerable_version_range", "affected_range"),
        "Fixed in": line(alert, "security_vulnerability.first_patched_version.identifier", "fixed_in"),
        "Advisory": line(alert, "security_advisory.ghsa_id", "ghsa_id", "external_identifier"),
        "File": line(alert, "dependency.manifest_path"),
        "Reason": words(line(alert, "dismissed_reason", "dismiss_reason")),
    }
    summary = line(alert, "security_advisory.summary") or f"a vulnerability in {package or 'a dependency'}"
    grade = line(alert, "security_advisory.severity", "security_vulnerability.severity", "severity")
    return replace(
        named(event, summary),
        severity=graded(grade),
        text=prose(alert, "security_advisory.description"),
        url=link(alert, "html_url", "external_reference") or event.url,
        fields=shown(fields),
    )


def code_scanning_alert(delivery: Delivery) -> Event:
    alert = delivery.body.at("alert")
    event = finding(delivery, alert, "code scanning alert", "code-scanning")
    place = "most_recent_instance.location"
    path, row = line(alert, f"{place}.path"), line(alert, f"{place}.start_line")
    ref = line(delivery.body, "ref") or line(alert, "most_recent_instance.ref")
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
    fields = {
        "Tool": line(alert, "tool.name"),
        "Rule": line(alert, "rule.id"),
        "File": f"{path}:{row}" if path and row else path,
        "Reason": words(line(alert, "dismissed_reason")),
    }
    return replace(
        named(event, line(alert, "rule.description", "rule.name", "rule.id")),
        severity=graded(line(alert, "rule.security_severity_level", "rule.severity")),
        text=prose(alert, "most_recent_instance.message.text", "rule.full_description"),
        branch=branch or None,
        on_default_branch=delivery.on_default(branch),
        fields=shown(fields),
    )


def secret_scanning_alert(delivery: Delivery) -> Event:
    """GitHub does not grade leaks: a secret that works, or that all can read, is critical, another high."""
    alert = delivery.body.at("alert")
    again = "found another place of {it}" if delivery.type == "secret_scanning_alert_location" else ""
    event = finding(delivery, alert, "secret scanning alert", "secret-scanning", update=again)
    validity = line(alert, "validity")
    worst = validity == "active" or delivery.action == "publicly_leaked" or alert.flag("publicly_leaked")
    fields = {
        "Secret": line(alert, "secret_type_display_name", "secret_type"),
        "Works": {"active": "yes", "inactive": "no"}.get(validity, ""),
        "File": line(delivery.body, "location.details.path"),
        "Reason": words(line(alert, "resolution")),
    }
    return replace(
        named(event, line(alert, "secret_type_display_name", "secret_type")),
        severity=Severity.CRITICAL if worst else Severity.HIGH,
        fields=shown(fields),
    )


READERS: Readers = {
    "dependabot_alert": dependabot_alert,
    "repository_vulnerability_alert": dependabot_alert,
    "code_scanning_alert": code_scanning_alert,
    "secret_scanning_alert": secret_scanning_alert,
    "secret_scanning_alert_location": secret_scanning_alert,
}
KINDS = frozenset({*VULNERABILITY.values(), "vulnerability.updated"})
