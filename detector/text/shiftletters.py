"""Turns `解Q問題` and `解?Q問題` into `解決問題`: runs of one or two characters that a letter ends as their last trail byte.

One character in four of Traditional text has an ASCII trail byte in GBK; where the lead byte of such a one is lost, the
letter itself is all that is left, and where that of the character before it is, a wrong pair and the letter. Text holds
letters between Han characters, too (`A股`, `K線`): words must speak for what is restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.text.charmodel import HANS, Codes, Costs, codes_of, load_model
from detector.text.edits import Edit
from detector.text.gate import load_tables
from detector.text.gateletters import FIRST_LETTER, LAST_LETTER, fits
from detector.text.gbk import FIRST_LEAD, load_gbk
from detector.text.guess import CONTEXT, best, reading_cost
from detector.text.lexicon import REACH
from detector.text.shiftends import LOST_TRAIL_NATS, text_of
from detector.text.shiftwindow import WRONG_SCRIPT_NATS

# What a reading must save, in nats. Of 409 letters between Han characters in 3,510 clean documents none saved more than
# 6.4; of 173 that damage had left 123 saved more than 8, and 157 where a question mark stood before them.
MIN_GAIN_NATS = 8.0
MAX_UNIGRAM_NATS = 12.5  # a rarer character is no sign of sense
MARKS = "?\ufffd"
MAX_PAIRS = 3  # wrong pairs before the letter; longer runs show by themselves


@dataclass(frozen=True, slots=True)
class _Reading:
    """What `text[start:end]` may have been, and how many nats that saves."""

    gain: float
    start: int
    text: str


def fix_letters(text: str, wrong: int, reach: int) -> Iterator[Edit]:
    """The letters of `text` that were characters; `reach` characters on either side may repeat its words.

    `wrong` is the script that the text is not in: all but Traditional text is left alone.
    """
    if wrong != HANS:
        return
    for at in _places(codes_of(text)):
        end = at + 1
        readings = [_read(text, start, end, reach, wrong) for start in _starts(text, at)]
        reading = max(filter(None, readings), key=lambda reading: reading.gain, default=None)
        if reading and reading.gain > MIN_GAIN_NATS:
            yield Edit(reading.start, text[reading.start : end], reading.text)


def _places(codes: Codes) -> list[int]:
    """The letters that pass the test of `gate`: a likely character fits there, or a rare one or a mark stands before."""
    at = np.flatnonzero((codes[1:-1] >= FIRST_LETTER) & (codes[1:-1] <= LAST_LETTER) & (codes[2:] > 0x3000)) + 1
    before, letter = codes[at - 1], codes[at]
    weights, gbk = load_tables().weights, load_gbk()
    lost = gbk.char_of[(gbk.pair_of[before] & 0xFF) << 8 | letter]
    rarer = (before > 0x3000) & (lost > 0) & (weights[before] > weights[lost])
    found: list[int] = at[fits(before, letter, codes[at + 1]) | rarer | np.isin(before, [ord(mark) for mark in MARKS])].tolist()
    return found


def _starts(text: str, letter: int) -> Iterator[int]:
    """Where a run that ends with the character at `letter` may begin: with a mark for the lost byte, or without."""
    for start in range(letter, max(letter - MAX_PAIRS - 1, 0), -1):
        if text[start - 1] in MARKS:
            if start > 1 and text[start - 2] >= "\u3001":
                yield start - 1
            return
        if text[start - 1] < "\u3001":
            return
        yield start


def _read(text: str, start: int, end: int, reach: int, wrong: int) -> _Reading | None:
    """The likeliest reading of `text[start:end]`: at times a mark, then pairs, and a letter."""
    damaged = text[start:end]
    marked = damaged[0] in MARKS
    left, right = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    nearby = text[max(0, start - reach) : start] + "\n" + text[end : end + reach]
    lone = len(damaged) == 1
    if lone and (left[-1] + damaged in nearby or damaged + right[0] in nearby):
        return None
    gbk, model = load_gbk(), load_model()
    pairs = gbk.pair_of[codes_of(damaged[marked:-1])]
    following = np.append(pairs[1:] >> 8, ord(damaged[-1]))[: len(pairs)]
    shifted = gbk.char_of[(pairs & 0xFF) << 8 | following]
    if not pairs.all() or (shifted < 0x80).any():
        return None
    known = text_of(shifted)
    if known and float(model.unigram[model.classes[shifted]].max()) > MAX_UNIGRAM_NATS:
        return None
    first = int(pairs[0]) >> 8 if known else ord(damaged[-1])
    choices, costs = _choices(first, left[-1], (known + right)[0], wrong, bool(known and not marked))
    guess = best(choices, costs, left, known + right, nearby, wrong)
    restored = chr(guess.char) + known
    kept = reading_cost(left[-REACH:] + damaged + right[:REACH])
    return _Reading(kept - reading_cost(left[-REACH:] + restored + right[:REACH]) - guess.aside, start, restored)


def _choices(byte: int, left: str, right: str, wrong: int, trails: bool) -> tuple[Codes, Costs]:
    """The characters that end in `byte`, or begin with it where `trails` says so, and the costs of their pairs."""
    table, model = load_gbk().char_of.reshape(256, 256), load_model()
    choices = np.concatenate([table[FIRST_LEAD:0xFF, byte], table[byte, 0x40:0xFF] if trails else table[0, :0]])
    costs = model.pair_costs(codes_of(left), choices) + model.pair_costs(choices, codes_of(right))
    costs = costs + np.float32(WRONG_SCRIPT_NATS) * (model.scripts[choices] == wrong)
    costs[0xFF - FIRST_LEAD :] += np.float32(LOST_TRAIL_NATS)
    costs[(choices == 0) | (choices == 0x3000)] = np.inf
    return choices, costs
