"""Shows what a playbook would do in production before anything is done, and begins what was shown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from sovereign.core import clock, ids
from sovereign.core.errors import Moved, NotFound
from sovereign.domain.permission import Actor
from sovereign.domain.playbook import Approval
from sovereign.domain.playbook_run import Run
from sovereign.services.operations.places import Places
from sovereign.services.operations.playbooks import Asked, DryRun, Playbooks
from sovereign.store import playbook_previews as store
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

KEPT = timedelta(days=1)
"""How long what was shown can be confirmed."""
_MARK = 8
"""Letters of a key that say what was shown; the others tell two previews of the same apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What each step would do; `key` names it for `confirm`."""

    found: DryRun
    key: str


class PlaybookPreviews:
    def __init__(self, database: Database, playbooks: Playbooks, places: Places) -> None:
        self._database, self._playbooks, self._places = database, playbooks, places

    async def run(self, actor: Actor, asked: Asked, channel: str) -> Run | Preview:
        """Begin it; in production, where no second member is asked first, only show it: `confirm` begins it.

        Raises as `Playbooks.begin`.
        """
        run = await self._playbooks.check(actor, asked)
        production = self._places.estate.environment(run.environment).production
        if not production or run.approval is Approval.SECOND:
            return await self._playbooks.begin(actor, asked, channel)
        meant, at = replace(asked, environment=run.environment), clock.now()
        found = await self._playbooks.dry_run(actor, meant)
        key = _mark(found) + ids.reference(8)

        def put(tx: Connection) -> None:
            store.forget(tx, at - KEPT)
            store.put(tx, key, asdict(meant), at)

        await self._database.write(put)
        return Preview(found=found, key=key)

    async def confirm(self, actor: Actor, key: str, channel: str) -> Run:
        """Begin what was shown. Raises as `Playbooks.begin`, NotFound for what was begun already, and Moved
        where the steps would do something else by now."""
        given: Any = await self._database.read(lambda tx: store.get(tx, key))
        if given is None:
            raise NotFound("This was begun already, or shown more than a day ago: run it again.")
        asked = Asked(**given)
        if _mark(await self._playbooks.dry_run(actor, asked)) != key[:_MARK]:
            raise Moved(f"{asked.playbook} would do something else than was shown by now: run it again.")
        return await self._playbooks.begin(actor, asked, channel, shown=key)


def _mark(found: DryRun) -> str:
    steps = [[step.kind, step.title, dict(step.given)] for step in found.run.steps]
    return ids.short(json.dumps([steps, [*found.steps]], sort_keys=True, default=str), _MARK)
