"""Every fragment of discovery.yml in the documents that the product was drawn from still loads."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sovereign.config.loader import parse
from sovereign.config.models import Discovery
from sovereign.integrations._source import all_sources

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
_FENCED = re.compile(r"^ *```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def fragments() -> Iterator[str]:
    """Blocks all of whose keys are sections of discovery.yml."""
    for document in sorted(SEEDS.glob("*.txt")):
        for block in _FENCED.finditer(document.read_text(encoding="utf-8")):
            text = textwrap.dedent(block[1])
            try:
                read = YAML(typ="safe", pure=True).load(text)
            except YAMLError:
                continue  # a template of something else
            if isinstance(read, dict) and read.keys() <= Discovery.model_fields.keys():
                yield text


FRAGMENTS = list(fragments())


@pytest.mark.skipif(not FRAGMENTS, reason="the seed documents are not beside the repository")
def test_there_are_fragments_of_every_kind() -> None:
    keys = {line.partition(":")[0] for text in FRAGMENTS for line in text.splitlines() if line[:1].isalpha()}
    assert {"org", "discord", "git", "repos", "event_gateway", "infra", "ai_agents"} <= keys


@pytest.mark.parametrize("text", FRAGMENTS, ids=lambda text: str(text).partition(":")[0])
def test_a_fragment_loads(text: str) -> None:
    parse(text, "discovery.yml", sources=all_sources().keys())
