"""Turns real or made texts into corpora with planted copies of known origin, for `neardup.py`.

python bench/neardup_corpus.py N FILE [FAMILY]     write N made documents, and FAMILY copies of one, as JSON lines
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MEAN_CHARS = 1543
_BLOCK = 2000  # documents made at once
_FIRST, _COMMON = 0x4E00, 3500


def _vocabulary(rng: np.random.Generator, size: int = 60_000) -> NDArray[np.uint16]:
    """uint16[size, 2]: two-character words of common characters."""
    weights = 1.0 / np.arange(3, _COMMON + 3)
    return (_FIRST + rng.choice(_COMMON, (size, 2), p=weights / weights.sum())).astype(np.uint16)


def made_texts(n: int, seed: int = 0) -> Iterator[tuple[str, int]]:
    """Yield n made texts of about 1,543 characters, each with the number of its original.

    Six in ten are originals, words drawn by Zipf's law with punctuation between; the others are copies of an original
    of the same block with 1 to 40 % of their characters replaced, removed or doubled.
    """
    rng = np.random.default_rng(seed)
    words = _vocabulary(rng)
    limit = np.log(len(words))
    number = 0
    while number < n:
        originals: list[NDArray[np.uint16]] = []
        first = number
        for i in range(min(_BLOCK, n - number)):
            if i % 10 < 6:
                count = max(20, int(rng.normal(MEAN_CHARS, 500) / 2.15))
                ranks = np.exp(rng.random(count) * limit).astype(np.int64)  # density 1 / rank
                codes = words[np.minimum(ranks, len(words) - 1)].reshape(-1)
                stops = np.arange(13, len(codes), 14)
                codes = np.insert(codes, stops, np.uint16(0xFF0C))
                originals.append(codes)
                origin = first + len(originals) - 1
            else:
                chosen = int(rng.integers(len(originals)))
                origin, codes = first + chosen, edited(originals[chosen], rng.uniform(0.01, 0.4), rng)
            yield codes.tobytes().decode("utf-16-le"), origin
            number += 1


def edited(codes: NDArray[np.uint16], share: float, rng: np.random.Generator) -> NDArray[np.uint16]:
    """A copy with `share` of its characters replaced, removed or doubled, a third each, in runs of 1 to 8."""
    runs = max(1, int(share * len(codes) / 4.5))
    places = np.sort(rng.integers(0, len(codes), runs))
    repeat = np.ones(len(codes), dtype=np.int64)
    codes = codes.copy()
    for place, length, kind in zip(places, rng.integers(1, 9, runs), rng.integers(0, 3, runs), strict=True):
        part = slice(place, place + length)
        if kind == 0:
            codes[part] = _FIRST + rng.integers(0, _COMMON, len(codes[part]))
        else:
            repeat[part] = 0 if kind == 1 else 2
    return np.repeat(codes, repeat)


def write_corpus(path: Path, n: int, seed: int = 0, family: int = 0) -> None:
    """Write n made documents, and copies of the first with 0.5 to 10 % edits, as JSON lines with `id` and `text`."""
    rng = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8") as file:
        for number, (text, _) in enumerate(made_texts(n, seed)):
            file.write(f'{{"id": "d{number:08d}", "text": "{text}"}}\n')
            if number == 0:
                first = np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16)
        for number in range(family):
            text = edited(first, rng.uniform(0.005, 0.1), rng).tobytes().decode("utf-16-le")
            file.write(f'{{"id": "f{number:08d}", "text": "{text}"}}\n')


def real_texts(folder: Path, sets: tuple[str, ...], limit: int) -> list[str]:
    """Texts of development sets of at least 100 characters, the same number from each set."""
    texts: list[str] = []
    for name in sets:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            found = (text for line in file if len(text := json.loads(line)["text"]) >= 100)
            texts.extend(text for _, text in zip(range(limit // len(sets)), found, strict=False))
    return texts


if __name__ == "__main__":
    write_corpus(Path(sys.argv[2]), int(sys.argv[1]), family=int(sys.argv[3]) if len(sys.argv) > 3 else 0)
