"""Gogs: the elder of Gitea's family, with fewer types of event.

https://gogs.io/docs/features/webhook

Confirmed in its own code: the headers, and the bare hexadecimal HMAC-SHA256 of the JSON in
`X-Gogs-Signature`. Old versions put the secret into the body instead. That a tag is told by `create`
and `delete` alone, and a branch that is deleted by `delete` alone, is not confirmed.
"""

from __future__ import annotations

from sovereign.integrations._gitea._common import Flavour
from sovereign.integrations._gitea.source import source_of

SOURCE = source_of(
    Flavour(
        slug="gogs",
        title="Gogs",
        docs="https://gogs.io/docs/features/webhook",
        pushes_tags=False,
        lacks=frozenset(
            {
                *("ref.deleted", "tag.updated", "change.reviewed", "wiki.updated"),
                *("release.updated", "release.deleted", "repository.created", "repository.deleted"),
                *("artifact.published", "artifact.deleted"),
                *("pipelinerun.queued", "pipelinerun.started", "pipelinerun.finished"),
                *("taskrun.queued", "taskrun.started", "taskrun.finished"),
            }
        ),
    )
)
