"""AWX, and Ansible Tower before it: jobs of every sort, and approvals in workflows.

https://docs.ansible.com/automation-controller/latest/html/userguide/notifications.html

The default messages are read. AWX signs nothing: give the notification a user name and the secret
as password, or the header {"Authorization": "Bearer SECRET"}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import RUN, TASK, Build, by_run, event_of, kinds
from sovereign.integrations._named import site
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, count, line, link, prose, when, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATUSES: Mapping[str, Status] = {
    "new": Status.QUEUED,
    "pending": Status.QUEUED,
    "waiting": Status.QUEUED,
    "running": Status.RUNNING,
    "successful": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "error": Status.FAILED,
    "canceled": Status.CANCELLED,
}
VERBS = {"error": "could not run"}
APPROVALS: Mapping[str, tuple[str, Status]] = {
    "needs review": ("action_requested", Status.QUEUED),
    "was approved": ("finished", Status.SUCCEEDED),
    "was denied": ("finished", Status.CANCELLED),
    "has timed out": ("finished", Status.FAILED),
}
MOST_HOSTS = 10
_APPROVAL = re.compile(r'The approval node "(?P<name>.+?)" (?P<did>needs review|was \w+|has timed out)\b')
_ADDRESS = re.compile(r"https?://\S+")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    payload.require_object()
    if payload.get("status") is None and payload.get("body") is not None:
        return [_message(payload)]
    return [_job(payload)]


def _job(payload: Payload) -> Event:
    word, who = line(payload, "status"), line(payload, "created_by")
    start, end = when(payload, "started"), when(payload, "finished")
    hosts = payload.get("hosts")
    names = hosts.keys() if hosts else []
    failed = [name for name in names if hosts and _host_failed(hosts.at(name))]
    sort, project, url = line(payload, "friendly_name"), line(payload, "project"), link(payload, "url")
    build = Build(
        source="ansibletower",
        family=RUN,
        name=line(payload, "name") or sort or "A job",
        number=line(payload, "id"),
        id=_run(payload),
        status=STATUSES.get(word, Status.UNKNOWN),
        verb=VERBS.get(word, "") if word in STATUSES else f"reported {words(word) or 'no state'}",
        project=line(payload, "inventory") or project or site(url) or "AWX",
        actor="" if who == "None" else who,
        text=prose(payload, "traceback"),
        url=url,
        length=between(start, end),
        at=end or start,
        more={
            "Playbook": line(payload, "playbook"),
            "Source": project,
            "Hosts": count(len(names), "host") if names else "",
            "Failed on": ", ".join(failed[:MOST_HOSTS]),
            "Limit": line(payload, "limit"),
        },
    )
    return replace(
        event_of(build),
        on_default_branch=False,
        service=project or None,
        conversation=_conversation(_run(payload)),
    )


def _host_failed(host: Payload) -> bool:
    return host.flag("failed") or host.integer_at("failures") > 0 or host.integer_at("dark") > 0


def _message(payload: Payload) -> Event:
    """An approval, or the notification with which AWX tries a webhook: neither has more than words."""
    text = line(payload, "body")
    found, address = _APPROVAL.match(text), _ADDRESS.search(text)
    url = address[0] if address else None
    if not found:
        title = text[:200] or "AWX tried this webhook"
        return Event(source="ansibletower", kind="ping.received", subject="AWX", title=title, url=url)
    phase, status = APPROVALS.get(found["did"], ("finished", Status.UNKNOWN))
    name, where = f"Approval {found['name']}", f" on {host}" if (host := site(url)) else ""
    return Event(
        source="ansibletower",
        kind=f"{TASK}.{phase}",
        subject=name,
        name=name,
        title=f"{name} {found['did']}{where}",
        status=status,
        url=url,
        check=name,
        conversation=_conversation(url) if url else None,
    )


def _run(payload: Payload) -> str:
    """Numbers of jobs, updates and commands are counted together; the address says of which server."""
    return line(payload, "url") or line(payload, "id")


def _conversation(run: str) -> str:
    """An approval names the workflow that it is part of by its address."""
    return f"ansibletower:{digest(run)}"


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = Payload.from_json(body)
    return (_run(payload), line(payload, "status"))


SOURCE = Source(
    slug="ansibletower",
    title="AWX and Ansible Tower",
    docs="https://docs.ansible.com/automation-controller/latest/html/userguide/notifications.html",
    home="ci-cd-pipeline",
    secret="env://ANSIBLETOWER_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds(RUN, "queued", "started", "finished")
    | kinds(TASK, "action_requested", "finished")
    | {"ping.received"},
    quiet=frozenset({"ping.received"}),
    transmission=by_run(_said),
)
