"""Refusals as Discord words them: an HTTP status, a code, a message, and for a bad form each fault's path.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from http import HTTPStatus

from sovereign.sandbox.wire import Json

BAD, UNAUTHORIZED, FORBIDDEN, MISSING = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
)
_KNOWN: dict[int, tuple[HTTPStatus, str]] = {
    10003: (MISSING, "Unknown Channel"),
    10004: (MISSING, "Unknown Guild"),
    10007: (MISSING, "Unknown Member"),
    10008: (MISSING, "Unknown Message"),
    10009: (MISSING, "Unknown Overwrite"),
    10011: (MISSING, "Unknown Role"),
    10013: (MISSING, "Unknown User"),
    10014: (BAD, "Unknown Emoji"),
    10015: (MISSING, "Unknown Webhook"),
    10062: (MISSING, "Unknown interaction"),
    10063: (MISSING, "Unknown application command"),
    10066: (MISSING, "Unknown application command permissions"),
    20012: (FORBIDDEN, "You are not authorized to perform this action on this application"),
    20001: (FORBIDDEN, "Bots cannot use this endpoint"),
    30003: (BAD, "Maximum number of pins reached for the channel (250)"),
    30005: (BAD, "Maximum number of server roles reached (250)"),
    30007: (BAD, "Maximum number of webhooks reached (15)"),
    30010: (BAD, "Maximum number of reactions reached (20)"),
    30013: (BAD, "Maximum number of server channels reached (500)"),
    30032: (BAD, "Maximum number of application commands reached (100)"),
    30033: (BAD, "Max number of thread participants has been reached (1000)"),
    30046: (
        HTTPStatus.TOO_MANY_REQUESTS,
        "Maximum number of edits to messages older than 1 hour reached. Try again later",
    ),
    40005: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request entity too large"),
    40060: (BAD, "Interaction has already been acknowledged."),
    50001: (FORBIDDEN, "Missing Access"),
    50005: (FORBIDDEN, "Cannot edit a message authored by another user"),
    50006: (BAD, "Cannot send an empty message"),
    50007: (FORBIDDEN, "Cannot send messages to this user"),
    50008: (BAD, "Cannot send messages in a non-text channel"),
    50013: (FORBIDDEN, "Missing Permissions"),
    50016: (
        BAD,
        "Provided too few or too many messages to delete. Must provide between 2 and 100 messages.",
    ),
    50021: (FORBIDDEN, "Cannot execute action on a system message"),
    50024: (BAD, "Cannot execute action on this channel type"),
    50027: (UNAUTHORIZED, "Invalid Webhook Token"),
    50028: (BAD, "Invalid Role"),
    50034: (BAD, "You can only bulk delete messages that are under 14 days old."),
    50083: (BAD, "Thread is archived"),
    50109: (BAD, "The request body contains invalid JSON."),
    160002: (BAD, "Cannot reply without permission to read message history"),
    160004: (BAD, "A thread has already been created for this message"),
    160005: (FORBIDDEN, "Thread is locked"),
    160006: (BAD, "Maximum number of active threads reached"),
}


class Refused(Exception):
    """`body` is what the caller reads; `headers` go along with it."""

    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body.get('code')} {body.get('message')}")
        self.status, self.body, self.headers = status, body, headers or {}

    @property
    def code(self) -> int:
        code = self.body.get("code")
        return code if isinstance(code, int) else 0


def refusal(code: int) -> Refused:
    status, message = _KNOWN[code]
    return Refused(status, {"message": message, "code": code})


def plain(status: HTTPStatus) -> Refused:
    """A refusal without a code of its own: wrong token, no such path, wrong method."""
    return Refused(status, {"message": f"{status.value}: {status.phrase}", "code": 0})


class Form:
    """Collects what is wrong with a body; `check` raises 50035 with the path of every fault.

    Paths are written as `embeds.0.fields.3.value`.
    """

    def __init__(self) -> None:
        self._faults: dict[str, list[Json]] = {}

    def fault(self, path: str, code: str, message: str) -> None:
        self._faults.setdefault(path, []).append({"code": code, "message": message})

    def check(self) -> None:
        if self._faults:
            raise Refused(BAD, {"message": "Invalid Form Body", "code": 50035, "errors": self._nested()})

    @property
    def fine(self) -> bool:
        return not self._faults

    def _nested(self) -> Json:
        errors: Json = {}
        for path, faults in self._faults.items():
            place = errors
            for part in path.split(".") if path else ():
                below = place.setdefault(part, {})
                place = below if isinstance(below, dict) else {}
            place["_errors"] = faults
        return errors

    def length(self, path: str, value: object, most: int, least: int = 0) -> None:
        """Text, counted in code points, or a list, with at least and at most so many."""
        if value is None and not least:
            return
        if not isinstance(value, str | list):
            self.required(path) if value is None else self.kind(path, "string")
        elif not value and least:
            self.required(path)
        elif len(value) < least or (len(value) > most and least):
            self.fault(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        elif len(value) > most:
            self.fault(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def required(self, path: str) -> None:
        self.fault(path, "BASE_TYPE_REQUIRED", "This field is required")

    def kind(self, path: str, kind: str) -> None:
        self.fault(path, f"{kind.upper()}_TYPE_CONVERT", f"Could not interpret value as {kind}.")

    def between(self, path: str, value: object, least: int, most: int) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            self.fault(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < least:
            self.fault(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif value > most:
            self.fault(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")

    def one_of(self, path: str, value: object, choices: frozenset[int]) -> bool:
        if value in choices:
            return True
        listed = ", ".join(str(choice) for choice in sorted(choices))
        self.fault(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
        return False


def bad_form(path: str, code: str, message: str) -> Refused:
    """A form with one fault, to be raised at once."""
    form = Form()
    form.fault(path, code, message)
    try:
        form.check()
    except Refused as refused:
        return refused
    raise RuntimeError("a form with a fault is refused")


def snowflake(value: object, path: str = "") -> int:
    """The id in a path or a body. Raises 50035."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdecimal() and len(value) <= 20:
        return int(value)
    raise bad_form(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
