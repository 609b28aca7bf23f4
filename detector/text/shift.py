"""Turns a run of GBK that lost a byte, and was read one byte off from there on, into the text that it was.

A run of pairs `L1 T1 L2 T2 ...` that lost its first byte reads as `T1 L2`, `T2 L3`, ... up to an ASCII byte. In the
damaged run c[0..n) every restored character is d[i] = (trail of c[i], lead of c[i + 1]); only the head before d[0],
whose byte was lost, and at times the tail after the last d, have to be guessed with the character model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import HANS, HANT, CharModel, Codes, Costs, codes_of, load_model
from detector.text.edits import Edit
from detector.text.gate import CAUGHT_SUM, MAX_STEP, SHIFT_SUM, UTF8_SUM, load_tables
from detector.text.gbk import FIRST_LEAD, chars_with_lead, chars_with_trail, load_gbk

MIN_GAIN_NATS = 22.0  # what restoring must save; fitted by bench/repair.py: 0 of 37,000 clean documents touched
MIN_MEAN_GAIN_NATS = 2.5  # per character of the run
MAX_MEAN_COST_NATS = 8.5  # per restored character; clean text lies at 4 to 6
MIN_RUN = 3
DROP_NATS = 14.0  # a run has ended where the gain falls so far below its peak
INVALID_NATS = 22.0
WRONG_SCRIPT_NATS = 2.5  # a character that the script of the document does not have
LOST_TRAIL_NATS = 1.5  # that the trail byte was lost, not the lead byte: what is lost is mostly the lead
GUESSED_TAIL_NATS = 3.0
REACH = 3  # a run may begin so many characters off from where the gain begins
CONTEXT = 8

MARKERS = "?\ufffd？"
# Full-width punctuation that a tool made ASCII without looking where characters begin: `；` is A3 BB.
FULL_WIDTH = {ord(half): full for half, full in zip(",:;?!()", "，：；？！（）", strict=True)}
_MARKER_CODES = frozenset(map(ord, MARKERS))


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before d[0]: `text` replaces everything from `start` on; `cost` includes that of d[0] after it."""

    start: int
    text: tuple[int, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text around strange characters, with all that is known of each in arrays of one length.

    `shifted` is d of the module's docstring (0: no such character); `kept` and `moved` are the costs of a character
    and of its shifted one, each after the one before it.
    """

    codes: Codes
    pairs: NDArray[np.uint16]
    shifted: Codes
    kept: Costs
    moved: Costs
    wrong: int  # the script mark that characters here should not have; 0 where that is unknown


def fix_shift(text: str) -> list[Edit]:
    """The runs of `text` that were read one byte off, restored."""
    codes = codes_of(text)
    edits: list[Edit] = []
    wrong = wrong_script(codes)
    for start, end in shifted_spans(codes):
        window = look_at(codes[start:end], wrong)
        done = 0
        for first, last in runs(window):
            edit = restore(window, first, last, done)
            if edit is not None:
                done = edit.start + len(edit.before)
                edits.append(Edit(edit.start + start, edit.before, edit.after))
    return edits


def wrong_script(codes: Codes) -> int:
    """The mark of the script that a document in the other one should not hold."""
    marks = load_model().scripts[codes]
    hant, hans = int(np.count_nonzero(marks == HANT)), int(np.count_nonzero(marks == HANS))
    if hant > 2 * hans:
        return HANS
    return HANT if hans > 2 * hant else 0


def strange_spans(codes: Codes) -> list[tuple[int, int]]:
    """Stretches whose characters are too rare for text, disjoint and in order."""
    return _spans(_cusum(load_tables().weights[codes].astype(np.int64)), UTF8_SUM, 0)


def shifted_spans(codes: Codes) -> list[tuple[int, int]]:
    """Stretches that `gate.scan` found to read better one byte off, with some text around; disjoint and in order."""
    weights = load_tables().weights.astype(np.int32)
    pairs = load_gbk().pair_of[codes]
    catches = (codes >= 0x40) & (codes < 0x7F)
    halves = np.where(pairs > 0, pairs >> 8, np.where(catches, codes, 0))[1:]
    moved = load_gbk().char_of[(pairs[:-1] & 0xFF) << 8 | halves]
    gains = np.zeros(len(codes), np.int64)
    gains[1:] = np.minimum(MAX_STEP, np.where(pairs[1:] > 0, weights[codes[1:]], 0) - weights[moved])
    gains[1:][codes[1:] == codes[:-1]] = 0
    gains[1:][(halves == 0) | (moved == 0) | (codes[:-1] < 0x80)] = -(1 << 20)
    above = _cusum(gains)
    return _spans(above, np.where(codes < 0x80, CAUGHT_SUM, SHIFT_SUM), CONTEXT)


def _cusum(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.cumsum(steps, dtype=np.int64)
    return sums - np.minimum(np.minimum.accumulate(sums), 0)


def _spans(above: NDArray[np.int64], threshold: NDArray[np.int64] | int, context: int) -> list[tuple[int, int]]:
    """The stretches of positive `above` that pass `threshold` somewhere, with `context` around."""
    edges = np.flatnonzero(np.diff(above > 0, prepend=False, append=False))
    if not edges.size:
        return []
    passed = np.append(above > threshold, False)
    chosen = edges.reshape(-1, 2)[np.logical_or.reduceat(passed, edges)[::2]]
    spans: list[tuple[int, int]] = []
    for start, end in chosen.tolist():
        begin, stop = max(0, start - context), min(len(above), end + context)
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((begin, stop))
    return spans


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
    return Window(codes, pairs, shifted, kept, moved, wrong)


def _costs(model: CharModel, codes: Codes, wrong: int) -> Costs:
    costs = model.costs(codes)
    if wrong:
        costs = costs + WRONG_SCRIPT_NATS * (model.scripts[codes] == wrong)
    return costs.astype(np.float32)


def runs(window: Window) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each stretch of d that reads better than c, all d valid; linear in the window."""
    gains = np.where(window.pairs > 0, window.kept - window.moved, -INVALID_NATS).tolist()
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
            if last - first + 1 >= MIN_RUN - 1 and peak >= MIN_GAIN_NATS / 2:
                yield first, last
            total = peak = 0.0
    if peak >= MIN_GAIN_NATS / 2:
        yield first, last


def restore(window: Window, first: int, last: int, floor: int) -> Edit | None:
    """The edit that restores the run of d[first..last]; None where it would not be sure. Nothing before `floor`."""
    heads = [
        head
        for start in range(max(floor, first - REACH), min(last, first + REACH) + 1)
        if window.pairs[start] and window.shifted[start]
        for head in _heads(window, start, floor)
    ]
    if not heads:
        return None
    # Compare heads over one stretch: what is kept before a head, and what is moved after its d[0].
    kept = np.concatenate([[0.0], np.cumsum(window.kept, dtype=np.float64)])
    moved = np.concatenate([[0.0], np.cumsum(window.moved, dtype=np.float64)])
    base = max(floor, first - REACH - 3)

    def total(head: tuple[int, Head]) -> float:
        start, found = head
        return float(kept[found.start] - kept[base] + found.cost + moved[last + 1] - moved[start + 1])

    start, head = min(heads, key=total)
    end, tail, tail_cost, tail_kept = _tail(window, last)
    restored = [*head.text, *window.shifted[start : last + 1].tolist(), *tail]
    before = float(kept[last + 1] - kept[base]) + tail_kept
    after = total((start, head)) + tail_cost
    n = end - head.start
    gain = before - after
    mean = (after - float(kept[head.start] - kept[base])) / max(1, len(restored))
    if gain < MIN_GAIN_NATS or gain < MIN_MEAN_GAIN_NATS * n or mean > MAX_MEAN_COST_NATS or n < MIN_RUN:
        return None
    damaged = "".join(map(chr, window.codes[head.start : end].tolist()))
    return Edit(head.start, damaged, "".join(map(chr, restored)))


def _heads(window: Window, start: int, floor: int) -> Iterator[tuple[int, Head]]:
    """The readings of the byte that was lost before c[start], the best of each kind."""
    codes, pair = window.codes, int(window.pairs[start])
    after = int(window.shifted[start])
    lead, own_lead = chars_with_trail(pair >> 8), chars_with_lead(pair >> 8)
    before = int(codes[start - 1]) if start > floor else 10
    yield start, _best(window, start, before, lead, after, 0.0)
    yield start, _best(window, start, before, own_lead, after, LOST_TRAIL_NATS)
    if start - 1 >= floor and before in _MARKER_CODES:
        left = int(codes[start - 2]) if start - 2 >= floor else 10
        yield start, _best(window, start - 1, left, lead, after, 0.0)
    if start - 2 >= floor and before in FULL_WIDTH and int(codes[start - 2]) in _MARKER_CODES:
        yield from _punctuated(window, start, floor, after)


def _punctuated(window: Window, start: int, floor: int, after: int) -> Iterator[tuple[int, Head]]:
    """`?;` before the run: a pair was made of the trail of one character and the lead of the next."""
    full = FULL_WIDTH[int(window.codes[start - 1])].encode("gbk")
    second = int(load_gbk().char_of[full[1] << 8 | int(window.pairs[start]) >> 8])
    if not second:
        return
    left = int(window.codes[start - 3]) if start - 3 >= floor else 10
    best = _best(window, start - 2, left, chars_with_trail(full[0]), second, 0.0)
    cost = best.cost + float(load_model().pair_costs(*_two(second, after)))
    yield start, Head(best.start, (*best.text, second), cost)


def _two(first: int, second: int) -> tuple[Codes, Codes]:
    return np.array(first, np.uint16), np.array(second, np.uint16)


def _best(window: Window, start: int, before: int, choices: Codes, after: int, extra: float) -> Head:
    """The likeliest of `choices` between two characters."""
    model = load_model()
    left, right = _two(before, after)
    costs = model.pair_costs(left, choices) + model.pair_costs(choices, right)
    if window.wrong:
        costs = costs + WRONG_SCRIPT_NATS * (model.scripts[choices] == window.wrong)
    at = int(costs.argmin())
    return Head(start, (int(choices[at]),), float(costs[at]) + extra)


def close(window: Window, last: int) -> tuple[int, list[int]]:
    """The characters d[0..last] with what ends them, and where in c the run ends."""
    end, tail, _, _ = _tail(window, last)
    return end, [*window.shifted[: last + 1].tolist(), *tail]


def _tail(window: Window, last: int) -> tuple[int, list[int], float, float]:
    """What ends the run after d[last]: where it ends, the guessed characters, their cost, that of what they replace.

    Either an ASCII byte caught up (nothing is to be guessed), or the trail byte of c[last + 1] has lost its partner.
    """
    codes, pairs = window.codes, window.pairs
    at = last + 1
    if at >= len(codes) or pairs[last] & 0xFF < 0x80:
        return at, [], 0.0, 0.0
    if not pairs[at]:  # an ASCII byte that d[last] has taken in
        return at + 1, [], 0.0, float(window.kept[at])
    end = at + 1
    lead = int(pairs[at]) & 0xFF
    if end < len(codes) and int(codes[end]) in _MARKER_CODES:
        end += 1
    following = int(codes[end]) if end < len(codes) else 10
    if lead < FIRST_LEAD:
        return at + 1, [lead], 0.0, float(window.kept[at])
    best = _best(window, at, int(window.shifted[last]), chars_with_lead(lead), following, GUESSED_TAIL_NATS)
    kept = float(window.kept[at : end + 1].sum())
    return end, list(best.text), best.cost, kept
