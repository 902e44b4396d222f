"""Discord.py's connections that broke while they were being made, which must not outlive their test."""

from __future__ import annotations

import threading

from discord.gateway import KeepAliveHandler


async def stopped() -> None:
    """Close what discord.py forgets: the thread of the heartbeat, and the socket that it would beat on.

    Forty-one seconds later the one would beat into a closed loop, and the other warns when it is collected:
    both fail some other test.
    """
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
            await thread.ws.socket.close()
