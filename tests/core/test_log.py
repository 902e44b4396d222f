"""What a log line may hold: no secret at any depth, nothing endless, nothing that a terminal obeys."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core import log as lines
from sovereign.core.redaction import MASK

early = structlog.get_logger()
"""Made when the module is loaded, as all of ours are: before anybody has chosen a level or a format."""

SECRET = "ghp_" + "a1" * 18
SHOWN = lines.LONGEST + 100


Capture = pytest.CaptureFixture[str]


def told(capsys: Capture) -> dict[str, Any]:
    (line,) = capsys.readouterr().err.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_line_begins_with_when_how_bad_and_what(capsys: Capture) -> None:
    lines.set_up("info", "auto")
    early.info("delivery", source="github", events=2, kinds=["change.merged"])
    found = told(capsys)
    assert list(found) == ["timestamp", "level", "event", "source", "events", "kinds"]
    assert found["event"] == "delivery"
    assert found["events"] == 2
    assert found["kinds"] == ["change.merged"]


def test_level_and_format_reach_loggers_that_were_used_before(capsys: Capture) -> None:
    lines.set_up("warning", "console")
    early.info("unseen")
    early.warning("seen")
    shown = capsys.readouterr().err
    assert "unseen" not in shown
    assert "seen  " in shown
    assert not shown.startswith("{")
    lines.set_up("info", "json")
    early.info("now seen")
    assert told(capsys)["event"] == "now seen"


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"before {SECRET} after",
        [SECRET],
        {"a": {"b": [{"c": SECRET}]}},
        {SECRET: 1},
        ("x", (SECRET,)),
        {SECRET},
        ValueError(f"no {SECRET}"),
        [[[[[[SECRET]]]]]],
        "x" * (lines.LONGEST - 20) + " " + SECRET,
        SECRET + "x" * 10 + " y" * lines.LONGEST,
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_secret_is_masked_wherever_it_stands(capsys: Capture, form: str, value: object) -> None:
    lines.set_up("info", form)
    early.info("said", value=value)
    shown = capsys.readouterr().err
    assert "a1a1a1" not in shown
    assert "said" in shown


@pytest.mark.parametrize("name", ["token", "X-Gitlab-Token", "client_secret", "Authorization", "accessToken"])
def test_what_is_named_a_secret_is_masked_whatever_it_looks_like(capsys: Capture, name: str) -> None:
    lines.set_up("info", "json")
    early.info("said", headers={name: "plain words"}, kept={"tokens_left": "plain"})
    found = told(capsys)
    assert found["headers"] == {name: MASK}
    assert found["kept"] == {"tokens_left": "plain"}


def test_tracebacks_of_ours_and_of_libraries_hold_no_secret(capsys: Capture) -> None:
    lines.set_up("info", "json")
    try:
        raise ValueError(f"password=hunter22 {SECRET}")
    except ValueError:
        early.exception("ours")
        logging.getLogger("some.library").exception("theirs %s", SECRET)
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], theirs["event"]) == ("ours", f"theirs {MASK}")
    for line in (ours, theirs):
        assert "ValueError" in line["exception"]
        assert "hunter22" not in line["exception"]
        assert SECRET not in line["exception"]


@pytest.mark.parametrize("value", ["x" * 2**20, ["y" * 2**20] * 3, {"k" * 2**20: 1}, b"z" * 2**20])
def test_a_megabyte_does_not_become_a_line(capsys: Capture, value: object) -> None:
    lines.set_up("info", "json")
    early.info("said", title=value)
    assert len(capsys.readouterr().err) < 4 * SHOWN


def test_many_entries_are_told_by_their_number(capsys: Capture) -> None:
    lines.set_up("info", "json")
    early.info("said", many=list(range(1000)), more={str(n): n for n in range(1000)})
    found = told(capsys)
    assert found["many"][-1] == found["more"]["…"] == f"{1000 - lines.MOST} more"


def test_a_long_traceback_keeps_its_beginning_and_its_end(capsys: Capture) -> None:
    lines.set_up("info", "json")
    early.error("said", exception="first\n" + "middle\n" * 5000 + "last")
    trace = told(capsys)["exception"]
    assert trace.startswith("first\n")
    assert trace.endswith("last")
    assert len(trace) < lines.LONGEST_TRACE + 100


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=10,
)


@given(value=json_like)
def test_any_value_makes_one_line_that_can_be_read(value: object) -> None:
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        for form in ("json", "console"):
            lines.set_up("info", form)
            early.info("said", value=value)
    first, second = stream.getvalue().splitlines()
    assert json.loads(first)["event"] == "said"
    assert "said" in second


def test_a_terminal_is_sent_no_control_characters(capsys: Capture) -> None:
    lines.set_up("info", "console")
    early.info("said", title="\x1b[2Jgone\r\n\u202eevil \ud800")
    shown = capsys.readouterr().err
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    assert "gone" in shown
    assert len(shown.splitlines()) == 1


class Broken(io.StringIO):
    def write(self, text: str, /) -> int:
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_stops_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Broken())
    lines.set_up("info", "json")
    early.info("said")
    logging.getLogger("some.library").error("said")
