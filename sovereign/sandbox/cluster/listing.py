"""Lists: narrowed by selectors, cut into pages that show one and the same moment."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from aiohttp import web

from sovereign.sandbox.cluster import asking, statuses
from sovereign.sandbox.cluster.asking import Target
from sovereign.sandbox.cluster.objects import Object, name_of, namespace_of
from sovereign.sandbox.cluster.selectors import selector
from sovereign.sandbox.cluster.store import Store

SNAPSHOTS = 200
"""How many lists may be read page by page at once; older ones are expired, as after five minutes."""


@dataclass(slots=True)
class Page:
    items: list[Object]
    meta: Object


@dataclass(slots=True)
class Lists:
    """Remembers the rest of each list whose first page was given."""

    store: Store
    _rests: OrderedDict[str, tuple[str, list[Object]]] = field(default_factory=OrderedDict)

    def page(self, request: web.Request, to: Target) -> Page:
        """Raises 400 and 410."""
        limit = asking.number(request, "limit") or 0
        token = request.query.get("continue", "")
        if token:
            version, items = self._rest(token)
        else:
            version, items = self._fresh(request, to)
        meta: Object = {"resourceVersion": version}
        if not limit or len(items) <= limit:
            return Page(items, meta)
        shown, rest = items[:limit], items[limit:]
        meta["continue"] = self._token(version, shown[-1], rest)
        meta["remainingItemCount"] = len(rest)
        return Page(shown, meta)

    def _fresh(self, request: web.Request, to: Target) -> tuple[str, list[Object]]:
        self._check_version(request)
        holds = selector(
            to.kind, request.query.get("labelSelector", ""), request.query.get("fieldSelector", "")
        )
        items = self.store.items(to.kind, to.namespace)
        return str(self.store.version), [item for item in items if holds(item)] if holds else items

    def _check_version(self, request: web.Request) -> None:
        asked = asking.number(request, "resourceVersion")
        if asked is None or asked == 0:
            return
        if asked > self.store.version:
            raise statuses.refused(
                504, "Timeout", f"Too large resource version: {asked}, current: {self.store.version}",
                {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                 "retryAfterSeconds": 1},
            )  # fmt: skip
        if request.query.get("resourceVersionMatch") == "Exact" and asked < self.store.version:
            raise statuses.expired("The resourceVersion for the provided list is too old.")

    def _token(self, version: str, last: Object, rest: list[Object]) -> str:
        start = f"{namespace_of(last)}/{name_of(last)}\u0000"
        told = {"v": "meta.k8s.io/v1", "rv": int(version), "start": start, "id": secrets.token_hex(8)}
        token = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
        self._rests[token] = (version, rest)
        if len(self._rests) > SNAPSHOTS:
            self._rests.popitem(last=False)
        return token

    def _rest(self, token: str) -> tuple[str, list[Object]]:
        if token in self._rests:
            return self._rests[token]
        _check_token(token)
        raise statuses.expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a "
            "new list without the continue parameter, or use the continue token in this response to retrieve "
            "the remainder of the results. Continuing with the provided token results in an inconsistent "
            "list - objects that were created, modified, or deleted between the time the first chunk was "
            "returned and now may show up in the list."
        )


def _check_token(token: str) -> None:
    """Raises 400 for what can never have been one."""
    bad = next(
        (index for index, letter in enumerate(token) if not (letter.isalnum() or letter in "-_")), None
    )
    if bad is None and len(token) % 4 == 1:
        bad = len(token) // 4 * 4
    if bad is None:
        try:
            json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            return
        except (ValueError, binascii.Error):
            raise statuses.bad_request(
                "invalid continue token: continue key is not valid: invalid character"
            ) from None
    raise statuses.bad_request(
        f"invalid continue token: continue key is not valid: illegal base64 data at input byte {bad}"
    )
