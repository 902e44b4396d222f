"""What holds for every test: hypothesis's profile, the bytecode that is kept, where files are, snapshots."""

import gc
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.order import in_order

# Containers often turn bytecode off. The tests start some fifty Python processes, and workers that rewrite
# every assertion: without it each compiles everything again, which is a quarter of the suite's time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Thousands of commits wait for the disk. What a killed process has written is as safe in memory as in the
# system's cache, and no test takes away the power; so the files of tests are in memory where there is room.
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    tempfile.tempdir = str(MEMORY)

# Nothing is asked of the world outside, and each process would read its two hundred certificates for 50 ms.
os.environ.setdefault("SSL_CERT_FILE", os.devnull)

# Tracebacks are as the product writes them. Structlog by itself draws every variable of every frame: a second
# and more for an exception in a bot, whose loop does nothing else meanwhile.
_PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _PLAIN])

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
    told = structlog.get_config()
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**told)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    gc.disable()  # what pytest collects stays: a tenth of the time would go into looking for what does not
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = in_order(items, workers) if workers > 1 else items


def pytest_collection_finish() -> None:
    gc.set_threshold(20_000, 20, 20)  # by default a thirtieth of the tests' time goes into looking
    gc.freeze()  # thousands of tests stay until the end: no collection needs to look through them again
