"""Turns the character model into how likely a letter between two characters is the trail byte of one that was lost.

A quarter of the characters of Traditional text has an ASCII trail byte in GBK: where the lead byte of such a one is lost,
its letter stands between the characters around it. `解Q問` may be `解決問`, since 決 follows 解 and comes before 問.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import HANS, Codes, load_model
from detector.text.gbk import FIRST_LEAD, load_gbk

FIRST_LETTER, LAST_LETTER = 0x40, 0x7E
MAX_UNIGRAM_NATS = 12.0
# Both pairs that a character makes, in eighths of a nat, for its letter to be looked at: true of one clean document in two
# hundred and of half the letters that damage leaves; 10 nats finds 65 % at twice the cost.
MAX_COST = 8 * 9
_NONE = 0xFF


@dataclass(frozen=True, slots=True)
class LetterTable:
    """`rows` uint16[65536] is the row of a code point in `after` and `before`, both uint8[rows * 64].

    `after[64 * row + letter - 0x40]` is the least cost, in eighths of a nat, of the pair that a character with that trail
    byte makes behind the code point; `before` that of the pair in front of it.
    """

    rows: Codes
    after: NDArray[np.uint8]
    before: NDArray[np.uint8]


@cache
def load_letters() -> LetterTable:
    """The table, made from the character model once."""
    model, table = load_model(), load_gbk().char_of.reshape(256, 256)
    chars = table[FIRST_LEAD:0xFF, FIRST_LETTER : LAST_LETTER + 1]
    codes, letters = chars.ravel(), np.tile(np.arange(chars.shape[1]), len(chars))
    likely = (codes > 0) & (model.scripts[codes] != HANS) & (model.unigram[model.classes[codes]] < MAX_UNIGRAM_NATS)
    n = len(model.unigram)
    letter_of = np.full(n, -1)
    letter_of[model.classes[codes[likely]]] = letters[likely]
    costs = np.minimum(np.rint(8 * model.scores), _NONE).astype(np.uint8)
    first, second = np.divmod(model.keys, n)
    tables = []
    for here, there in ((first, second), (second, first)):
        caught = letter_of[there] >= 0
        least = np.full(n * 64, _NONE, np.uint8)
        np.minimum.at(least, here[caught] * 64 + letter_of[there[caught]], costs[caught])
        tables.append(least)
    return LetterTable(model.classes, *tables)


def fits(before: Codes, letter: Codes, after: Codes) -> NDArray[np.bool_]:
    """Whether a likely character with the trail byte `letter` stands between `before` and `after`, of each of them."""
    table = load_letters()
    column = letter.astype(np.int64) - FIRST_LETTER
    left = table.after.take(table.rows.take(before).astype(np.int64) * 64 + column).astype(np.int64)
    right = table.before.take(table.rows.take(after).astype(np.int64) * 64 + column)
    return np.asarray(left + right < MAX_COST)
