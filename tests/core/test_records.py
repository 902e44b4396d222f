"""A record that is made quickly is made like any other."""

from __future__ import annotations

import dataclasses

import pytest

from sovereign.core.records import quick, replace


@quick
@dataclasses.dataclass(frozen=True, kw_only=True)
class Fact:
    name: str
    count: int = 1
    labels: dict[str, str] = dataclasses.field(default_factory=dict)


def test_defaults_hold_and_a_factory_makes_each_its_own() -> None:
    one, other = Fact(name="a"), Fact(name="a")
    assert one == other == Fact(name="a", count=1, labels={})
    assert one.labels is not other.labels
    assert dataclasses.asdict(one) == {"name": "a", "count": 1, "labels": {}}


def test_nobody_changes_it() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Fact(name="a").name = "b"  # type: ignore[misc]


def test_a_changed_one_is_another() -> None:
    one = Fact(name="a", labels={"x": "y"})
    changed = replace(one, count=2)
    assert (changed.name, changed.count, changed.labels) == ("a", 2, {"x": "y"})
    assert one.count == 1


@pytest.mark.parametrize("given", [{}, {"count": 2}, {"name": "a", "size": 2}, {"count": 2, "size": 3}])
def test_a_field_that_is_missing_or_unknown_is_named(given: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"name|size"):
        Fact(**given)  # type: ignore[arg-type]


def test_an_unknown_change_is_named() -> None:
    with pytest.raises(TypeError, match="size"):
        replace(Fact(name="a"), size=3)  # type: ignore[call-arg]
