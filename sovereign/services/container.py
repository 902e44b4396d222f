"""Every service, built once by app.py and handed to the bot and the web."""

from __future__ import annotations

from dataclasses import dataclass

from sovereign.services.administration import Administration
from sovereign.services.auditing import Auditing
from sovereign.services.backfill import Backfill
from sovereign.services.calming import Calming
from sovereign.services.checkpoints import Checkpoints
from sovereign.services.clusters import Clusters
from sovereign.services.configuration import Configuration
from sovereign.services.conversations import Conversations
from sovereign.services.deliveries import Deliveries
from sovereign.services.forwarding import Forwarding
from sovereign.services.gateway import Gateway
from sovereign.services.health import Health
from sovereign.services.incidents import Incidents
from sovereign.services.letters import Letters
from sovereign.services.operations.operations import Operations
from sovereign.services.outbox import Outbox
from sovereign.services.oversight import Oversight
from sovereign.services.permissions import Permissions
from sovereign.services.pipeline import Pipeline
from sovereign.services.reconciling import Reconciling
from sovereign.services.refusals import Refusals
from sovereign.services.releasing.delivery import Delivery
from sovereign.services.retention import Retention
from sovereign.services.sinks import Sinks
from sovereign.services.streaming import Streaming


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    gateway: Gateway
    pipeline: Pipeline
    outbox: Outbox
    calming: Calming
    incidents: Incidents
    conversations: Conversations
    permissions: Permissions
    retention: Retention
    backfill: Backfill
    reconciling: Reconciling
    health: Health
    configuration: Configuration
    deliveries: Deliveries
    administration: Administration
    auditing: Auditing
    clusters: Clusters
    operations: Operations
    delivery: Delivery
    checkpoints: Checkpoints
    sinks: Sinks
    oversight: Oversight
    refusals: Refusals
    streaming: Streaming
    forwarding: Forwarding
    letters: Letters
