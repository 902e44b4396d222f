"""Checks of the webhook gateway: whether it runs, is ready, and can be reached from where senders are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sovereign.core.settings import Settings
from sovereign.services.doctor.facts import Unanswered
from sovereign.services.doctor.findings import Check, Finding, Group

RUNNING = Check(Group.GATEWAY, "This gateway")
PUBLIC = Check(Group.GATEWAY, "Public address")

SET_IT = "Set SOVEREIGN_PUBLIC_URL to the https address that senders call, such as https://hooks.example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from an address: the status, and the body if it was JSON."""

    status: int
    body: object


Fetch = Callable[[str], Awaitable[Answer]]
"""GET within a few seconds. Raises Unanswered."""


async def running(base: str | None, settings: Settings, fetch: Fetch) -> Finding:
    """`base` is where the gateway of this data folder says that it listens."""
    if base is None:
        return RUNNING.skipped(
            f"None runs over {settings.data}.", f"Start it: sovereign run --data {settings.data}"
        )
    try:
        answer = await fetch(f"{base}/readyz")
    except Unanswered as silent:
        return RUNNING.error(
            f"It should listen at {base}, and did not answer ({silent}).",
            "Look at its log, and start it again if it hangs.",
        )
    if answer.status == 200:
        return RUNNING.ok(f"It listens at {base} and is ready.")
    problems = answer.body.get("problems") if isinstance(answer.body, Mapping) else None
    why = "; ".join(map(str, problems)) if isinstance(problems, list) else f"it answers {answer.status}"
    return RUNNING.warning(f"It listens at {base} and is not ready: {why}.", "Its log says more.")


async def public(base: str | None, settings: Settings, fetch: Fetch) -> Finding:
    """Whether senders can reach it; the request takes the way that this machine has to that address."""
    url = settings.public_url
    if url is None:
        return PUBLIC.warning(
            "SOVEREIGN_PUBLIC_URL is not set: nobody knows whether senders reach the gateway, and those"
            " that sign the address they call are refused.",
            f"{SET_IT}, and pass it on to port {(base and urlsplit(base).port) or settings.port} here.",
        )
    try:
        answer = await fetch(f"{url}/healthz")
    except Unanswered as silent:
        todo = (
            "Look at the name, the proxy and the firewall between."
            if base
            else "Start the gateway first (sovereign run); then look at the name, the proxy and the firewall."
        )
        return PUBLIC.error(f"GET {url}/healthz: {silent}.", todo)
    if answer.status != 200 or answer.body != {"status": "ok"}:
        return PUBLIC.error(
            f"GET {url}/healthz: something else than the gateway answers ({answer.status}).",
            "Let the proxy pass the whole path on to the gateway.",
        )
    return _reached(url)


def _reached(url: str) -> Finding:
    parts = urlsplit(url)
    if _is_private(parts.hostname or ""):
        return PUBLIC.warning(f"{url} answers, but only from this machine or its network.", f"{SET_IT}.")
    if parts.scheme != "https":
        return PUBLIC.warning(
            f"{url} answers without encryption: bodies and bearer tokens can be read on the way.",
            "Put a proxy with a certificate before it, and name the https address.",
        )
    return PUBLIC.ok(f"{url} answers.")


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
