"""Does one step of a playbook: in the cluster, at an address of the configuration, or by waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

from sovereign.core import clock
from sovereign.core.errors import ConfigError, SovereignError, Unavailable, Unchanged, UserError
from sovereign.domain import rollout_state
from sovereign.domain.audit import Entry, Result
from sovereign.domain.estate import Place
from sovereign.domain.operation import Kind, State
from sovereign.domain.permission import Capability
from sovereign.domain.playbook import Step, StepKind
from sovereign.domain.playbook_run import Run
from sovereign.domain.rollout_state import Stage
from sovereign.services.auditing import Auditing
from sovereign.services.clusters import Clusters
from sovereign.services.operations.changes import Changes, Order
from sovereign.services.operations.following import Following, Progress
from sovereign.services.operations.places import Places
from sovereign.services.permissions import Permissions
from sovereign.services.ports.calls import Send

LOOK = 2.0
"""Seconds between two looks at what is waited for."""

Secrets = Callable[[str], str]
"""The secret behind a reference. Raises ConfigError."""


class StepFailed(UserError):
    """A step that did not do what it should; the words say what came back."""


class PlaybookSteps:
    def __init__(
        self,
        clusters: Clusters,
        places: Places,
        permissions: Permissions,
        auditing: Auditing,
        changes: Changes,
        following: Following,
        send: Send,
        secrets: Secrets,
    ) -> None:
        self._clusters, self._places, self._permissions = clusters, places, permissions
        self._auditing, self._changes, self._following = auditing, changes, following
        self._send, self._secrets = send, secrets

    def check(self, run: Run) -> Sequence[Place]:
        """The places that it changes. Raises NotAllowed where the member may not do every step, and NotFound
        for what there is not."""
        changed = []
        for step in run.steps:
            capability = step.kind.capability
            if capability is not None:
                service = str(step.given["service"])
                changed.append(self._places.require(run.actor, capability, service, run.environment))
            elif step.kind is StepKind.WAIT and "service" in step.given:
                service = str(step.given["service"])
                self._places.require(run.actor, Capability.SERVICES_VIEW, service, run.environment)
        return changed

    async def preview(self, run: Run, step: Step) -> str:
        """What it would do, in words; where that cannot be, why."""
        try:
            if step.kind.capability is not None:
                wanted = await self._changes.preview(run.actor, _order(run, step))
                return f"from {wanted.before} to {wanted.after}"
        except Unchanged as so:
            return so.public
        except SovereignError as problem:
            return f"would be refused: {problem.public}"
        if step.kind is StepKind.HTTP:
            body = json.dumps(step.given["body"]) if "body" in step.given else "no body"
            return f"{step.given['method']} {step.given['url']} with {body[:200]}"
        if step.kind in (StepKind.ASK, StepKind.NOTIFY):
            return str(step.given["text"])
        return ""

    async def do(self, run: Run) -> str:
        """What came of the run's next step, in words. Raises UserError and Unavailable where it failed."""
        step = run.step
        if step.kind.capability is not None:
            return await self._change(run, step)
        match step.kind:
            case StepKind.HTTP:
                return await self._call(run, step)
            case StepKind.WAIT:
                return await self._wait(run, step)
        return "done"

    async def _change(self, run: Run, step: Step) -> str:
        approvers = (run.approved_by,) if run.approved_by else ()
        try:
            operation = await self._changes.apply(run.actor, _order(run, step), approvers, run_id=run.id)
        except Unchanged as so:  # what the step is for is so
            return so.public

        async def tell(_: Progress) -> None:
            return None

        state, why, _ = await self._following.outcome(operation, tell)
        if state is not State.DONE:
            raise StepFailed(f"The cluster took it, and it did not come about: {why or state}")
        return f"from {operation.wanted.before} to {operation.wanted.after}"

    async def _call(self, run: Run, step: Step) -> str:
        given, headers = step.given, {"Content-Type": "application/json"}
        if "secret" in given:
            headers[str(given["header"])] = f"{given['prefix']}{self._secret(str(given['secret']))}"
        body = json.dumps(given["body"]).encode() if "body" in given else b""
        method, url = str(given["method"]), str(given["url"])
        entry = Entry(
            at=clock.now(),
            actor=run.actor,
            action="playbooks.call",
            subject=f"{run.playbook} in {run.environment}",
            parameters={"method": method, "url": url, "body": given.get("body") or {}},
            approved_by=(run.approved_by,) if run.approved_by else (),
        )
        async with self._auditing.effect(entry) as effect:
            try:
                status = await self._send(method, url, headers, body)
            except Unavailable as silent:
                effect.result, effect.details = Result.UNKNOWN, str(silent)
                raise StepFailed(f"{url}: {silent}. Whether it arrived is not known.") from silent
            effect.details = f"status {status}"
            expected = given.get("expect")
            if not (status == expected if expected is not None else 200 <= status < 300):
                effect.result = Result.FAILED
                raise StepFailed(f"{url} answers {status}")
        return f"answered {status}"

    def _secret(self, reference: str) -> str:
        try:
            return self._secrets(reference)
        except ConfigError as missing:
            raise StepFailed(f"its secret cannot be had: {missing}") from missing

    async def _wait(self, run: Run, step: Step) -> str:
        if "seconds" in step.given:
            await asyncio.sleep(float(str(step.given["seconds"])))
            return f"waited {step.given['seconds']} s"
        limit, service = float(str(step.given["timeout"])), str(step.given["service"])
        place = self._places.require(run.actor, Capability.SERVICES_VIEW, service, run.environment)
        cluster, who = self._clusters.of(place), self._permissions.identity(run.actor)
        deadline, last = clock.monotonic() + limit, ""
        while clock.monotonic() < deadline:
            try:
                workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
                pods = await cluster.pods(place.namespace, workload.selector, as_who=who)
            except Unavailable as silent:
                last = str(silent.public)
            else:
                read = rollout_state.read(workload, pods, clock.now())
                if read.stage is Stage.SETTLED:
                    return f"{place} has settled"
                if read.stage is Stage.FAILED:
                    raise StepFailed(f"{place} does not settle: {read.why}")
                last = f"it waits for {read.waits_for}"
            await asyncio.sleep(LOOK)
        raise StepFailed(f"{place} did not settle within {limit:.0f} s: {last}")


def _order(run: Run, step: Step) -> Order:
    value = step.given.get("replicas")
    if (value is not None and not str(value).isascii()) or (value is not None and not str(value).isdigit()):
        raise StepFailed(f"{value!r} is no number of replicas")
    return Order(
        kind=Kind(step.kind.value),
        service=str(step.given["service"]),
        environment=run.environment,
        value=int(str(value)) if value is not None else None,
        override=run.override,
    )
