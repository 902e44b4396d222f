"""Who asks: by token, by the port that only this machine reaches, and in whose name."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from sovereign.sandbox.cluster import statuses
from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.rbac import Access, Attributes, User

BOT_TOKEN = "sandbox-sovereign"  # noqa: S105 — known to everybody, and good for the simulation alone
BOT = User(
    "system:serviceaccount:sovereign:sovereign",
    ("system:serviceaccounts", "system:serviceaccounts:sovereign"),
)
MASTER = User("kubernetes-admin", ("system:masters",))
"""Whoever comes without a token: kubectl sends none to an address without TLS."""
_USERS = Kind(group="", version="v1", name="User", plural="users", namespaced=False)
_GROUPS = Kind(group="", version="v1", name="Group", plural="groups", namespaced=False)


@dataclass(frozen=True, slots=True)
class Identities:
    access: Access

    def of(self, request: web.Request) -> User:
        """Raises 401 for a token that nobody has, 403 for a name that they may not take."""
        real = self._authenticated(request.headers.get("Authorization", ""))
        name = request.headers.get("Impersonate-User", "")
        groups = request.headers.getall("Impersonate-Group", [])
        if not name:
            if groups:
                raise statuses.bad_request("requested [] without impersonating a user")
            return real
        self._need(real, _USERS, name)
        for group in groups:
            self._need(real, _GROUPS, group)
        everyone = () if "system:unauthenticated" in groups else ("system:authenticated",)
        return User(name, tuple(dict.fromkeys((*groups, *everyone))))

    def _authenticated(self, header: str) -> User:
        if not header:
            return MASTER.authenticated()
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "bearer" and token.strip() == BOT_TOKEN:
            return BOT.authenticated()
        raise statuses.unauthorized()

    def _need(self, real: User, kind: Kind, name: str) -> None:
        wanted = Attributes(verb="impersonate", kind=kind, name=name)
        if not self.access.allows(real, wanted).allowed:
            raise self.access.refusal(real, wanted)
