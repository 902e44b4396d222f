import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)  # a machine may be busy; pytest-timeout has the last word
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--snapshot-update", action="store_true", help="rewrite the reviewed *.expected.json")
