"""The reference of errors: the tree of core/errors.py, and what each means to whom."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping

from sovereign.cli._references._markdown import code, page, sentence, table
from sovereign.core import errors

_DRAWN = re.compile(r"^[│├└─ ]*(?P<name>[A-Z]\w+)(?: {2,}(?:\d{3}, )?(?P<words>\S.*))?$")


def text() -> str:
    words = drawn()
    rows = [
        (
            f"{'&emsp;' * depth}{code(error.__name__)}",
            sentence(words.get(error.__name__) or inspect.getdoc(error) or ""),
            _told(error),
            _status(error),
        )
        for depth, error in tree(errors.SovereignError)
    ]
    return page(
        "Errors",
        "Every error that Sovereign raises on purpose (`sovereign/core/errors.py`), each under the one that"
        " it is a kind of. Whatever else is raised is a fault of ours: it is logged with a traceback, and the"
        " person gets a reference under which the log has it.",
        table(("Error", "What it means", "Who is told", "HTTP status"), rows),
    )


def drawn() -> Mapping[str, str]:
    """What the tree at the top of core/errors.py says of each error."""
    found = map(_DRAWN.match, (errors.__doc__ or "").splitlines())
    return {match["name"]: match["words"] or "" for match in found if match}


def tree(root: type[Exception], depth: int = 0) -> Iterator[tuple[int, type[Exception]]]:
    """The errors of core/errors.py as they stand there, each with its depth."""
    yield depth, root
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, Exception) and root in error.__bases__:
            yield from tree(error, depth + 1)


def _told(error: type[Exception]) -> str:
    if issubclass(error, errors.UserError):
        return "the person who asked, word for word"
    if issubclass(error, errors.RejectedDelivery):
        return "the sender, in the answer"
    if issubclass(error, errors.ConfigError | errors.PortTaken):
        return "whoever starts it, on the terminal"
    return "the log; a person who waits gets a reference"


def _status(error: type[Exception]) -> str:
    status = getattr(error, "status", None)
    return str(int(status)) if status else ""
