"""Turns the two ends of a run that was read one byte off into the characters whose bytes were lost there.

Of the first character one byte is known; of the last one, too, where an ASCII byte below 0x40 ended the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from detector.text.charmodel import Codes, Costs, load_model
from detector.text.gbk import FIRST_LEAD, load_gbk
from detector.text.guess import best
from detector.text.shiftwindow import WRONG_SCRIPT_NATS, Window

LOST_TRAIL_NATS = 1.0  # that the trail byte was lost, not the lead byte: what is lost is mostly the lead
GUESSED_TAIL_NATS = 3.0

MARKERS = "?\ufffd？"
# Full-width punctuation that a tool made ASCII without looking where characters begin: `；` is A3 BB.
FULL_WIDTH = {ord(half): full for half, full in zip(",:;?!()", "，：；？！（）", strict=True)}
_MARKER_CODES = frozenset(map(ord, MARKERS))
_NO_CODES = np.zeros(0, np.uint16)
_NO_COSTS = np.zeros(0, np.float32)
_LINE_END = np.array([10], np.uint16)


@dataclass(frozen=True, slots=True)
class Head:
    """What may stand before d[at]: it replaces the text from `start` on.

    `choices` are the readings of the character whose byte was lost, `costs` theirs with what is around; `second` is a
    character between it and d[at] that is known (0: none).
    """

    at: int
    start: int
    choices: Codes
    costs: Costs
    second: int = 0

    @property
    def cost(self) -> float:
        return float(self.costs.min())


@dataclass(frozen=True, slots=True)
class Tail:
    """What follows the last d up to c[end]: nothing, a `letter` that had been swallowed, or one of `choices`.

    `kept` is the cost of what it replaces, `costs` those of the choices with what is around.
    """

    end: int
    kept: float = 0.0
    letter: int = 0
    choices: Codes = field(default_factory=lambda: _NO_CODES)
    costs: Costs = field(default_factory=lambda: _NO_COSTS)

    @property
    def cost(self) -> float:
        return float(self.costs.min()) + GUESSED_TAIL_NATS if self.costs.size else 0.0


def is_marker(code: int) -> bool:
    """Whether a lost byte may have left the character `code`."""
    return code in _MARKER_CODES


def text_of(codes: Codes) -> str:
    """The text that `codes` are the code points of."""
    return "".join(map(chr, codes.tolist()))


def find_heads(window: Window, first: int, stop: int, floor: int) -> Iterator[Head]:
    """The readings of the byte that was lost before each of c[first..stop), of each kind."""
    at = np.arange(first, stop)
    at = at[(window.pairs[at] > 0) & (window.shifted[at] > 0)]
    if not at.size:
        return
    pairs = load_gbk().char_of.reshape(256, 256)
    own = window.pairs[at] >> 8
    leads, trails = pairs[FIRST_LEAD:0xFF, own].T, pairs[own, 0x40:0xFF]
    before = np.where(at > floor, window.codes[at - 1], 10).astype(np.uint16)
    after = window.shifted[at]
    lost_lead = _guess_costs(window, before, leads, after)
    lost_trail = _guess_costs(window, before, trails, after) + LOST_TRAIL_NATS
    for i, start in enumerate(at.tolist()):
        yield Head(start, start, np.concatenate([leads[i], trails[i]]), np.concatenate([lost_lead[i], lost_trail[i]]))
        if start - 1 >= floor and is_marker(int(before[i])):
            left = window.codes[start - 2 : start - 1] if start - 2 >= floor else _LINE_END
            yield Head(start, start - 1, leads[i], _guess_costs(window, left, leads[i : i + 1], after[i : i + 1])[0])
        if start - 2 >= floor and int(before[i]) in FULL_WIDTH and is_marker(int(window.codes[start - 2])):
            yield from _punctuated(window, start, floor)


def _punctuated(window: Window, start: int, floor: int) -> Iterator[Head]:
    """`?;` before the run: a pair was made of the trail of one character and the lead of the next."""
    full = FULL_WIDTH[int(window.codes[start - 1])].encode("gbk")
    second = load_gbk().char_of[[full[1] << 8 | int(window.pairs[start]) >> 8]]
    if not second[0]:
        return
    left = window.codes[start - 3 : start - 2] if start - 3 >= floor else _LINE_END
    choices = load_gbk().char_of.reshape(256, 256)[FIRST_LEAD:0xFF, full[0]]
    costs = _guess_costs(window, left, choices[None, :], second)[0]
    costs = costs + load_model().pair_costs(second, window.shifted[start : start + 1])
    yield Head(start, start - 2, choices, costs, int(second[0]))


def _guess_costs(window: Window, before: Codes, choices: Codes, after: Codes) -> Costs:
    """Cost float32[k, m] of each of `choices` uint16[k, m] (0: none) between before[k] and after[k]."""
    model = load_model()
    costs = model.pair_costs(before[:, None], choices) + model.pair_costs(choices, after[:, None])
    if window.wrong:
        costs = costs + WRONG_SCRIPT_NATS * (model.scripts[choices] == window.wrong)
    impossible = (choices == 0) | (choices == 0x3000)  # a blank fits everywhere and says nothing
    return np.where(impossible, np.float32(np.inf), costs).astype(np.float32)


def close(window: Window, last: int) -> tuple[int, list[int]]:
    """The characters d[0..last] with what ends them, and where in c the run ends."""
    tail = find_tail(window, last)
    body = text_of(window.shifted[: last + 1])
    return tail.end, [*map(ord, body + read_tail(window, tail, body, text_of(window.codes[tail.end :])))]


def find_tail(window: Window, last: int) -> Tail:
    """What ends the run after d[last].

    Either an ASCII byte caught up (nothing is to be guessed), or the trail byte of c[last + 1] has lost its partner.
    """
    codes, pairs = window.codes, window.pairs
    at = last + 1
    if at >= len(codes) or pairs[last] & 0xFF < 0x80:
        return Tail(at)
    if not pairs[at]:  # an ASCII byte that d[last] has taken in
        return Tail(at + 1, kept=float(window.kept[at]))
    end = at + 1
    lead = int(pairs[at]) & 0xFF
    if end < len(codes) and is_marker(int(codes[end])):
        end += 1
    if lead < FIRST_LEAD:
        return Tail(at + 1, kept=float(window.kept[at]), letter=lead)
    choices = load_gbk().char_of.reshape(256, 256)[lead, 0x40:0xFF]
    costs = _guess_costs(window, window.shifted[last : last + 1], choices[None, :], _following(codes, end))[0]
    return Tail(end, float(window.kept[at : end + 1].sum()), choices=choices, costs=costs)


def _following(codes: Codes, at: int) -> Codes:
    """The character at `at`, or behind the blanks there: `约 3 米` and `约3米` are the same to a pair."""
    rest = codes[at : at + 3]
    inked = rest[(rest != 0x20) & (rest != 0x3000)]
    return inked[:1] if inked.size else _LINE_END


def read_tail(window: Window, tail: Tail, left: str, right: str, nearby: str = "") -> str:
    """What stands after the last d, between `left` and `right`."""
    if tail.letter:
        return chr(tail.letter)
    if not tail.choices.size:
        return ""
    return chr(best(tail.choices, tail.costs, left, right, nearby, window.wrong).char)
