"""Every service, built once by app.py and handed to the bot and the web."""

from __future__ import annotations

from dataclasses import dataclass

from sovereign.services.administration import Administration
from sovereign.services.configuration import Configuration
from sovereign.services.deliveries import Deliveries
from sovereign.services.gateway import Gateway
from sovereign.services.health import Health
from sovereign.services.incidents import Incidents
from sovereign.services.outbox import Outbox
from sovereign.services.permissions import Permissions
from sovereign.services.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    gateway: Gateway
    pipeline: Pipeline
    outbox: Outbox
    incidents: Incidents
    permissions: Permissions
    health: Health
    configuration: Configuration
    deliveries: Deliveries
    administration: Administration
