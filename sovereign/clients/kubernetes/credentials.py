"""How a cluster is reached and who we are there, read by kubernetes-asyncio.

Importing it takes 70 MB and a quarter of a second: that happens off the loop when a cluster is first
connected to, and nobody without one pays for it.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sovereign.core.errors import ConfigError
from sovereign.services.ports.cluster import ClusterAddress

if TYPE_CHECKING:
    from kubernetes_asyncio.client import ApiClient


async def imported() -> None:
    """Import it, off the loop. How long that takes is the machine's affair and not that of the cluster."""
    await asyncio.to_thread(import_module, "kubernetes_asyncio.config")


async def connected(address: ClusterAddress) -> ApiClient:
    """Raises ConfigError, and whatever the library does about credentials that it cannot read."""
    from kubernetes_asyncio.client import ApiClient, Configuration
    from kubernetes_asyncio.config import (
        ConfigException,
        load_incluster_config,
        new_client_from_config_dict,
    )

    from_within: Callable[[Configuration], None] = load_incluster_config
    try:
        if address.in_cluster:
            made = Configuration()
            from_within(made)
            return ApiClient(configuration=made)
        given = _parsed(address.kubeconfig) if address.kubeconfig else _kubeconfig(address)
        return await new_client_from_config_dict(config_dict=given, context=address.context)
    except ConfigException as error:
        raise ConfigError(f"its credentials are wrong ({error})") from None


def _kubeconfig(address: ClusterAddress) -> Mapping[str, object]:
    """A server and a token as the library reads them."""
    cluster: dict[str, object] = {"server": address.server}
    if address.ca:
        cluster["certificate-authority-data"] = b64encode(address.ca.encode()).decode()
    user = {"token": address.token} if address.token else {}
    return {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": user}],
    }


def _parsed(text: str) -> Mapping[str, object]:
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        found = None
    if not isinstance(found, dict):
        raise ConfigError("its kubeconfig is neither YAML nor JSON")
    return found
