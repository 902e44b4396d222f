"""Checks of the audit: its key, checkpoints and sinks, unknown outcomes, and the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sovereign.config.loader import Loaded
from sovereign.core import signing
from sovereign.core.errors import ConfigError, SovereignError
from sovereign.core.settings import Settings
from sovereign.services.checkpoints import usual_key
from sovereign.services.doctor.findings import Check, Finding, Group
from sovereign.services.manifest import manifest
from sovereign.services.oversight import Standing, deviation_of, standing
from sovereign.store.database import visited

KEY = Check(Group.AUDIT, "Signing key")
RECORDS = Check(Group.AUDIT, "Records")
OUTCOMES = Check(Group.AUDIT, "Outcomes")
SINKS = Check(Group.AUDIT, "Sinks")
MANIFEST = Check(Group.AUDIT, "Manifest")
PRIVATE = 0o077


async def findings(loaded: Loaded | None, settings: Settings, database: Path) -> list[Finding]:
    """Reads only."""
    return [key(settings), *await _records(loaded, database), _manifest(loaded, settings)]


def key(settings: Settings) -> Finding:
    path = settings.audit_key or usual_key(settings.data)
    if settings.audit_key is None and not path.exists():
        return KEY.skipped(f"{path} is made at the first start.")
    try:
        public = signing.load(path).public.hex()
    except ConfigError as wrong:
        return KEY.error(str(wrong), "Mount the key there, or name it with SOVEREIGN_AUDIT_KEY.")
    if path.stat().st_mode & PRIVATE:
        return KEY.warning(f"{path} can be read by others than its owner.", f"Run: chmod 600 {path}")
    if path.resolve().is_relative_to(settings.data.resolve()):
        return KEY.ok(
            f"{path}, public key {public}. Who can write the database can also sign with it.",
            "Keep it elsewhere (SOVEREIGN_AUDIT_KEY), and checkpoints too (governance.audit.channel, sinks).",
        )
    return KEY.ok(f"{path}, outside the data folder; public key {public}.")


async def _records(loaded: Loaded | None, database: Path) -> list[Finding]:
    names = [sink.called for sink in loaded.discovery.governance.audit.sinks] if loaded else []
    try:
        async with visited(database) as it:
            found = await it.read(lambda tx: standing(tx, names, ""))
    except SovereignError as shut:
        why = shut.public if shut.public != SovereignError.public else str(shut)
        return [each.skipped(why) for each in (RECORDS, OUTCOMES, SINKS)]
    return [_signed(found), _outcomes(found), *_sinks(found, loaded)]


def _signed(found: Standing) -> Finding:
    if found.signed_at is None:
        return RECORDS.ok(f"{found.records:,} records, none signed yet.")
    when = f"{found.signed_at:%Y-%m-%d %H:%M:%S} UTC"
    said = f"{found.records:,} records, last signed at {when}; {found.unsigned:,} since then."
    return RECORDS.ok(said, "To check every one: sovereign audit verify")


def _outcomes(found: Standing) -> Finding:
    if not found.pending:
        return OUTCOMES.ok("Of everything that was done outside it is known what came of it.")
    first = found.pending[0]
    return OUTCOMES.warning(
        f"Nobody knows what came of {len(found.pending)} effects outside, such as {first.entry.action} of"
        f" {first.entry.subject} (record {first.seq}).",
        "Look what came of each (sovereign audit show --pending), and say so: sovereign audit settle",
    )


def _sinks(found: Standing, loaded: Loaded | None) -> Iterator[Finding]:
    types = {sink.type for sink in loaded.discovery.governance.audit.sinks} if loaded else set()
    if "cloudwatch" in types and find_spec("boto3") is None:
        yield SINKS.error(
            "boto3 is not installed, which CloudWatch needs.", "Install the extra `cloudwatch`."
        )
    for sink in found.sinks:
        if sink.failing_at:
            since = f"{sink.failing_at:%Y-%m-%d %H:%M:%S} UTC"
            yield SINKS.error(
                f"{sink.name} takes nothing since {since}, {sink.waiting:,} records wait: {sink.problem}.",
                "Mend it; nothing is lost meanwhile.",
            )
        else:
            yield SINKS.ok(f"{sink.name} has all but {sink.waiting:,} records.")
    if not found.sinks:
        yield SINKS.ok("None is configured (governance.audit.sinks).")


def _manifest(loaded: Loaded | None, settings: Settings) -> Finding:
    if loaded is None:
        return MANIFEST.skipped("discovery.yml must be right first.")
    folder = settings.config.parent if settings.config else Path()
    found = manifest(loaded.discovery.governance.manifest, folder)
    if found is None:
        return MANIFEST.ok("None is configured (governance.manifest).")
    if deviation := deviation_of(found):
        return MANIFEST.error(
            deviation, "Restore the file, or agree on the new one and write its hash into discovery.yml."
        )
    return MANIFEST.ok(f"{found.path} is as it was agreed on.")
