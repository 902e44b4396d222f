"""Every number that the process tells at `/metrics`, counted where it happens.

A label holds only words that the code or the configuration knows: what outsiders name shares `other` or
`unknown`, so that nobody can make the process remember without end.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for

deliveries = Counter(
    "sovereign_deliveries",
    "Requests to a hook, by what they were taken for: verified, unauthenticated, repeat, handshake,"
    " unavailable, failed, or the reason of the refusal.",
    ["source", "verdict"],
)
accept_seconds = Histogram(
    "sovereign_accept_seconds",
    "From the last byte of a request to a hook until its answer.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
events = Counter("sovereign_events", "Events that deliveries became.", ["source", "kind"])
deliveries_unreadable = Counter(
    "sovereign_deliveries_unreadable",
    "Deliveries that were kept but not understood: unparsed, or quarantined.",
    ["source", "state"],
)
pipeline_waiting = Gauge("sovereign_pipeline_waiting", "Deliveries that were accepted and not worked off.")
pipeline_lag_seconds = Histogram(
    "sovereign_pipeline_lag_seconds",
    "From a delivery's acceptance until it is worked off.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)

outbox_waiting = Gauge("sovereign_outbox_waiting", "Intents that wait to be carried to Discord.")
outbox_oldest_seconds = Gauge("sovereign_outbox_oldest_seconds", "For how long the oldest of them waits.")
outbox_errands = Counter(
    "sovereign_outbox_errands",
    "Attempts to carry an intent out: done, postponed, failed or quarantined.",
    ["op", "outcome"],
)

discord_calls = Counter(
    "sovereign_discord_calls",
    "Answers of Discord's HTTP API by route and status; the status is `none` where no answer came.",
    ["route", "status"],
)
discord_invalid_answers = Gauge(
    "sovereign_discord_invalid_answers",
    "Answers of 401, 403 and 429 in ten minutes; at 10,000 Discord bans the address.",
)
discord_connected = Gauge(
    "sovereign_discord_connected", "1 while the guild is known and its events come in, else 0."
)

command_seconds = Histogram(
    "sovereign_command_seconds",
    "From the arrival of a command, press or completion until its answer: done, refused or failed.",
    ["command", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300),
)

stream_readers = Gauge("sovereign_stream_readers", "Programs that follow the events at `/events`.")
forward_attempts = Counter(
    "sovereign_forward_attempts",
    "Attempts to send an event to a target of outgoing webhooks: done, postponed, dead, quarantined.",
    ["target", "outcome"],
)
forwards_waiting = Gauge(
    "sovereign_forwards_waiting", "Events that wait to be sent to a target of outgoing webhooks.", ["target"]
)
forwards_dead = Gauge(
    "sovereign_forwards_dead", "Events that never reached a target of outgoing webhooks.", ["target"]
)

worker_restarts = Counter(
    "sovereign_worker_restarts", "How often a worker ended and was started again.", ["worker"]
)

config_refused = Gauge(
    "sovereign_config_refused",
    "1 while discovery.yml as it is now is refused and an earlier one runs, else 0.",
)
config_loaded_timestamp_seconds = Gauge(
    "sovereign_config_loaded_timestamp_seconds", "When the configuration in force was loaded."
)

roles_unbound = Gauge(
    "sovereign_roles_unbound",
    "Roles of discovery.yml that grant nothing: the guild has none of that name, or two.",
)
tasks = Gauge("sovereign_tasks", "Tasks of the event loop that have not ended; it should stay flat.")

backfilled = Counter(
    "sovereign_backfilled", "Missed deliveries that a sender was asked to send again.", ["endpoint"]
)
pruned = Counter(
    "sovereign_pruned", "Deliveries that were let go, because of their age or for want of size.", ["reason"]
)

conversations_forgotten = Counter(
    "sovereign_conversations_forgotten", "Conversations that were over and were let go because of their age."
)

audit_records = Gauge("sovereign_audit_records", "Records in the audit.")
audit_unsigned = Gauge("sovereign_audit_unsigned", "Records that no signed checkpoint covers yet.")
audit_pending = Gauge(
    "sovereign_audit_pending", "Effects outside of which nobody has recorded what came of them."
)
audit_sink_waiting = Gauge(
    "sovereign_audit_sink_waiting", "Records that a sink of the audit has not been given yet.", ["sink"]
)
audit_sink_failing = Gauge(
    "sovereign_audit_sink_failing", "1 while a sink of the audit takes nothing, else 0.", ["sink"]
)

store_bytes = Gauge("sovereign_store_bytes", "Size of the database file, without its write-ahead log.")
