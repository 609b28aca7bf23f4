"""Sketches: one definition twice, unbiased, comparable only within a scheme, and readable by datasketch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.dup import fast, sketch
from detector.dup.compare import estimate_jaccard
from detector.dup.interchange import from_datasketch, to_datasketch
from detector.dup.scheme import Scheme
from detector.dup.shingles import shingle_set
from detector.dup.sketch import SketchTable, sketch_batch
from detector.dup.sketch import sketch as sketch_of
from detector.errors import SchemeError, SettingsError
from detector.text.fold import fold, fold_batch

TEXTS = st.text(st.sampled_from("一二三四五六七八九十百千萬万軟体，。Ａa \U00020089😀"), max_size=260)


def random_text(rng: np.random.Generator, n: int) -> str:
    return "".join(map(chr, rng.integers(0x4E00, 0x9000, n)))


def edited(text: str, n: int, rng: np.random.Generator) -> str:
    chars = list(text)
    for place in rng.choice(len(chars), n, replace=False):
        chars[place] = chr(rng.integers(0x4E00, 0x9000))
    return "".join(chars)


def exact_jaccard(a: str, b: str) -> float:
    k = Scheme().shingle_for(min(len(a), len(b)))
    x, y = ({text[i : i + k] for i in range(len(text) - k + 1)} for text in (a, b))
    return len(x & y) / len(x | y)


@given(st.lists(TEXTS, max_size=5), st.sampled_from([Scheme(), Scheme(slots=16), Scheme(shingle=4, short_under=40)]))
@settings(max_examples=60, deadline=None)
def test_kernels_equal_the_numpy_form_bit_for_bit(texts: list[str], scheme: Scheme) -> None:
    codes, offsets = fold_batch(texts)
    n_chars = np.diff(offsets)
    lengths = np.where(n_chars < scheme.short_under, scheme.short_shingle, scheme.shingle)
    plain = sketch.minhash(codes, offsets, scheme, lengths)
    assert np.array_equal(fast.minhash(codes, offsets, scheme, lengths), plain)


@given(st.lists(TEXTS, max_size=5))
@settings(max_examples=40, deadline=None)
def test_batch_sketches_each_text_alone(texts: list[str]) -> None:
    table = sketch_batch(texts)
    assert len(table) == len(texts)
    for i, text in enumerate(texts):
        alone = sketch_of(text)
        assert np.array_equal(table[i].values, alone.values)
        assert (table[i].n_shingles, table[i].exact_digest) == (alone.n_shingles, alone.exact_digest)


def test_tables_join_and_are_made_of_single_sketches() -> None:
    texts = ["第一篇文章讲天气", "第二篇文章讲公园", "第三篇"]
    whole = sketch_batch(texts)
    joined = SketchTable.concatenate([sketch_batch(texts[:1]), sketch_batch(texts[1:])])
    listed = SketchTable.of([whole[i] for i in range(3)], Scheme())
    for table in (joined, listed):
        assert np.array_equal(table.values, whole.values)
        assert np.array_equal(table.digests, whole.digests)
    with pytest.raises(SchemeError):
        SketchTable.of([whole[0]], Scheme(seed=2))


def test_text_without_a_shingle_has_an_exact_digest_only() -> None:
    short = sketch_of("好！")
    assert short.n_shingles == 0
    assert short.exact_digest == sketch_of("好").exact_digest
    assert estimate_jaccard(short, short) == 0.0


@pytest.mark.parametrize("n", [40, 150, 400, 1400])
def test_estimate_is_unbiased_and_within_the_classical_error(n: int) -> None:
    rng = np.random.default_rng(n)
    errors, variances = [], []
    for _ in range(120):
        a = random_text(rng, n)
        b = edited(a, int(rng.integers(1, max(2, n // 12))), rng)
        j = exact_jaccard(a, b)
        errors.append(estimate_jaccard(sketch_of(a), sketch_of(b)) - j)
        variances.append(j * (1 - j) / 128)
    assert abs(np.mean(errors)) < 4 * np.sqrt(np.mean(variances) / 120)
    assert np.mean(np.square(errors)) < 1.4 * np.mean(variances)


def test_comparing_two_schemes_names_both() -> None:
    a, b = sketch_of("今天天气很好", Scheme()), sketch_of("今天天气很好", Scheme(seed=7))
    with pytest.raises(SchemeError, match=f"{a.scheme}.*{b.scheme}"):
        estimate_jaccard(a, b)


@pytest.mark.parametrize("wrong", [{"slots": 100}, {"slots": 1}, {"shingle": 0}, {"short_shingle": 9}, {"short_under": 2}])
def test_impossible_schemes_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(SettingsError):
        Scheme(**wrong)


def test_shingles_are_a_set_of_the_text() -> None:
    codes = fold("甲乙丙甲乙丙甲乙丙")
    assert len(shingle_set(codes, 3, Scheme().multipliers)) == 3
    assert len(shingle_set(codes[:2], 3, Scheme().multipliers)) == 0


class TestDatasketch:
    datasketch = pytest.importorskip("datasketch")

    def pair(self, n: int = 900, edits: int = 12) -> tuple[str, str]:
        rng = np.random.default_rng(5)
        text = random_text(rng, n)
        return text, edited(text, edits, rng)

    def test_sketch_comes_back(self) -> None:
        one = sketch_of(self.pair()[0])
        back = from_datasketch(to_datasketch(one))
        assert back.scheme == one.scheme
        assert np.array_equal(back.values, one.values)
        assert abs(back.n_shingles - one.n_shingles) < 0.4 * one.n_shingles

    def test_its_jaccard_is_ours(self) -> None:
        a, b = map(sketch_of, self.pair())
        assert to_datasketch(a).jaccard(to_datasketch(b)) == estimate_jaccard(a, b)

    def test_estimates_agree_with_its_own_within_theory(self) -> None:
        a, b = self.pair()
        own = []
        for text in (a, b):
            m = self.datasketch.MinHash(num_perm=128)
            m.update_batch([text[i : i + 5].encode() for i in range(len(text) - 4)])
            own.append(m)
        j = exact_jaccard(a, b)
        ours = estimate_jaccard(sketch_of(a), sketch_of(b))
        assert abs(ours - own[0].jaccard(own[1])) < 4 * np.sqrt(2 * j * (1 - j) / 128)

    def test_two_schemes_are_refused_by_both(self) -> None:
        a = sketch_of("今天天气很好我们去公园", Scheme())
        b = sketch_of("今天天气很好我们去公园", Scheme(seed=3))
        with pytest.raises(ValueError, match="seed"):
            to_datasketch(a).jaccard(to_datasketch(b))
        foreign = from_datasketch(self.datasketch.MinHash(num_perm=128))
        assert foreign.n_shingles == 0
        with pytest.raises(SchemeError, match="datasketch"):
            estimate_jaccard(a, foreign)

    def test_containers_find_the_pair(self) -> None:
        a, b = map(sketch_of, self.pair())
        rng = np.random.default_rng(9)
        others = [to_datasketch(sketch_of(random_text(rng, 500))) for _ in range(20)]
        lsh = self.datasketch.MinHashLSH(threshold=0.7, num_perm=128)
        forest = self.datasketch.MinHashLSHForest(num_perm=128)
        ensemble = self.datasketch.MinHashLSHEnsemble(threshold=0.7, num_perm=128, num_part=4)
        lsh.insert("a", to_datasketch(a))
        forest.add("a", to_datasketch(a))
        for i, other in enumerate(others):
            lsh.insert(str(i), other)
            forest.add(str(i), other)
        forest.index()
        ensemble.index([("a", to_datasketch(a), a.n_shingles), *((str(i), m, 496) for i, m in enumerate(others))])
        assert lsh.query(to_datasketch(b)) == ["a"]
        assert "a" in forest.query(to_datasketch(b), 2)
        assert "a" in list(ensemble.query(to_datasketch(b), b.n_shingles))
