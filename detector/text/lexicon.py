"""Turns the characters around a lost one into how well each candidate makes words with them: a lattice of words.

The words lie in `lexicon.npz`, built by `tools/build_lexicon.py` from jionlp (Apache-2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import Codes, Costs, load_model

LONGEST = 4  # characters of a word
REACH = 4  # characters on either side that words are made of
UNSEEN_COST = 19.0  # nats: a character that is no word
_PRIMES = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], np.int64)


def word_keys(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Hash below 2**32 of each row of `classes` int64[n, length]; 170,000 words meet by chance once in 25,000 look-ups."""
    mixed = (classes * _PRIMES[: classes.shape[1]]).sum(axis=1)
    mixed = (mixed ^ (mixed >> 15)) * 0x2C1B3C6D
    return np.asarray((mixed ^ (mixed >> 29)) & 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`keys` int64[words], sorted, and `costs` float32[words]: negative log probabilities in nats of words of 2 to 4
    characters; `alone` float32[classes] those of characters as words of one."""

    keys: NDArray[np.int64]
    costs: Costs
    alone: Costs

    def word_costs(self, classes: NDArray[np.int64]) -> Costs:
        """Cost of each row of `classes` int64[n, length] as a word; infinity where it is none."""
        if classes.shape[1] == 1:
            return self.alone[classes[:, 0]]
        wanted = word_keys(classes)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, self.costs[at], np.float32(np.inf)).astype(np.float32)

    def lattice_costs(self, left: Codes, choices: Codes, right: Codes) -> Costs:
        """Cost of the best way to cut `left + choice + right` into words, for each of `choices`; float32[len(choices)].

        Only the nearest REACH characters on either side count.
        """
        classes = load_model().classes
        before = classes[left[-REACH:]].astype(np.int64)
        after = classes[right[:REACH]].astype(np.int64)
        centre = classes[choices].astype(np.int64)
        ahead = self._best_cuts(before)
        behind = self._best_cuts(after, backwards=True)
        best = np.full(len(choices), np.inf, np.float32)
        for n_left in range(min(len(before), LONGEST - 1) + 1):
            for n_right in range(min(len(after), LONGEST - 1 - n_left) + 1):
                word = np.empty((len(choices), n_left + 1 + n_right), np.int64)
                word[:, :n_left] = before[len(before) - n_left :]
                word[:, n_left] = centre
                word[:, n_left + 1 :] = after[:n_right]
                rest = ahead[len(before) - n_left] + behind[len(after) - n_right]
                best = np.minimum(best, self.word_costs(word) + np.float32(rest))
        return best

    def cut_cost(self, text: Codes) -> float:
        """Cost of the best way to cut `text` into words."""
        return self._best_cuts(load_model().classes[text].astype(np.int64))[-1]

    def _best_cuts(self, classes: NDArray[np.int64], backwards: bool = False) -> list[float]:
        """Cost of the best cut of each beginning of `classes`, or of each end if so said, from none to all."""
        n = len(classes)
        words = [
            self.word_costs(np.lib.stride_tricks.sliding_window_view(classes, length)).tolist()
            for length in range(1, min(LONGEST, n) + 1)
        ]
        costs = [0.0]
        for end in range(1, n + 1):
            lengths = range(1, min(LONGEST, end) + 1)
            costs.append(min(costs[end - k] + words[k - 1][n - end if backwards else end - k] for k in lengths))
        return costs


@cache
def load_lexicon() -> Lexicon:
    """The lexicon that is shipped, loaded once."""
    with (files("detector.text") / "lexicon.npz").open("rb") as source:
        data = np.load(source)
        step = np.float32(data["step"])
        gaps = data["gaps"].T.copy().view(np.uint32).ravel()
        return Lexicon(
            keys=np.cumsum(gaps, dtype=np.int64),
            costs=(data["costs"] * step).astype(np.float32),
            alone=(data["alone"] * step).astype(np.float32),
        )
