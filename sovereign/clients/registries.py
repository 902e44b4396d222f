"""Asks container registries which digest a tag stands for now. Implements Registry.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from sovereign.clients.sessions import session
from sovereign.core.errors import Unavailable
from sovereign.domain.images import DIGEST, DOCKER_HUB, Image
from sovereign.services.ports.registry import RegistryLogin

PATIENCE = 5.0
"""Seconds for one request."""
LARGEST = 2**20
"""Bytes of an answer that are read."""
ACCEPT = (
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, "
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_HUB = "registry-1.docker.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Registries:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def digest(self, image: Image, login: RegistryLogin | None = None) -> str | None:
        found = await self._ask("HEAD", image, f"manifests/{image.digest or image.tag or 'latest'}", login)
        if found.status == 404:
            return None
        digest = found.headers.get("Docker-Content-Digest", "")
        if found.status != 200 or not DIGEST.fullmatch(digest):
            raise Unavailable(f"{image.registry} answers {found.status} and no digest of {image.tagged}")
        return digest

    async def tags(self, image: Image, login: RegistryLogin | None = None) -> Sequence[str]:
        found = await self._ask("GET", image, "tags/list", login)
        try:
            read = json.loads(found.body) if found.status == 200 else {}
        except ValueError:
            read = {}
        tags = read.get("tags") if isinstance(read, dict) else None
        return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []

    async def _ask(self, method: str, image: Image, what: str, login: RegistryLogin | None) -> _Answer:
        """As nobody or by name, and with a token where the registry wants one."""
        host = _HUB if image.registry == DOCKER_HUB else image.registry
        scheme = "http" if urlsplit(f"//{host}").hostname in LOOPBACK else "https"
        url = f"{scheme}://{host}/v2/{image.path}/{what}"
        basic = {"Authorization": aiohttp.BasicAuth(login.name, login.password).encode()} if login else {}
        found = await self._send(method, url, basic)
        challenge = found.headers.get("WWW-Authenticate", "")
        if found.status == 401 and challenge.lower().startswith("bearer"):
            token = await self._token(host, challenge, basic)
            found = await self._send(method, url, {"Authorization": f"Bearer {token}"})
        return found

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> _Answer:
        given = {"Accept": ACCEPT, **headers}
        try:
            async with self._http.request(
                method, url, params=query, headers=given, allow_redirects=False
            ) as answer:
                body = await answer.content.read(LARGEST)
                return _Answer(status=answer.status, headers=answer.headers, body=body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"{urlsplit(url).netloc} cannot be asked ({type(error).__name__})") from error

    async def _token(self, host: str, challenge: str, basic: Mapping[str, str]) -> str:
        """From the place that the registry names, if it is of the same owner: nobody else gets a password."""
        given = dict(_CHALLENGE.findall(challenge))
        realm = given.pop("realm", "")
        if not _is_kin(host, realm):
            raise Unavailable(f"{host} sends us to {urlsplit(realm).netloc or 'nowhere'} for a token")
        wanted = {name: value for name, value in given.items() if name in ("service", "scope")}
        found = await self._send("GET", realm, basic, wanted)
        try:
            read = json.loads(found.body)
        except ValueError:
            read = None
        token = (read.get("token") or read.get("access_token")) if isinstance(read, dict) else None
        if not isinstance(token, str):
            raise Unavailable(f"{host} gives no token (status {found.status})")
        return token


@asynccontextmanager
async def asking_registries() -> AsyncIterator[Registries]:
    """As long as the process lives."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with session(timeout) as http:
        yield Registries(http)


def _is_kin(host: str, realm: str) -> bool:
    """Whether the two belong to one owner: the same host, or the same registered name. Over https, save on
    this very host; addresses have no owner's name, and `co.uk` is nobody's."""
    parts = urlsplit(realm)
    ours = urlsplit(f"//{host}").hostname or ""
    theirs = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and theirs in LOOPBACK):
        return False
    if parts.netloc == host:
        return True
    labels = ours.split(".")
    shared = 3 if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else 2
    named = not labels[-1].isdecimal() and ":" not in ours and len(labels) >= shared
    return named and theirs.split(".")[-shared:] == labels[-shared:]
