"""What holds for every test: hypothesis's profile, the bytecode that is kept, the option for snapshots."""

import logging
import os
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

# Containers often turn bytecode off. The tests start some fifty Python processes, and workers that rewrite
# every assertion: without it each compiles everything again, which is a quarter of the suite's time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A machine may be busy: pytest-timeout has the last word. Every run draws other examples, so with half of the
# usual number two runs meet as much.
settings.register_profile("project", deadline=None, max_examples=50)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--snapshot-update", action="store_true", help="rewrite the reviewed *.expected.json")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command that is run in the process sets up its log: the next test is not to find that."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    told = structlog.get_config() if structlog.is_configured() else None
    yield
    root.handlers[:], root.level = handlers, level
    if told is None:
        structlog.reset_defaults()
    else:
        structlog.configure(**told)
