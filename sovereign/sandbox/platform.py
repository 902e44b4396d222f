"""The platform as one thing: memory, listeners, limits and faults, handed to whoever acts on it."""

from __future__ import annotations

from pathlib import Path

from sovereign.sandbox import message_payloads, payloads
from sovereign.sandbox.buckets import Buckets
from sovereign.sandbox.entities import Channel, Message
from sovereign.sandbox.errors import refusal
from sovereign.sandbox.faults import Faults
from sovereign.sandbox.gateway import Gateway
from sovereign.sandbox.guild import BOT_ID, sample
from sovereign.sandbox.hub import Event, Hub
from sovereign.sandbox.nonces import Nonces
from sovereign.sandbox.options import SandboxOptions
from sovereign.sandbox.permissions import VIEW, in_channel
from sovereign.sandbox.state import State
from sovereign.sandbox.traffic import Traffic
from sovereign.sandbox.waiting import Waiting
from sovereign.sandbox.wire import Json


class Platform:
    """Open it with a data folder; close it when done. `url` is set once the server knows its port."""

    def __init__(self, data: Path, options: SandboxOptions) -> None:
        self.options = options
        self.files = data / "attachments"
        self.state = State(data / "journal.jsonl")
        if not self.state.tables.guilds:
            self.state.commit(put=sample())
        self.hub = Hub()
        self.gateway = Gateway(self.state, self.hub, options)
        self.buckets = Buckets()
        self.faults = Faults()
        self.traffic = Traffic(options.traffic_kept)
        self.nonces = Nonces(self.state, options.nonce_seconds)
        self.waiting = Waiting()
        self.url = ""
        self.closing = False

    def close(self) -> None:
        self.state.close()

    def channel(self, channel_id: int) -> Channel:
        """Raises 10003."""
        found = self.state.tables.channels.get(channel_id)
        if found is None:
            raise refusal(10003)
        return found

    def message(self, channel_id: int, message_id: int) -> Message:
        """Raises 10008."""
        found = self.state.history(channel_id).get(message_id)
        if found is None:
            raise refusal(10008)
        return found

    def need(self, user_id: int, channel: Channel, bits: int = 0) -> None:
        """Raises 50001 when the user cannot see the channel, 50013 when they may not do that there."""
        held = in_channel(self.state, user_id, channel)
        if not held & VIEW:
            raise refusal(50001)
        if held & bits != bits:
            raise refusal(50013)

    def tell(self, name: str, body: Json, channel: Channel | None = None, only: int | None = None) -> None:
        self.hub.publish(Event(name=name, body=body, channel=channel, only=only))

    def shown(self, message: Message, viewer: int = BOT_ID) -> Json:
        return message_payloads.message(self.state, message, self.url, viewer)

    def shown_channel(self, channel: Channel) -> Json:
        return payloads.channel(self.state, channel)
