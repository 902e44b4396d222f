"""Discord.py's heartbeats, which must not outlive the test whose connections they keep."""

from __future__ import annotations

import threading

from discord.gateway import KeepAliveHandler


def stopped() -> None:
    """End the threads of connections that broke while they were being made: discord.py forgets these.

    Forty-one seconds later each would beat into a loop that is closed, and so fail some other test.
    """
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
