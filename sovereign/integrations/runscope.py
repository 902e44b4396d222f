"""Runscope, now BlazeMeter API Monitoring: tests of an API that fail, and that pass again.

https://www.runscope.com/docs/api-testing/notifications

Nothing is signed: put `?token=SECRET` behind the address; an Advanced Webhook may send the secret as the
password of HTTP basic or in a header instead. The mapping rests on the documentation's body and those of
real runs. Every run is told, so that a run that passes resolves what the same test fired in the same
environment at the same location; any other result neither fires nor resolves. Values of variables are
not shown: tests keep tokens in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, count, duration, line, link, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

RESULTS: Mapping[str, Status] = {"fail": Status.FIRING, "pass": Status.RESOLVED}
REQUESTS_SHOWN = 5
CHECKS = ("assertions", "scripts", "variables")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    status = RESULTS.get(required(payload, "result"), Status.UNKNOWN)
    bucket, environment = line(payload, "bucket_name", "team_name"), line(payload, "environment_name")
    failed, steps = _failed(payload), payload.list_at("requests")
    says = f"{len(failed)} of {count(len(steps), 'request')} failed" if failed else ""
    name = required(payload, "test_name", "test_id")
    event = replace(
        alarm("runscope", status, name, place(bucket, environment), says),
        text="\n".join(_told(request) for request in failed[:REQUESTS_SHOWN]),
        url=link(payload, "test_run_url", "test_url"),
        service=bucket or None,
        environment=environment or None,
        fields=_fields(payload),
        occurred_at=when(payload, "finished_at", "started_at"),
    )
    return [of_problem(event, *_identity(payload))]


def _failed(payload: Payload) -> list[Payload]:
    return [request for request in payload.list_at("requests") if line(request, "result") == "fail"]


def _told(request: Payload) -> str:
    """`GET https://shop.example/till gave 500: 1 of 2 assertions failed`, without the address's query."""
    address = line(request, "url").partition("?")[0]
    step = f"{line(request, 'method')} {address}".strip() or line(request, "step_type") or "a step"
    code = line(request, "response_status_code")
    said = f"{step} gave {code}" if code.isdigit() else f"{step} gave no answer"
    wrong = [
        f"{bad} of {count(request.integer_at(what, 'total'), what[:-1])} failed"
        for what in CHECKS
        if (bad := request.integer_at(what, "fail"))
    ]
    return f"{said}: {', '.join(wrong)}" if wrong else said


def _identity(payload: Payload) -> tuple[str, ...]:
    """The test, its environment and from where it ran: each passes or fails for itself."""
    test = required(payload, "test_id", "test_name")
    return (test, line(payload, "environment_uuid", "environment_name"), line(payload, "region", "agent"))


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(Payload.from_json(body)))


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    took = between(when(payload, "started_at"), when(payload, "finished_at"))
    found = {
        "Location": line(payload, "region_name", "region", "agent"),
        "Environment": line(payload, "environment_name"),
        "Duration": duration(took),
        "Team": line(payload, "team_name"),
    }
    return shown(found)


SOURCE = Source(
    slug="runscope",
    title="Runscope",
    docs="https://www.runscope.com/docs/api-testing/notifications",
    home="alerts",
    secret="env://RUNSCOPE_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
)
