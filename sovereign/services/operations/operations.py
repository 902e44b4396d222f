"""Everything that people do with services in clusters, built together from what it shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sovereign.config.deploying import Deploy
from sovereign.domain.playbook import Playbook
from sovereign.services.auditing import Auditing
from sovereign.services.clusters import Clusters
from sovereign.services.operations.changes import Changes
from sovereign.services.operations.following import Following
from sovereign.services.operations.living import Living
from sovereign.services.operations.log_reading import LogReading, LogSetup
from sovereign.services.operations.logs import Logs
from sovereign.services.operations.places import Places
from sovereign.services.operations.playbook_previews import PlaybookPreviews
from sovereign.services.operations.playbook_steps import PlaybookSteps, Secrets
from sovereign.services.operations.playbooks import Playbooks
from sovereign.services.operations.statuses import Statuses
from sovereign.services.permissions import Permissions
from sovereign.services.ports.calls import Send
from sovereign.services.ports.logs import LogStore
from sovereign.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    places: Places
    statuses: Statuses
    living: Living
    logs: Logs
    changes: Changes
    following: Following
    playbooks: Playbooks
    playbook_previews: PlaybookPreviews

    def follow(self, logs: LogSetup, playbooks: Sequence[Playbook], deploy: Deploy) -> None:
        """Work by this configuration from now on; the clusters follow it themselves."""
        self.logs.follow_setup(logs)
        self.playbooks.follow(playbooks)
        self.changes.follow(deploy)

    def workers(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {
            "living": self.living.run,
            "following": self.following.run,
            "playbooks": self.playbooks.run,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """What is reached beside the clusters: a log store, addresses of the configuration, and its secrets."""

    log_store: LogStore
    send: Send
    secrets: Secrets


def operations(
    database: Database,
    clusters: Clusters,
    permissions: Permissions,
    auditing: Auditing,
    reaching: Reaching,
    announced: Callable[[], None],
) -> Operations:
    """`announced` is called after each transaction that put something into the outbox. They know no playbook
    and no log store before they `follow` a configuration."""
    places = Places(clusters, permissions)
    statuses = Statuses(database, clusters, places, permissions)
    following = Following(database, clusters, announced)
    changes = Changes(database, clusters, places, permissions, auditing, following, announced)
    steps = PlaybookSteps(
        clusters, places, permissions, auditing, changes, following, reaching.send, reaching.secrets
    )
    playbooks = Playbooks(database, places, permissions, steps, announced)
    return Operations(
        places=places,
        statuses=statuses,
        living=Living(database, statuses, permissions, announced),
        changes=changes,
        following=following,
        logs=Logs(LogReading(LogSetup(), clusters, reaching.log_store), places, permissions, auditing),
        playbooks=playbooks,
        playbook_previews=PlaybookPreviews(database, playbooks, places),
    )
