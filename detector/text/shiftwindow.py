"""Turns a stretch of a text into what each character costs as it is and one byte off, and that into runs.

A run of pairs `L1 T1 L2 T2 ...` that lost its first byte reads as `T1 L2`, `T2 L3`, ... up to an ASCII byte. In the
damaged run c[0..n) every restored character is d[i] = (trail of c[i], lead of c[i + 1]).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import HANS, HANT, CharModel, Codes, Costs, load_model
from detector.text.gbk import FIRST_LEAD, load_gbk

DROP_NATS = 14.0  # a run has ended where the gain falls so far below its peak
LEAST_PEAK_NATS = 7.0  # below it no run is looked at
INVALID_NATS = 22.0
WRONG_SCRIPT_NATS = 2.5  # a character that the script of the document does not have
MAX_EXTENSION = 3  # characters that a run may go on after its gain was highest


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text around strange characters, with all that is known of each in arrays of one length.

    `shifted` is d of the module's docstring (0: no such character); `kept` and `moved` are the costs of a character
    and of its shifted one, each after the one before it. `alone` are characters whose trail byte is ASCII, so that a run
    ends within them.
    """

    codes: Codes
    pairs: NDArray[np.uint16]
    shifted: Codes
    kept: Costs
    moved: Costs
    alone: NDArray[np.bool_]
    wrong: int  # the script mark that characters here should not have; 0 where that is unknown


def wrong_script(codes: Codes) -> int:
    """The mark of the script that a document in the other one should not hold."""
    counts = np.bincount(load_model().scripts.take(codes), minlength=3)
    hant, hans = int(counts[HANT]), int(counts[HANS])
    if hant > 2 * hans:
        return HANS
    return HANT if hans > 2 * hant else 0


def look_at(codes: Codes, wrong: int) -> Window:
    """Score `codes` as they are and shifted by a byte."""
    model, gbk = load_model(), load_gbk()
    pairs = gbk.pair_of[codes]
    trails = pairs & 0xFF
    following = np.zeros_like(pairs)
    following[:-1] = pairs[1:] >> 8
    catches = (codes >= 0x40) & (codes < 0x7F)  # an ASCII byte that can be a trail
    following[:-1] = np.where(following[:-1] > 0, following[:-1], np.where(catches[1:], codes[1:], 0))
    shifted = np.where(trails >= FIRST_LEAD, gbk.char_of[trails << 8 | following], 0).astype(np.uint16)
    shifted = np.where(following > 0, shifted, 0).astype(np.uint16)
    alone = (trails >= 0x40) & (trails < 0x7F)
    shifted[alone] = trails[alone]  # the ASCII byte that had been swallowed; here the run ends
    kept = _costs(model, codes, wrong)
    moved = _costs(model, shifted, wrong)
    moved[shifted == 0] = INVALID_NATS
    return Window(codes, pairs, shifted, kept, moved, alone, wrong)


def _costs(model: CharModel, codes: Codes, wrong: int) -> Costs:
    costs = model.costs(codes)
    if wrong:
        costs = costs + WRONG_SCRIPT_NATS * (model.scripts[codes] == wrong)
    return costs.astype(np.float32)


def runs(window: Window) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each stretch of d that reads better than c, all d valid; linear in the window."""
    gains = np.where((window.pairs > 0) & (window.shifted > 0), window.kept - window.moved, -INVALID_NATS).tolist()
    ends = (window.pairs == 0) | ((window.pairs & 0xFF) < 0x80)
    total = peak = 0.0
    first = last = 0
    for i, (gain, end) in enumerate(zip(gains, ends.tolist(), strict=True)):
        if total <= 0:
            total, peak, first = 0.0, 0.0, i
        total += gain
        if total > peak:
            peak, last = total, i
        if peak > 0 and (end or total < peak - DROP_NATS):
            if peak >= LEAST_PEAK_NATS:
                yield first, last
            total = peak = 0.0
    if peak >= LEAST_PEAK_NATS:
        yield first, last


def natural_end(window: Window, last: int) -> int:
    """The last d that can be read if the run goes on until a character that is no pair, where that is near `last`.

    A shift ends nowhere else; where the last characters are rare ones, their cost alone would end it too early.
    """
    for at in range(last, min(last + MAX_EXTENSION, len(window.codes) - 1) + 1):
        if window.alone[at]:
            return at
        if not window.shifted[at]:
            return max(at - 1, last) if window.pairs[at] and (at + 1 == len(window.codes) or not window.pairs[at + 1]) else last
        if at + 1 < len(window.codes) and not window.pairs[at + 1]:
            return at
    return last
