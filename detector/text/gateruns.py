"""Turns UTF-16 units into the places where text reads better one byte off, as the loop of `gate` finds them, in NumPy.

A run can begin only at a rare character, and dies out within a step or two almost always. So all places are taken one
step, those that live another one, and the few that are left after some steps are followed one by one in windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.text import gate
from detector.text.gate import GateTables

JOINT_STEPS = 12  # after which a run is followed alone
WINDOW = 64  # units of the first window; each is twice as long as the one before it

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Steps:
    """What happens to the gain at some units: `by` is added, or it `ends`; `bound` is what it must pass.

    At `utf8` the bytes look like UTF-8.
    """

    by: NDArray[np.int16]
    ends: Bools
    bound: Ints
    utf8: Bools


def find_runs(units: NDArray[np.uint16], rare: Ints, tables: GateTables) -> tuple[Ints, Ints]:
    """The places where the gain passes its bound, and those where the bytes look like UTF-8 that the loop looks at.

    `rare` int64[n], sorted, are the units at which a run may begin; the last unit must be a line end.
    """
    places = rare[rare > 0]
    last = units.take(places - 1)
    places = places[(last >= 0x80) & (units.take(places) != last)]
    gains = np.zeros(len(places), np.int64)
    passed, utf8 = [], []
    for step in range(JOINT_STEPS):
        steps = _steps(units, places, tables)
        gains = np.maximum(gains + steps.by, 0)
        passed.append(places[gains > steps.bound])
        utf8.append(places[steps.utf8])
        alive = np.flatnonzero((gains > 0) & ~steps.ends)
        if alive.size:  # of two that live, the one behind has the higher gain where the other began: it says all
            alive = alive[np.diff(places[alive], prepend=-step - 2) > step + 1]
        if not alive.size:
            break
        places, gains = places[alive] + 1, gains[alive]
    else:
        for place, gain in zip(places.tolist(), gains.tolist(), strict=True):
            more = _follow(units, place, gain, tables)
            passed.append(more[0])
            utf8.append(more[1])
    return np.concatenate(passed), np.unique(np.concatenate(utf8))


def _follow(units: NDArray[np.uint16], place: int, gain: int, tables: GateTables) -> tuple[Ints, Ints]:
    """`find_runs` of the run that has come to `place` with `gain`, to its end."""
    passed, utf8 = [], []
    width = WINDOW
    while True:
        window = np.arange(place, min(place + width, len(units)))
        steps = _steps(units, window, tables)
        gains = gain + np.cumsum(steps.by, dtype=np.int64)
        dead = np.flatnonzero((gains <= 0) | steps.ends)
        end = int(dead[0]) + 1 if dead.size else len(window)
        passed.append(window[:end][gains[:end] > steps.bound[:end]])
        utf8.append(window[:end][steps.utf8[:end]])
        if dead.size:
            return np.concatenate(passed), np.concatenate(utf8)
        place, gain, width = place + width, int(gains[-1]), 2 * width


def _steps(units: NDArray[np.uint16], places: Ints, tables: GateTables) -> _Steps:
    unit, last = units.take(places), units.take(places - 1)
    pair = tables.pairs.take(unit)
    half = np.where(pair > 0, pair >> 8, np.where((unit >= 0x40) & (unit < 0x7F), unit, 0))
    moved = tables.pairs[0x10000:].take((tables.pairs.take(last) & 0xFF) << 8 | half)  # none has 0 for its trail byte
    is_pair, same, lost = pair > 0, unit == last, moved == 0
    by = tables.weights.take(unit).astype(np.int16) * is_pair - tables.weights.take(moved)
    np.minimum(by, gate.MAX_STEP, out=by)
    by[same | lost] = 0
    bound = np.where(is_pair, gate.SHIFT_SUM, gate.CAUGHT_SUM)
    bound[same | lost] = 1 << 30
    signs, before = tables.signs.take(tables.classes.take(unit)), tables.signs.take(tables.classes.take(last))
    utf8 = (before & gate._UTF8 != 0) & (signs & gate._GOES_ON != 0) & ~same
    return _Steps(by, (lost | ~is_pair) & ~same, bound, utf8)
