"""Compiled comparisons of texts and bitmaps: the bits of the NumPy forms, and estimates within their margin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.dup import bitmaps, containment, fast, verify
from detector.dup.bitmaps import COUNTS, ERRORS, MARGIN
from detector.dup.crowds import Arrivals, Leaders, attach
from detector.dup.scheme import Scheme
from detector.text.fold import fold_batch

TEXTS = st.lists(st.text(st.sampled_from("一二三四五六七八九十百千万"), max_size=260), min_size=2, max_size=6)


def family(n: int, chars: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Codes and offsets of copies of one text with up to a tenth of it replaced."""
    rng = np.random.default_rng(seed)
    base = rng.integers(0x4E00, 0x9000, chars).astype(np.uint16)
    rows = np.repeat(base[None, :], n, axis=0)
    for row in rows:
        places = rng.integers(0, chars, int(rng.uniform(0, 0.1) * chars / 4))
        row[np.minimum(places[:, None] + np.arange(4), chars - 1)] = rng.integers(0x4E00, 0x9000, (len(places), 4))
    return rows.reshape(-1), np.arange(n + 1) * chars


@given(TEXTS, st.sampled_from([Scheme(), Scheme(shingle=6, short_under=40), Scheme(shingle=9, short_shingle=4)]))
@settings(max_examples=60, deadline=None)
def test_kernels_compare_texts_as_numpy_does(texts: list[str], scheme: Scheme) -> None:
    codes, offsets = fold_batch([text * (1 + i % 3) for i, text in enumerate(texts)])  # repeated shingles
    a, b = (side.astype(np.int64) for side in np.triu_indices(len(texts), 1))
    plain, quick = (module.overlaps(codes, offsets, a, b, scheme) for module in (verify, fast))
    for name in ("size_a", "size_b", "shared"):
        assert np.array_equal(getattr(plain, name), getattr(quick, name))
    lengths = np.full(len(texts), scheme.shingle)
    maps = bitmaps.bitmap_batch(codes, offsets, lengths, scheme)
    assert np.array_equal(maps, fast.bitmap_batch(codes, offsets, lengths, scheme))
    assert np.array_equal(bitmaps.count_union(maps, a, b), fast.count_union(maps, a, b))
    for plain_part, quick_part in zip(
        containment.sample_batch(codes, offsets, scheme), fast.sample_batch(codes, offsets, scheme), strict=True
    ):
        assert np.array_equal(plain_part, quick_part)


@pytest.mark.parametrize("chars", [250, 600, 3000])
def test_bitmaps_tell_the_similarity_within_their_margin(chars: int) -> None:
    codes, offsets = family(60, chars)
    a, b = (side.astype(np.int64) for side in np.triu_indices(60, 1))
    maps = fast.bitmap_batch(codes, offsets, np.full(60, 5), Scheme())
    own = fast.count_union(maps, np.arange(60), np.arange(60))
    union = fast.count_union(maps, a, b)
    estimate = (COUNTS[own[a]] + COUNTS[own[b]] - COUNTS[union]) / COUNTS[union]
    error = np.abs(estimate - fast.overlaps(codes, offsets, a, b, Scheme()).jaccard)
    assert (error <= MARGIN * ERRORS[union]).mean() > 0.999
    assert error.max() < 0.03


@pytest.mark.parametrize("limit", [3, 64, 500])
def test_leaders_and_members_are_the_same_on_both_engines(limit: int) -> None:
    codes, offsets = family(300)
    scheme, names = Scheme(), np.arange(300)
    maps = fast.bitmap_batch(codes, offsets, np.full(300, 5), scheme)
    values = fast.minhash(codes, offsets, scheme, np.full(300, 5)).astype(np.uint8)
    arrivals = Arrivals(names, values, maps, fast.count_union(maps, names, names))
    found = []
    for engine in (attach, fast.attach):
        leaders = Leaders.of(limit, scheme.slots)
        a, b = engine(arrivals, leaders, 84, 0.7)
        found.append((sorted(zip(a.tolist(), b.tolist(), strict=True)), leaders.names[: leaders.count].tolist()))
    assert found[0] == found[1]
    pairs, heads = found[0]
    assert all(leader < member and leader in heads for leader, member in pairs)
    assert len(heads) == limit or len({member for _, member in pairs} | set(heads)) == 300
