"""The gateway socket: hello, identify, resume, heartbeats, and the events of a session in order.

https://discord.com/developers/docs/events/gateway
"""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from contextlib import suppress

from aiohttp import WSMsgType, web

from sovereign.sandbox import payloads
from sovereign.sandbox.guild_payloads import guild_create, ready
from sovereign.sandbox.hub import Event, Hub
from sovereign.sandbox.options import CONTENT_INTENT, MEMBERS_INTENT, PRESENCES_INTENT, SandboxOptions
from sovereign.sandbox.sessions import Session
from sovereign.sandbox.state import State
from sovereign.sandbox.wire import Json, items, number, obj, text

HEARTBEAT = 41.25
"""Seconds between heartbeats; after one and a half of them in silence the socket is closed."""
ROUND_TRIP = 0.02
"""Seconds before a heartbeat is answered: discord.py notes the sending after it, and takes an answer that is
there by then for one that took a whole interval."""
SESSIONS = 16
"""Sessions that may wait to be resumed; the oldest is forgotten first."""
_CHUNK = 1000


class Closing(Exception):
    """Ends the connection with one of the gateway's close codes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Connection:
    """One socket, with one deflate context for its whole life where the client asked for `zlib-stream`."""

    def __init__(self, request: web.Request) -> None:
        self.request = request
        self.socket = web.WebSocketResponse(timeout=1.0, max_msg_size=1 << 20)
        self.session: Session | None = None
        self.sent = 0
        self.wake = asyncio.Event()
        self._deflate = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    async def send(self, packet: str) -> None:
        with suppress(ConnectionError):
            if self._deflate is None:
                await self.socket.send_str(packet)
            else:
                squeezed = self._deflate.compress(packet.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(squeezed)

    def cut(self) -> None:
        """Break the connection without a word, as a failing network does."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Gateway:
    """All sessions and sockets. `online` says whether a bot is there to answer."""

    def __init__(self, state: State, hub: Hub, options: SandboxOptions) -> None:
        self._state, self._hub, self._options = state, hub, options
        self._sessions: dict[str, Session] = {}
        self._open: set[Connection] = set()
        self.refuse_resume = False
        self.url = ""

    @property
    def online(self) -> bool:
        return any(connection.session for connection in self._open)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        connection = Connection(request)
        await connection.socket.prepare(request)
        self._open.add(connection)
        try:
            await connection.send(_packet(10, {"heartbeat_interval": int(HEARTBEAT * 1000), "_trace": []}))
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write(connection))
                await self._read(connection)
                writer.cancel()
        finally:
            self._leave(connection)
        return connection.socket

    def cut_all(self) -> None:
        for connection in list(self._open):
            connection.cut()

    async def close_all(self) -> None:
        for connection in list(self._open):
            await connection.socket.close(code=1001, message=b"Server going away", drain=False)

    async def _read(self, connection: Connection) -> None:
        socket = connection.socket
        try:
            while True:
                message = await socket.receive(timeout=HEARTBEAT * 1.5)
                if message.type is not WSMsgType.TEXT:
                    break
                await self._obey(connection, _decoded(message.data))
        except Closing as closing:
            await socket.close(code=closing.code, message=closing.reason.encode(), drain=False)
        except TimeoutError:
            await socket.close(code=4009, message=b"Session timed out", drain=False)
        if socket.close_code in (1000, 1001) and connection.session:
            self._forget(connection.session)

    async def _write(self, connection: Connection) -> None:
        while True:
            await connection.wake.wait()
            connection.wake.clear()
            session = connection.session
            if session is None or not session.can_resume_after(connection.sent):
                connection.cut()
                return
            for sequence, packet in session.after(connection.sent):
                connection.sent = sequence
                await connection.send(packet)

    async def _obey(self, connection: Connection, packet: Json) -> None:
        operation, body = packet.get("op"), obj(packet.get("d"))
        if operation == 1:
            await asyncio.sleep(ROUND_TRIP)
            await connection.send(_packet(11, None))
        elif operation == 2:
            self._identify(connection, body)
        elif operation == 6:
            await self._resume(connection, body)
        elif connection.session is None:
            raise Closing(4003, "Not authenticated.")
        elif operation == 8:
            self._members(connection.session, body)
        elif operation not in (3, 4, 31):
            raise Closing(4001, "Unknown opcode.")

    def _identify(self, connection: Connection, body: Json) -> None:
        if connection.session is not None:
            raise Closing(4005, "Already authenticated.")
        if body.get("token") not in (self._options.token, f"Bot {self._options.token}"):
            raise Closing(4004, "Authentication failed.")
        intents = number(body.get("intents"))
        allowed = self._options.privileged_intents
        wanted = (MEMBERS_INTENT, PRESENCES_INTENT, CONTENT_INTENT)
        if any(intents & intent and intent not in allowed for intent in wanted):
            raise Closing(4014, "Disallowed intent(s).")
        session = Session(secrets.token_hex(16), intents, self._state)
        self._sessions[session.id] = session
        while len(self._sessions) > SESSIONS:
            self._forget(next(iter(self._sessions.values())))
        self._hub.join(session)
        session.push("READY", ready(self._state, session.id, self.url, self._options))
        session.push("GUILD_CREATE", guild_create(self._state, intents))
        self._attach(connection, session, 0)

    async def _resume(self, connection: Connection, body: Json) -> None:
        session = self._sessions.get(text(body.get("session_id")))
        sequence = number(body.get("seq"))
        refused, self.refuse_resume = self.refuse_resume, False
        if refused or session is None or not session.can_resume_after(sequence):
            if session is not None:
                self._forget(session)
            await connection.send(_packet(9, False))
            return
        if body.get("token") not in (self._options.token, f"Bot {self._options.token}"):
            raise Closing(4004, "Authentication failed.")
        if isinstance(session.connected, Connection):
            session.connected.session = None
            session.connected.cut()
        self._attach(connection, session, sequence)
        session.push("RESUMED", {"_trace": []})

    def _attach(self, connection: Connection, session: Session, sequence: int) -> None:
        connection.session, connection.sent, session.connected = session, sequence, connection
        session.wake = connection.wake
        session.wake.set()
        self._announce()

    def _leave(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection.session is not None and connection.session.connected is connection:
            connection.session.connected = None
        self._announce()

    def _announce(self) -> None:
        self._hub.publish(Event(name="BOT", body={"online": self.online}))

    def _forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        self._hub.leave(session)

    def _members(self, session: Session, body: Json) -> None:
        """Answer a request for members, by name or by id or for all of them, a thousand at a time."""
        wanted = [number(one) for one in items(body.get("user_ids"))]
        query, limit = text(body.get("query")).lower(), number(body.get("limit"))
        if not session.intents & MEMBERS_INTENT and not wanted and not query:
            raise Closing(4014, "Disallowed intent(s).")
        found = [
            member
            for member in self._state.tables.members.values()
            if (member.user_id in wanted if wanted else self._name(member.user_id).startswith(query))
        ][: limit or None]
        chunks = [found[start : start + _CHUNK] for start in range(0, len(found), _CHUNK)] or [[]]
        for index, chunk in enumerate(chunks):
            answer: Json = {
                "guild_id": str(self._state.guild.id),
                "members": [payloads.member(self._state, one) for one in chunk],
                "chunk_index": index,
                "chunk_count": len(chunks),
                "not_found": [str(one) for one in wanted if one not in self._state.tables.members],
            }
            session.push(
                "GUILD_MEMBERS_CHUNK", answer | ({"nonce": body["nonce"]} if "nonce" in body else {})
            )

    def _name(self, user_id: int) -> str:
        return self._state.tables.users[user_id].name.lower()


def _packet(operation: int, body: object) -> str:
    return json.dumps({"op": operation, "d": body, "s": None, "t": None}, separators=(",", ":"))


def _decoded(packet: str) -> Json:
    try:
        decoded = json.loads(packet)
    except ValueError:
        decoded = None
    if not isinstance(decoded, dict):
        raise Closing(4002, "Error while decoding payload.")
    return decoded
