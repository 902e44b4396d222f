"""Forgejo: as Gitea, from which it comes, with headers and runs of its own.

https://forgejo.org/docs/latest/user/webhooks/

The signature is that of Gitea, in `X-Forgejo-Signature` too. A run of Forgejo Actions is told when it
has ended: `action_run_success`, `action_run_failure`, and `action_run_recover` for the first that
passes again. These are read after descriptions of their fields; no body of theirs was at hand.
"""

from __future__ import annotations

from sovereign.integrations._gitea._common import Flavour
from sovereign.integrations._gitea.source import source_of

SOURCE = source_of(
    Flavour(
        slug="forgejo",
        title="Forgejo",
        docs="https://forgejo.org/docs/latest/user/webhooks/",
        pushes_tags=True,
        lacks=frozenset(
            {
                *("taskrun.queued", "taskrun.started", "taskrun.finished"),
                *("pipelinerun.queued", "pipelinerun.started"),
            }
        ),
    )
)
