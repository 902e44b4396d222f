"""How a benchmark tells its numbers: words for people, and one JSON object as the last line for programs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping

Numbers = Mapping[str, float | int | bool | str]


def arguments(what: str) -> argparse.ArgumentParser:
    """A parser that knows `--json`; the benchmark adds its own sizes."""
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    return parser


def say(words: str) -> None:
    """Progress and remarks go to stderr."""
    print(words, file=sys.stderr, flush=True)


def tell(name: str, numbers: Numbers, *, as_json: bool) -> None:
    load = " ".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"{name} (load average {load})")
    for key, value in numbers.items():
        print(f"  {key:<28}{value}")
    if as_json:
        print(json.dumps(numbers), flush=True)
