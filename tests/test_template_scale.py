"""What makes large corpora cheap: orders and components without dictionaries, batches in threads, few candidates a row."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_documents import note

from detector.template import verify
from detector.template.align import columns
from detector.template.bands import MAX_CANDIDATES, candidate_pairs
from detector.template.features import template_row
from detector.template.links import LINKED, TEXT_BASE, profiles, weigh
from detector.template.settle import reached
from detector.template.sorting import distinct_with_counts, ranked

PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-40_000, 40_000), st.integers(0, 1 << 40)), max_size=30))
def test_one_number_sorts_like_three_keys(keys: list[tuple[int, int, int]]) -> None:
    one, strength, other = np.array(keys, dtype=np.int64).reshape(-1, 3).T
    order, rank = ranked(one, strength / 1000, other)
    assert order.tolist() == np.lexsort((other, -strength, one)).tolist()
    assert all(rank[k] == (one[order[:k]] == one[order[k]]).sum() for k in range(len(order)))


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_components_are_those_of_a_search(pairs: list[tuple[int, int]]) -> None:
    groups = [{i} for i in range(31)]
    for a, b in pairs:
        joined = groups[a] | groups[b]
        for i in joined:
            groups[i] = joined
    assert reached(np.array(pairs, dtype=np.int64).reshape(-1, 2), 31).tolist() == [len(group) for group in groups]


def test_distinct_values_are_counted() -> None:
    values, counts = distinct_with_counts(np.array([5, 1, 5, 5, 2]))
    assert (values.tolist(), counts.tolist()) == ([1, 2, 5], [1, 1, 3])


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(1)
    rows = [template_row(note(str(i), "青禾股份", i, [round(draw.uniform(1, 60), 2) for _ in range(5)])) for i in range(60)]
    table = columns(rows)
    shapes = profiles(rows, table)
    pairs = candidate_pairs(table, shapes)
    assert 0 < len(pairs) <= len(rows) * MAX_CANDIDATES
    whole = weigh(table, shapes, pairs)
    monkeypatch.setattr(verify, "MANY_PAIRS", 7)
    links = verify.link_pairs(table, shapes, [pairs[:100], pairs[100:]])
    expected = whole.take(whole.bits >= np.where(whole.textual, TEXT_BASE, LINKED))
    assert links.pairs.tolist() == expected.pairs.tolist()
    assert links.bits.tolist() == expected.bits.tolist()
    bits, textual = verify.bits_above(table, shapes, pairs, -12.0)
    assert bits.tolist() == np.maximum(whole.bits, -12.0).tolist()
    assert textual.tolist() == whole.textual.tolist()
