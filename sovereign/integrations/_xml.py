"""Bodies in XML, read as if they were JSON: elements by name, `type="array"` as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from sovereign.core.errors import BadPayload
from sovereign.integrations._payload import Payload

DEEPEST = 30
"""Levels of elements."""


@dataclass(slots=True)
class _Element:
    array: bool = False
    text: list[str] = field(default_factory=list)
    inner: list[tuple[str, object]] = field(default_factory=list)

    def value(self) -> object:
        if self.array:
            return [value for _, value in self.inner]
        return dict(self.inner) or "".join(self.text).strip()


def from_xml(body: bytes) -> Payload:
    """Raises BadPayload. A document type is refused: it could make a small body a large one."""
    open_elements = [_Element()]

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if len(open_elements) > DEEPEST:
            raise BadPayload("$", "is nested too deeply")
        open_elements.append(_Element(array=attributes.get("type") == "array"))

    def end(name: str) -> None:
        element = open_elements.pop()
        open_elements[-1].inner.append((name, element.value()))

    def write(text: str) -> None:
        open_elements[-1].text.append(text)

    def refuse(*_: object) -> None:
        raise BadPayload("$", "has a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = write
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadPayload("$", "is not XML") from error
    return Payload(open_elements[0].value())
