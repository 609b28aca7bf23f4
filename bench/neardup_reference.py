"""Turns documents with planted copies into the pairs that `neardup.py` measures against: planted, and exact by definition."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
from neardup_corpus import edited, made_texts
from scipy import sparse

from detector.dup.scheme import Scheme
from detector.dup.shingles import shingle_set
from detector.text.fold import fold

SCRIPTS = ("s2t", "s2tw", "s2hk", "s2twp")


def planted(texts: list[str], seed: int = 0) -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
    """Texts by id, and the planted pairs by kind: (copy, original), or (inner, outer) for contained ones."""
    import opencc

    rng = np.random.default_rng(seed)
    converters = {name: opencc.OpenCC(name) for name in SCRIPTS}
    documents = {f"o{i:06d}": text for i, text in enumerate(texts)}
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    chrome = "首页 > 新闻 > 正文 字号：大 中 小 分享到微信 打印本页 ", " 上一篇 下一篇 相关阅读 版权所有 未经许可不得转载"

    def add(kind: str, original: str, text: str, inside: bool = False) -> None:
        name = f"{kind}-{original}"
        documents[name] = text
        pairs[kind].append((original, name) if inside else (name, original))

    for name, text in list(documents.items()):
        roll = int(rng.integers(12))
        if roll < 4:
            codes = np.frombuffer(text.encode("utf-16-le", "replace"), dtype=np.uint16)
            copy = edited(codes, rng.uniform(0.01, 0.4), rng).tobytes().decode("utf-16-le", "ignore")
            add("edited", name, copy)
        elif roll < 8:
            kind = SCRIPTS[roll - 4]
            add(kind, name, converters[kind].convert(text))
        elif roll == 8:
            add("chrome", name, chrome[0] + text + chrome[1])
        elif roll == 9:
            add("cut", name, text[: int(len(text) * rng.uniform(0.5, 0.95))])
        elif roll == 10 and len(text) >= 350:
            other = texts[int(rng.integers(len(texts)))]
            add("spliced", name, text + "\n" + other, inside=True)
        elif roll == 11 and len(text) >= 350:
            other, middle = texts[int(rng.integers(len(texts)))], text[20:]
            add("quoted", name, other[: len(other) // 2] + middle + other[len(other) // 2 :], inside=True)
    return documents, pairs


def exact_pairs(documents: dict[str, str], threshold: float) -> dict[tuple[str, str], float]:
    """Every pair at or above the threshold by its definition, through one sparse matrix product per shingle length."""
    scheme, names = Scheme(), sorted(documents)
    folded = [fold(documents[name]) for name in names]
    lengths = np.array([len(codes) for codes in folded])
    found: dict[tuple[str, str], float] = {}
    for k in (scheme.short_shingle, scheme.shingle):
        short = k == scheme.short_shingle
        rows = np.flatnonzero((lengths >= k) & (lengths < 3 * scheme.short_under if short else lengths >= scheme.short_under))
        sets = [shingle_set(folded[i], k, scheme.multipliers) for i in rows]
        sizes = np.array([len(s) for s in sets], dtype=np.int64)
        columns = np.unique(np.concatenate(sets), return_inverse=True)[1]
        matrix = sparse.csr_matrix((np.ones(len(columns), np.int32), columns, np.concatenate(([0], np.cumsum(sizes)))))
        for start in range(0, len(rows), 500):
            shared = (matrix[start : start + 500] @ matrix.T).tocoo()
            jaccard = shared.data / (sizes[start + shared.row] + sizes[shared.col] - shared.data)
            near = (jaccard >= threshold) & (start + shared.row < shared.col)
            for i, j, value in zip(rows[start + shared.row[near]], rows[shared.col[near]], jaccard[near], strict=True):
                if not short or min(lengths[i], lengths[j]) < scheme.short_under:
                    found[names[i], names[j]] = float(value)
    return found


def made_pairs(n: int, threshold: float) -> tuple[dict[str, str], dict[tuple[str, str], float]]:
    """Made documents by id, and every pair at or above the threshold among an original and its copies.

    Texts of different originals share words only, so these are all pairs.
    """
    scheme, documents, copies = Scheme(), {}, defaultdict(list)
    for number, (text, origin) in enumerate(made_texts(n)):
        documents[name := f"d{number:08d}"] = text
        copies[origin].append(name)
    found: dict[tuple[str, str], float] = {}
    for names in copies.values():
        if len(names) == 1:
            continue
        folded = [fold(documents[name]) for name in names]
        for (a, x), (b, y) in combinations(zip(names, folded, strict=True), 2):
            k = scheme.short_shingle if min(len(x), len(y)) < scheme.short_under else scheme.shingle
            sets = shingle_set(x, k, scheme.multipliers), shingle_set(y, k, scheme.multipliers)
            shared = len(np.intersect1d(*sets, assume_unique=True))
            jaccard = shared / max(1, len(sets[0]) + len(sets[1]) - shared)
            if jaccard >= threshold:
                found[min(a, b), max(a, b)] = jaccard
    return documents, found
