"""Turn the word counts of jionlp into `detector/text/lexicon.npz`: which words there are, and how common each is.

    pip install --no-deps jionlp==1.5.31
    python tools/build_lexicon.py [--out detector/text/lexicon.npz]

jionlp 1.5.31, Apache-2.0, holds how often each of 196,936 words came in 6.2 G words of text. Kept are the words of 2 to 4
Han characters, as hashes of their classes in the character model, and the characters that are words, as costs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from detector.text.charmodel import codes_of, load_model
from detector.text.lexicon import LONGEST, UNSEEN_COST, word_keys

STEP = 0.25  # nats: one step of the stored bytes
MIN_COUNT = 30  # in 6.2 G words; rarer ones are mostly wrong cuts


def counts() -> Counter[str]:
    spec = importlib.util.find_spec("jionlp")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("jionlp is missing: pip install --no-deps jionlp")
    path = Path(spec.submodule_search_locations[0], "dictionary", "word_distribution.zip")
    lines = zipfile.ZipFile(path).read("word_distribution.json").decode("utf-8").splitlines()
    table: Counter[str] = Counter()
    for line in filter(None, lines):
        word, n = json.loads(line)
        table[word] += n
    return table


def is_han(word: str) -> bool:
    return all("\u3400" <= char <= "\u9fff" for char in word)


def build(out: Path) -> None:
    model, table = load_model(), counts()
    total = sum(table.values())
    single = np.full(len(model.unigram), 0.0)
    words: Counter[int] = Counter()
    for word, n in table.items():
        classes = model.classes[codes_of(word)].astype(np.int64)
        if len(word) == 1:
            single[classes[0]] += n
        elif len(word) <= LONGEST and n >= MIN_COUNT and classes.min() > 1 and is_han(word):
            words[int(word_keys(classes[None, :])[0])] += n
    keys = np.array(sorted(words), np.int64)
    gaps = np.diff(keys, prepend=0).astype(np.uint32)
    costs = [-math.log(words[key] / total) for key in keys.tolist()]
    alone = [min(-math.log(n / total) if n else UNSEEN_COST, UNSEEN_COST) for n in single.tolist()]
    np.savez_compressed(
        out,
        step=np.float32(STEP),
        gaps=gaps.view(np.uint8).reshape(-1, 4).T.copy(),  # byte by byte, which compresses better
        costs=np.clip(np.rint(np.array(costs) / STEP), 0, 255).astype(np.uint8),
        alone=np.clip(np.rint(np.array(alone) / STEP), 0, 255).astype(np.uint8),
    )
    print(f"{out}: {len(keys):,} words, {out.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("detector/text/lexicon.npz"))
    build(parser.parse_args().out)
