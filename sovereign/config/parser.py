"""Reads the text of a YAML file into a Document, with everything that is wrong about it as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import StreamMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sovereign.config.document import Document, Path, kind
from sovereign.config.problems import Problem
from sovereign.config.syntax import at, place, refusal

MOST_NODES = 50_000
DEEPEST = 40
"""Far above any real file; they stop aliases that multiply or contain themselves."""

_TAG = "tag:yaml.org,2002:"
_TEXTS = {_TAG + name for name in ("str", "timestamp", "value", "merge")} | {"!"}
_COLLECTIONS = {_TAG + name for name in ("map", "seq")} | {"!"}
_HOLES = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError)
"""What the parser raises, beside its own errors, for odd escapes, directives and tags."""

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNQUOTED_CHANNEL = re.compile(r"\s*:?\s+#[^\s#]")


@lru_cache(maxsize=4)
def read(text: str, file: str) -> Document:
    """The one YAML document in `text`; never raises. What YAML refuses is in `problems`, `content` empty.

    The last ones are kept, for a start reads its file more than once, each time for a tenth of a second.
    So nobody changes what is read.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    try:
        root = yaml.compose(text)
    except (YAMLError, RecursionError, *_HOLES) as error:
        return _refused(file, text, error)
    try:
        return _Reading(file=file, lines=_LINE_END.split(text)).document(root)
    except RecursionError as error:
        return _refused(file, text, error)


def _refused(file: str, text: str, error: Exception) -> Document:
    problem = refusal(file, text, error)
    return Document(file=file, content={}, values={(): (1, 1)}, keys={}, problems=(problem,))


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Walks the nodes that the parser composed, and notes the place of each."""

    file: str
    lines: list[str]
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self, root: Node | None) -> Document:
        content: object = {} if root is None else self.plain(root, ())
        self.values.setdefault((), (1, 1))
        if content is None:
            content = {}
        elif not isinstance(content, dict):
            self.wrong(root, f"the file is {kind(content)}", "a mapping, with lines such as `org:`")
            content = {}
        return Document(
            file=self.file,
            content=content,
            values=self.values,
            keys=self.keys,
            problems=tuple(self.problems),
        )

    def plain(self, node: Node, path: Path) -> object:
        self.values[path] = place(node.start_mark)
        if len(self.values) > MOST_NODES or len(path) > DEEPEST:
            raise RecursionError
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if str(node.tag) not in _COLLECTIONS:
            self.wrong(node, f"the tag {str(node.tag)[:40]!r} is not supported", "no tag")
        if isinstance(node, SequenceNode):
            return [self.item(child, (*path, index)) for index, child in enumerate(node.value)]
        return self.mapping(node, path) if isinstance(node, MappingNode) else None

    def item(self, node: Node, path: Path) -> object:
        return self.unquoted(node, node.start_mark, "") or self.plain(node, path)

    def mapping(self, node: MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, child, own in self.pairs(node):
            at = (*path, key.value)
            self.surrogates(key)
            if key.value in found and own:
                first = self.keys[at][0]
                self.wrong(
                    key, f"the key {key.value[:60]!r} stands here again", "each key once", f"line {first}"
                )
            elif key.value not in found:
                found[key.value] = self.plain(child, at)
                self.keys[at] = place(key.start_mark)
                if _is_empty(child):
                    self.values[at] = self.keys[at]
                    name = "channel" if "channels" in path else key.value
                    found[key.value] = self.unquoted(child, key.end_mark, name)
        return found

    def pairs(self, node: MappingNode) -> Iterator[tuple[ScalarNode, Node, bool]]:
        """Keys with their values; those that `<<` brings in come last and give way to the mapping's own."""
        merged: list[Node] = []
        for key, child in node.value:
            if not isinstance(key, ScalarNode):
                self.wrong(
                    key, f"the key is {'a list' if isinstance(key, SequenceNode) else 'a mapping'}", "text"
                )
            elif str(key.tag) == _TAG + "merge":
                merged += child.value if isinstance(child, SequenceNode) else [child]
            else:
                yield key, child, True
        for other in merged:
            if not isinstance(other, MappingNode):
                self.wrong(
                    other, "the value of << is not a mapping", "an alias of a mapping, such as *defaults"
                )
                continue
            for key, child in other.value:
                if isinstance(key, ScalarNode):
                    yield key, child, False

    def scalar(self, node: ScalarNode) -> object:
        tag, text = str(node.tag), node.value
        self.surrogates(node)
        if tag == _TAG + "null":
            return None
        if tag == _TAG + "bool":
            return text.lower() in {"true", "yes", "on", "y"}
        if tag in {_TAG + "int", _TAG + "float"}:
            try:
                return _number(text, tag)
            except ValueError:
                self.wrong(
                    node, f"{text[:60]!r} is not a number that can be used", "a number of at most 40 digits"
                )
        elif tag not in _TEXTS:
            self.wrong(node, f"the tag {tag[:40]!r} is not supported", "no tag")
        return str(text)

    def surrogates(self, node: ScalarNode) -> None:
        if _SURROGATE.search(node.value):
            self.wrong(node, "the text holds half a character (U+D800 to U+DFFF)", "whole characters")

    def unquoted(self, node: Node, mark: StreamMark, key: str) -> str | None:
        """What was meant by `channel: #prs`, which YAML reads as an empty value and a comment."""
        rest = self.lines[mark.line][mark.column :] if mark.line < len(self.lines) else ""
        suspect = key in {"", "channel", "discord_channel"} and _is_empty(node)
        if not suspect or not _UNQUOTED_CHANNEL.match(rest):
            return None
        word = "#" + rest.split("#", 1)[1].split()[0][:60]
        problem = f"the value is empty, because # without quotes begins a comment ({word})"
        column = mark.column + rest.index("#") + 1
        self.problems.append(
            Problem(
                file=self.file,
                line=mark.line + 1,
                column=column,
                value="",
                problem=problem,
                expected=f'quotes: "{word}"',
            )
        )
        return word

    def wrong(self, node: Node | None, problem: str, expected: str, hint: str = "") -> None:
        self.problems.append(at(self.file, node.start_mark if node else None, problem, expected, hint))


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value == "" and str(node.tag) == _TAG + "null"


def _number(text: str, tag: str) -> int | float:
    digits = text.replace("_", "")
    if len(digits) > 40:
        raise ValueError
    if tag.endswith("float"):
        return float(digits)
    for prefix, base in (("0x", 16), ("0o", 8), ("0b", 2)):
        if prefix in digits.lower():
            return int(digits, base)
    return int(digits)
