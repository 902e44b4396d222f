"""The tree of RFC 6962, against the definition as the RFC words it and against its published vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain import merkle
from sovereign.domain.merkle import Frontier, consistency, extends, includes, inclusion, root


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = naive_k(len(leaves))
    return hashlib.sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_k(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = naive_k(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], b: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    n = len(leaves)
    if m == n:
        return [] if b else [naive_root(leaves)]
    k = naive_k(n)
    if m <= k:
        return [*naive_subproof(m, leaves[:k], b), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


LEAVES = [leaf(bytes([number])) for number in range(70)]
trees = st.integers(1, len(LEAVES)).map(lambda size: LEAVES[:size])


def test_the_vectors_of_certificate_transparency() -> None:
    inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    leaves = [leaf(bytes.fromhex(one)) for one in inputs]
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(trees)
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert root(leaves) == naive_root(leaves)


@given(trees, st.data())
def test_a_path_is_that_of_the_definition_and_proves_its_leaf_alone(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, top = inclusion(leaves, index), root(leaves)
    assert path == naive_path(index, leaves)
    assert includes(leaves[index], index, len(leaves), path, top)
    other = data.draw(st.integers(0, len(leaves) - 1).filter(lambda one: one != index) | st.none())
    if other is not None:
        assert not includes(leaves[index], other, len(leaves), path, top)
        assert not includes(leaves[other], index, len(leaves), path, top)
    assert not includes(leaves[index], index, len(leaves), [*path, top], top)
    assert not includes(leaves[index], index, len(leaves), path[:-1], top) or not path


@given(trees, st.data())
def test_a_beginning_is_proved_and_no_other_tree_passes_for_one(
    leaves: list[bytes], data: st.DataObject
) -> None:
    earlier = data.draw(st.integers(1, len(leaves)))
    before, top = root(leaves[:earlier]), root(leaves)
    path = consistency(leaves, earlier)
    assert path == naive_subproof(earlier, leaves, True)
    assert extends(earlier, before, len(leaves), top, path)
    place = data.draw(st.integers(0, earlier - 1))
    changed = [*leaves[:place], leaf(b"another"), *leaves[place + 1 : earlier]]
    assert not extends(earlier, root(changed), len(leaves), top, path)
    for number, step in enumerate(path):
        broken = [*path[:number], bytes([step[0] ^ 1]) + step[1:], *path[number + 1 :]]
        assert not extends(earlier, before, len(leaves), top, broken)
    assert not extends(earlier, before, len(leaves), top, [*path, top])


@given(trees, st.data())
def test_a_tree_grows_on_from_what_was_kept_of_it(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(leaves)))
    before = Frontier()
    for one in leaves[:size]:
        before.add(one)
    after = Frontier(before.size, before.peaks)
    for one in leaves[size:]:
        after.add(one)
    assert after.root() == root(leaves)


@pytest.mark.parametrize(
    "wrong", [lambda: Frontier(3, [LEAVES[0]]), lambda: inclusion(LEAVES, 70), lambda: consistency(LEAVES, 0)]
)
def test_what_cannot_be_is_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=r"tree|leaf"):
        wrong()
