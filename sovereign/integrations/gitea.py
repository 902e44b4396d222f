"""Gitea: webhooks of repositories, organisations and the whole instance.

https://docs.gitea.com/usage/webhooks

Confirmed in its own code: the headers, the bare hexadecimal HMAC-SHA256 of the JSON in
`X-Gitea-Signature` (the same after `sha256=` in `X-Hub-Signature-256`), the secret in the body up to
version 1.13. Wikis, packages, commit statuses and workflow runs are read as its code writes them; no
body of theirs was at hand.
"""

from __future__ import annotations

from sovereign.integrations._gitea._common import Flavour
from sovereign.integrations._gitea.source import source_of

SOURCE = source_of(
    Flavour(
        slug="gitea",
        title="Gitea",
        docs="https://docs.gitea.com/usage/webhooks",
        pushes_tags=True,
    )
)
