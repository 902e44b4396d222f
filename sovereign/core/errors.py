"""Every error that Sovereign raises on purpose.

SovereignError
├── UserError              the person can mend it; `public` is shown verbatim
│   ├── NotFound           what was named does not exist
│   ├── NotAllowed         a role is missing; says which
│   ├── InvalidTransition  the thing is not in a state that allows this
│   │   ├── Moved          somebody or something else changed it meanwhile
│   │   └── Unchanged      it is as it was asked for already
│   └── Unacceptable       what is asked for is refused as it is, with the reason
├── ConfigError            discovery.yml or the environment is wrong; says where, and what was expected
├── PortTaken              another program listens there already
├── RejectedDelivery       an inbound webhook is refused; `status` is the HTTP answer
│   ├── BadSignature       401, the proof is missing, wrong or too old
│   ├── WrongAddress       403, the endpoint takes nothing from that network
│   ├── UnknownEndpoint    404, nothing is configured at that path
│   ├── TooLarge           413, the body is larger than event_gateway.max_body
│   └── Undecodable        415, a content encoding that cannot be undone
├── BadPayload             a body that its source cannot read; carries the JSON path; the delivery is kept
└── Unavailable            something that we depend on is down or full; retrying is sensible
    ├── StoreFull          the disk or the page limit is reached
    └── ClusterSilent      a cluster does not answer; says whether a change may have happened all the same
"""

from __future__ import annotations

import os
from http import HTTPStatus


class SovereignError(Exception):
    """Root of the tree. `public` is what a person may read."""

    public = "Something went wrong on our side. It has been logged."


class UserError(SovereignError):
    def __init__(self, public: str) -> None:
        super().__init__(public)
        self.public = public


class NotFound(UserError): ...


class NotAllowed(UserError): ...


class InvalidTransition(UserError): ...


class Moved(InvalidTransition): ...


class Unchanged(InvalidTransition): ...


class Unacceptable(UserError): ...


class ConfigError(SovereignError): ...


class PortTaken(SovereignError):
    def __init__(self, what: str, host: str, port: int, error: OSError) -> None:
        why = os.strerror(error.errno).lower() if error.errno else str(error)
        self.public = f"{what} cannot listen on {host}:{port} ({why}). Choose another port."
        super().__init__(self.public)


class RejectedDelivery(SovereignError):
    """`reason` is a short slug: refusals are counted by it."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, reason: str, public: str) -> None:
        super().__init__(public)
        self.reason, self.public = reason, public


class BadSignature(RejectedDelivery):
    status = HTTPStatus.UNAUTHORIZED


class WrongAddress(RejectedDelivery):
    status = HTTPStatus.FORBIDDEN


class UnknownEndpoint(RejectedDelivery):
    status = HTTPStatus.NOT_FOUND


class TooLarge(RejectedDelivery):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Undecodable(RejectedDelivery):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class BadPayload(SovereignError):
    """`path` is a JSON path such as `$.alerts[0].status`."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{'the body' if path == '$' else path} {problem}")
        self.path = path


class Unavailable(SovereignError): ...


class StoreFull(Unavailable): ...


class ClusterSilent(Unavailable):
    """`public` names the cluster; `in_doubt` says that a change may have been made all the same."""

    def __init__(self, public: str, *, in_doubt: bool = False) -> None:
        super().__init__(public)
        self.public, self.in_doubt = public, in_doubt
