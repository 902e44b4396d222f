"""The sandbox page's drawer: sends samples to the gateway that runs over the same data folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sovereign.app.folder import gateway_of
from sovereign.cli._process import configured
from sovereign.clients.webhook_sender import Unreachable, post
from sovereign.core import samples
from sovereign.core.settings import Settings
from sovereign.services import setup
from sovereign.services.samples import request


class Drawer:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def cases(self) -> Mapping[str, Sequence[str]]:
        """The names of the samples of each source."""
        return samples.cases()

    async def send(self, source: str, case: str) -> dict[str, object]:
        """The HTTP exchange. Raises NotFound and Unreachable."""
        discovery, secrets = configured(self._settings)
        base = gateway_of(self._settings.data)
        if base is None:
            raise Unreachable("the gateway", "it has not started, or it was stopped")
        called = self._settings.public_url or base
        made = request(setup.endpoints(discovery, secrets), source, case, called)
        status, text = await post(base + made.path, made.headers, made.body)
        return {
            "request": {
                "method": "POST",
                "url": base + made.path,
                "headers": dict(made.headers),
                "body": made.body.decode(),
            },
            "response": {"status": status, "body": text},
        }
