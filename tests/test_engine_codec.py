"""Dataclasses into bytes and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.engine.codec import pack, unpack
from detector.types import Document, Evidence, Hole, Line, Repair

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LINES = st.builds(
    Line,
    st.integers(1, 99),
    st.integers(0, 99),
    st.integers(0, 99),
    st.sampled_from(["body", "title"]),
    st.lists(TEXT, max_size=2).map(tuple),
    st.integers(0, 4),
)
DOCUMENTS = st.builds(
    Document,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.lists(LINES, max_size=3).map(tuple),
    repairs=st.lists(st.builds(Repair, TEXT, st.integers(1, 9), TEXT, TEXT, st.integers(0, 9)), max_size=2).map(tuple),
    holes=st.lists(st.builds(Hole, st.integers(0, 9), st.integers(0, 9), TEXT, st.none() | TEXT), max_size=2).map(tuple),
    hidden=st.lists(TEXT, max_size=2).map(tuple),
    url=st.none() | TEXT,
    extra=st.dictionaries(
        TEXT, st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | TEXT | st.lists(TEXT), max_size=3
    ),
)


@dataclass(frozen=True, slots=True)
class Arrays:
    small: NDArray[np.uint16]
    table: NDArray[np.void]
    facts: Mapping[str, Any] = field(default_factory=dict)


@given(DOCUMENTS)
def test_document_comes_back_equal_and_packs_to_the_same_bytes(document: Document) -> None:
    data = pack(document)
    assert unpack(Document, data) == document
    assert pack(unpack(Document, data)) == data


@given(st.dictionaries(TEXT, st.integers(0, 9), max_size=6))
def test_order_of_a_mapping_does_not_show(facts: dict[str, int]) -> None:
    turned = dict(reversed(facts.items()))
    one, two = (pack(Evidence("r", "k", 1.0, 0, 0, "", f)) for f in (facts, turned))
    assert one == two


@given(st.lists(st.integers(0, 65535), max_size=9), st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1)), max_size=4))
def test_arrays_come_back_with_dtype_and_values(small: list[int], rows: list[tuple[int, float]]) -> None:
    table = np.array(rows, dtype=[("a", "<u4"), ("b", "<f8")])
    made = unpack(Arrays, pack(Arrays(np.array(small, dtype=np.uint16), table)))
    assert made.small.dtype == np.uint16
    assert made.small.tolist() == small
    assert made.table.dtype == table.dtype
    assert made.table.tobytes() == table.tobytes()


def test_numbers_of_numpy_become_plain() -> None:
    assert unpack(dict[str, Any], pack({"a": np.float64(0.5), "b": np.int32(3), "c": np.bool_(True)})) == {
        "a": 0.5,
        "b": 3,
        "c": True,
    }


def test_fractions_keep_every_bit() -> None:
    values = [0.1, 1 / 3, 1e-300, float("inf"), -0.0]
    assert [v.hex() for v in unpack(list[float], pack(values))] == [v.hex() for v in values]


def test_wrong_kind_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        unpack(Document, pack({"id": 3}))
    with pytest.raises(NotImplementedError, match="object"):
        pack(object())
