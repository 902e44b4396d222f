"""The audit in Amazon CloudWatch Logs. boto3 blocks, so it works on a thread, imported at first use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sovereign.config.governance import SinkSection
from sovereign.config.secrets import SecretSource
from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.errors import Unavailable
from sovereign.services.ports.sinks import Line

LARGEST, OVERHEAD, MOST = 1_000_000, 26, 10_000
"""Bytes of a batch with so many more for each event, and events in it: the limits of PutLogEvents, about."""
OLDEST = timedelta(days=13)
"""CloudWatch takes nothing older than 14 days; each record says its own time anyway."""
SPAN = 23 * 3600 * 1000
"""Milliseconds that the events of a batch may lie apart."""

Event = dict[str, object]


class CloudWatch:
    def __init__(self, section: SinkSection, secrets: SecretSource) -> None:
        self._section, self._secrets = section, secrets
        self._client: Any = None

    async def send(self, lines: Sequence[Line]) -> None:
        await asyncio.to_thread(self._send, lines)

    def _send(self, lines: Sequence[Line]) -> None:
        """On a thread."""
        try:
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise Unavailable(
                "boto3 is not installed: install Sovereign with the extra `cloudwatch`"
            ) from None
        try:
            if self._client is None:
                self._client = self._connected()
            for batch in _batches(lines):
                self._put(batch)
        except (BotoCoreError, ClientError, OSError) as error:
            raise Unavailable(f"CloudWatch: {error}") from error

    def _connected(self) -> Any:
        import boto3
        from botocore.config import Config

        section, keys = self._section, {}
        why = f"audit sink {section.called}"
        if section.access_key and section.secret_key:
            keys = {
                "aws_access_key_id": self._secrets.resolve(section.access_key, why).get_secret_value(),
                "aws_secret_access_key": self._secrets.resolve(section.secret_key, why).get_secret_value(),
            }
        client = boto3.client(
            "logs",
            region_name=section.region,
            endpoint_url=section.endpoint,
            config=Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 1}),
            **keys,
        )
        self._make(client.create_log_group, logGroupName=section.group)
        self._make(client.create_log_stream, logGroupName=section.group, logStreamName=section.stream)
        return client

    def _make(self, create: Any, **names: str | None) -> None:
        """Unless it is there. Who may not create must find it made, which shows when it is written."""
        from botocore.exceptions import ClientError

        try:
            create(**names)
        except ClientError as refused:
            code = refused.response.get("Error", {}).get("Code", "")
            if code not in ("ResourceAlreadyExistsException", "AccessDeniedException"):
                raise

    def _put(self, events: Sequence[Event]) -> None:
        answer = self._client.put_log_events(
            logGroupName=self._section.group, logStreamName=self._section.stream, logEvents=[*events]
        )
        if rejected := answer.get("rejectedLogEventsInfo"):
            raise Unavailable(f"CloudWatch rejects events by their time: {rejected}")


def _batches(lines: Sequence[Line]) -> Iterator[list[Event]]:
    """In the order of time, as PutLogEvents wants it, within its limits."""
    oldest, now = micros(clock.now() - OLDEST) // 1000, micros(clock.now()) // 1000
    batch: list[Event] = []
    size, last = 0, 0
    for line in lines:
        at = max(last, min(max(micros(line.at) // 1000, oldest), now))
        cost = len(line.text.encode()) + OVERHEAD
        full = size + cost > LARGEST or len(batch) >= MOST
        if batch and (full or at - int(str(batch[0]["timestamp"])) > SPAN):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": at, "message": line.text})
        size, last = size + cost, at
    if batch:
        yield batch
