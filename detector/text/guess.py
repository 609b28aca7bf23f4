"""Turns the candidates for a character that was lost into the likeliest one, by what stands around it and nearby.

Weights are those of a conditional logit over 5,300 characters taken out of the development sets, both scripts, of which
half were fitted and half tested, in turn (`bench/repair.py --only guess`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import HANS, HANT, Codes, Costs, codes_of, load_model
from detector.text.gbk import load_gbk
from detector.text.lexicon import REACH, load_lexicon

PLAUSIBLE_NATS = 12.0  # worse than the best pair, nothing makes up for it
MAX_ECHOES = 24  # candidates that are looked for nearby
CONTEXT = 64  # characters on either side that a guess may look at: the other one of two brackets stands in the line
BRACKETS = dict(zip("“‘（《「『〈【〔〖", "”’）》」』〉】〕〗", strict=True))
_OPENERS = {closer: opener for opener, closer in BRACKETS.items()}
# Left and right context that is looked for nearby with the character: (characters before, after).
CONTEXTS = ((1, 1), (0, 1), (1, 0), (0, 2), (2, 0))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign counts for, in nats; those of `echoes` and `count` for the logarithm of 1 + how often it is there."""

    pair: float
    lattice: float
    common: float  # each nat that the character alone is rarer by; pairs and lattice both count how common it is
    letter: float  # a full-width letter or digit
    unlisted: float  # a character that the charset of the script, GB 2312 or Big5, does not have
    matched: float  # a bracket whose other one is there
    unmatched: float
    count: float
    echoes: tuple[float, ...]  # of CONTEXTS


INSIDE = Weights(0.64, 0.53, -0.31, 1.8, 1.7, -1.5, 1.3, 0.47, (0.5, 1.65, 1.75, 1.1, 1.25))
AT_END = Weights(0.84, 0.24, -0.42, 1.0, 0.9, -2.7, 2.1, 0.66, (1.7, 1.0, 1.3, 1.35, 1.5))  # ASCII follows


def likeliest(choices: Codes, costs: Costs, left: str, right: str, nearby: str = "", wrong: int = 0) -> int:
    """The one of `choices` uint16[n] that fits best between `left` and `right`, as a code point.

    `costs` float32[n] are those of the pairs that each makes with its neighbours, in nats, infinity where it can't be
    meant; `nearby` is text of the same document, `wrong` the script (a bit of `CharModel.scripts`) that it is not in.
    """
    return best(choices, costs, left, right, nearby, wrong).char


@dataclass(frozen=True, slots=True)
class Guess:
    """A code point and its cost in nats; `aside` is the part of it that `reading_cost` of the text does not hold."""

    char: int
    aside: float


def reading_cost(text: str) -> float:
    """Cost in nats of `text` by its pairs and words, weighed as those of a guess are."""
    model, codes = load_model(), codes_of(text)
    pairs = float(model.costs(codes)[1:].sum())
    single = float(model.unigram[model.classes[codes]].sum())
    return INSIDE.pair * pairs + INSIDE.lattice * load_lexicon().cut_cost(codes) + INSIDE.common * single


def best(choices: Codes, costs: Costs, left: str, right: str, nearby: str = "", wrong: int = 0) -> Guess:
    """What `likeliest` says, with what it costs aside from pairs and words."""
    weights = INSIDE if right[:1] >= "\x80" else AT_END
    possible = np.flatnonzero(costs <= costs.min() + PLAUSIBLE_NATS)
    chosen = choices[possible]
    model = load_model()
    after = right.lstrip(" \u3000") or "\n"
    ends = codes_of((left[-1:] or "\n") + after[:1])
    plain = weights.pair * (model.pair_costs(ends[:1], chosen) + model.pair_costs(chosen, ends[1:]))
    given = weights.pair * costs[possible]
    costs = given + weights.lattice * load_lexicon().lattice_costs(codes_of(left[-REACH:]), chosen, codes_of(after[:REACH]))
    costs = costs + weights.common * model.unigram[model.classes[chosen]]
    odd = weights.letter * _letters()[chosen]
    if wrong:
        odd = odd + weights.unlisted * ~_listed(HANT if wrong == HANS else HANS)[chosen]
    costs = costs + odd
    order = np.argsort(costs, kind="stable")[:MAX_ECHOES].tolist()
    chars = [chr(int(chosen[i])) for i in order]
    beside = [
        _bracket(char, left, right, weights) - _echo(char, left[-REACH:], right[:REACH], nearby, weights) for char in chars
    ]
    rank = min(range(len(order)), key=lambda rank: float(costs[order[rank]]) + beside[rank])
    return Guess(ord(chars[rank]), float((given - plain + odd)[order[rank]]) + beside[rank])


def _echo(char: str, left: str, right: str, nearby: str, weights: Weights) -> float:
    """How many nats likelier the text nearby makes `char`."""
    n = nearby.count(char)
    if not n:
        return 0.0
    nats = weights.count * math.log1p(n)
    for (n_left, n_right), worth in zip(CONTEXTS, weights.echoes, strict=True):
        if n_left <= len(left) and n_right <= len(right):
            nats += worth * math.log1p(nearby.count(left[len(left) - n_left :] + char + right[:n_right]))
    return nats


def _bracket(char: str, left: str, right: str, weights: Weights) -> float:
    """The cost of an opening or closing bracket by whether its line has the other one."""
    if char in BRACKETS:
        line = right[:CONTEXT].partition("\n")[0]
        closes, opens = line.find(BRACKETS[char]), line.find(char)
        return weights.matched if closes >= 0 and not 0 <= opens < closes else weights.unmatched
    if char in _OPENERS:
        line = left[-CONTEXT:].rpartition("\n")[2]
        return weights.matched if line.rfind(_OPENERS[char]) > line.rfind(char) else weights.unmatched
    return 0.0


@cache
def _letters() -> NDArray[np.bool_]:
    """Full-width letters and digits, by code point."""
    table = np.zeros(0x10000, np.bool_)
    for first, last in ("０９", "ＡＺ", "ａｚ"):
        table[ord(first) : ord(last) + 1] = True
    return table


@cache
def _listed(script: int) -> NDArray[np.bool_]:
    """The characters, by code point, that the charset of `script` has; all that are no Han characters."""
    table = np.ones(0x10000, np.bool_)
    if script == HANS:
        pairs = load_gbk().pair_of[0x3400:0xA000]
        table[0x3400:0xA000] = (pairs >= 0xB0A1) & (pairs < 0xF800) & (pairs & 0xFF >= 0xA1)  # the rows of GB 2312
    else:
        codes = range(0x3400, 0xA000)
        table[0x3400:0xA000] = [bool(chr(code).encode("big5", "ignore")) for code in codes]
    return table
