"""Checks of discovery.yml and of the secrets that it names, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sovereign.config.check import findings as likely_slips
from sovereign.config.document import Path as Place
from sovereign.config.loader import NONE, Loaded, load_with_places
from sovereign.config.problems import ConfigProblems, Problem
from sovereign.config.secrets import SecretSource
from sovereign.core.errors import ConfigError
from sovereign.domain.permission import Capability
from sovereign.services import setup
from sovereign.services.doctor.findings import Check, Finding, Group

FILE = Check(Group.CONFIGURATION, "discovery.yml")
TOKEN = Check(Group.SECRETS, "Bot token")
WEBHOOKS = Check(Group.SECRETS, "Webhook secrets")


def read(path: Path | None) -> tuple[Loaded | None, list[Finding]]:
    """The configuration, if it can be used, and what is to be said of it."""
    try:
        loaded = load_with_places(path, sources=setup.default_secrets().keys())
    except ConfigProblems as refused:
        return None, [_finding(problem) for problem in refused.problems]
    known = {capability.value for capability in Capability}
    nothing_missing = SecretSource(environment={}, sandbox=True)  # secrets have checks of their own
    kinds = setup.declared_kinds()
    found = [
        _finding(p) for p in likely_slips(loaded, setup.default_secrets(), nothing_missing, known, kinds)
    ]
    try:
        setup.endpoints(loaded.discovery, nothing_missing)
    except ConfigError as error:
        found.append(FILE.error(str(error), "Correct the mapping of that endpoint."))
    return loaded, found or [FILE.ok(_well(loaded))]


def secrets(loaded: Loaded | None, source: SecretSource) -> Iterator[Finding]:
    """Whether the bot's token and every endpoint's secret can be had."""
    if loaded is None:
        yield from (each.skipped("discovery.yml must be right first.") for each in (TOKEN, WEBHOOKS))
        return
    yield _token(loaded, source)
    yield from _webhooks(loaded, source)


def token(loaded: Loaded, source: SecretSource) -> str | None:
    """The bot's token, or None where it cannot be had."""
    try:
        return source.resolve(loaded.discovery.discord.bot.token_secret_ref).get_secret_value()
    except ConfigError:
        return None


def place(loaded: Loaded, path: Place) -> str:
    """`discovery.yml:12`, or the nearest line that stands in the file."""
    at = loaded.document.problem(path, "", "")
    return f"{at.file}:{at.line}"


def _well(loaded: Loaded) -> str:
    if loaded.missing:
        return NONE
    count = len(loaded.discovery.event_gateway.resolved_endpoints())
    return (
        f"{loaded.document.file} is right: {count} endpoints, {len(setup.grants(loaded.discovery))} grants."
    )


def _finding(problem: Problem) -> Finding:
    said = f"{problem.file}:{problem.line}:{problem.column}: {problem.problem}."
    advice = f"Expected {problem.expected}" + (f" ({problem.hint})" if problem.hint else "") + "."
    return FILE.error(said, advice) if problem.severity == "error" else FILE.warning(said, advice)


def _token(loaded: Loaded, source: SecretSource) -> Finding:
    reference = loaded.discovery.discord.bot.token_secret_ref
    fault = source.problem(reference)
    if fault:
        at = place(loaded, ("discord", "bot", "token_secret_ref"))
        said, todo = _split(fault)
        return TOKEN.error(f"{said} ({at}).", todo)
    if _stands_in(reference, source):
        return TOKEN.ok(f"{reference} is not there, and the sandbox's word stands for it.")
    return TOKEN.ok(f"{reference} is set.")


def _webhooks(loaded: Loaded, source: SecretSource) -> Iterator[Finding]:
    """A path that nobody asked for and that has no secret is shut, which is no mistake: a warning."""
    defaults = setup.default_secrets()
    had: list[str] = []
    words = 0
    for endpoint in loaded.discovery.event_gateway.resolved_endpoints():
        references = endpoint.secrets or ((defaults[endpoint.source],) if endpoint.needs_secret else ())
        faults = [fault for each in references if (fault := source.problem(each))]
        for fault in faults:
            said, todo = _split(fault)
            at: Place = ("event_gateway", "endpoints", *([] if endpoint.index is None else [endpoint.index]))
            if endpoint.index is None:
                yield WEBHOOKS.warning(f"{endpoint.path} refuses every delivery: {said}.", todo)
            else:
                yield WEBHOOKS.error(f"{endpoint.path}: {said} ({place(loaded, at)}).", todo)
        if references and not faults:
            had.append(endpoint.path)
            words += any(_stands_in(each, source) for each in references)
    if had:
        number = "all" if words == len(had) else str(words)
        note = f"; the sandbox's word stands for {number} of them" if words else ""
        yield WEBHOOKS.ok(f"There for {', '.join(had)}{note}.")


def _stands_in(reference: str, source: SecretSource) -> bool:
    """Whether the sandbox's word is there in its stead."""
    return replace(source, sandbox=False).problem(reference) is not None


def _split(fault: str) -> tuple[str, str]:
    """What is wrong and what to do, of `env://X: … is not set; set it and start again.`"""
    said, _, todo = fault.partition("; ")
    todo = todo or "Correct the reference"
    return said.rstrip("."), f"{todo[:1].upper()}{todo[1:].rstrip('.')}."
