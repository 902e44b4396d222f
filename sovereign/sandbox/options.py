"""What can be set when the platform starts. The defaults are Discord's own figures where they are known."""

from __future__ import annotations

from dataclasses import dataclass

MEMBERS_INTENT = 1 << 1
PRESENCES_INTENT = 1 << 8
CONTENT_INTENT = 1 << 15

WORD = "sandbox"
"""What stands for every secret that nobody set."""

Window = tuple[int, float]
"""So many calls in so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """Rates are (calls, seconds); times are seconds."""

    token: str = WORD
    nonce_seconds: float = 300.0
    """How long `enforce_nonce` remembers a nonce."""
    global_per_second: int = 50
    message_bucket: Window = (5, 5.0)
    edit_bucket: Window = (5, 5.0)
    delete_bucket: Window = (5, 1.0)
    reaction_bucket: Window = (1, 0.25)
    thread_bucket: Window = (50, 300.0)
    """Threads started in one channel; Discord publishes no figure."""
    webhook_bucket: Window = (5, 2.0)
    rename_bucket: Window = (2, 600.0)
    """Changes of a channel's name or topic."""
    old_edits: Window = (3, 20.0)
    """Edits, in one channel, of messages older than an hour; the next gets 30046."""
    active_threads: int = 1000
    privileged_intents: frozenset[int] = frozenset({MEMBERS_INTENT, PRESENCES_INTENT, CONTENT_INTENT})
    """Those of the three that the application has switched on; others are refused with 4014."""
    interaction_seconds: float = 3.0
    token_seconds: float = 900.0
    largest_file: int = 10 * 1024 * 1024
    traffic_kept: int = 50_000
    """How many REST calls the traffic view remembers."""
