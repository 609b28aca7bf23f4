"""Turns a run of GBK that lost a byte, and was read one byte off from there on, into the text that it was.

A run of pairs `L1 T1 L2 T2 ...` that lost its first byte reads as `T1 L2`, `T2 L3`, ... up to an ASCII byte. In the
damaged run c[0..n) every restored character is d[i] = (trail of c[i], lead of c[i + 1]); only the head before d[0],
whose byte was lost, and at times the tail after the last d, have to be guessed with the character model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import HANS, HANT, CharModel, Codes, Costs, codes_of, load_model
from detector.text.edits import Edit
from detector.text.gate import CAUGHT_SUM, MAX_STEP, SHIFT_SUM, STRANGE_SUM, UTF8_SUM, load_tables
from detector.text.gbk import FIRST_LEAD, load_gbk
from detector.text.guess import likeliest
from detector.text.lexicon import REACH as WORDS_REACH

MIN_GAIN_NATS = 22.0  # what restoring must save; fitted by bench/repair.py: 0 of 37,000 clean documents touched
CAUGHT_GAIN_NATS = 14.0  # where an ASCII character ends the run as the trail byte that was left over
MIN_MEAN_GAIN_NATS = 2.5  # per character of the run
MAX_MEAN_COST_NATS = 8.5  # per restored character; clean text lies at 4 to 6
MIN_RUN = 2
DROP_NATS = 14.0  # a run has ended where the gain falls so far below its peak
INVALID_NATS = 22.0
WRONG_SCRIPT_NATS = 2.5  # a character that the script of the document does not have
LOST_TRAIL_NATS = 2.0  # that the trail byte was lost, not the lead byte: what is lost is mostly the lead
GUESSED_TAIL_NATS = 3.0
MAX_EXTENSION = 3  # characters that a run may go on after its gain was highest
REACH = 3  # a run may begin so many characters off from where the gain begins
CONTEXT = 8
NEARBY = 4_000  # characters on either side in which words of a run are looked for: a text repeats its words

MARKERS = "?\ufffd？"
# Full-width punctuation that a tool made ASCII without looking where characters begin: `；` is A3 BB.
FULL_WIDTH = {ord(half): full for half, full in zip(",:;?!()", "，：；？！（）", strict=True)}
_MARKER_CODES = frozenset(map(ord, MARKERS))


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


_NO_CODES = np.zeros(0, np.uint16)
_NO_COSTS = np.zeros(0, np.float32)


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


def fix_shift(text: str) -> list[Edit]:
    """The runs of `text` that were read one byte off, restored."""
    codes = codes_of(text)
    edits: list[Edit] = []
    wrong = wrong_script(codes)
    for start, end in shifted_spans(codes):
        window = look_at(codes[start:end], wrong)
        done = 0
        for first, last in runs(window):
            nearby = text[max(0, start + first - NEARBY) : start + last + NEARBY]
            ends = dict.fromkeys((natural_end(window, last), last))
            edit = next(filter(None, (restore(window, first, end, done, nearby) for end in ends)), None)
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
    """Stretches that `gate.scan` found to be too rare for text, disjoint and in order."""
    above = _cusum(load_tables().weights[codes].astype(np.int64))
    pairs = load_gbk().pair_of[codes]
    led, pair = pairs[:-1], pairs[1:]
    utf8 = np.zeros(len(codes), np.bool_)
    utf8[1:] = ((led >= 0xE380) & (led <= 0xE9BF) & (led & 0xC0 == 0x80)) & (
        (pair >= 0x8000) & (pair < 0xC000) & (pair & 0xFF >= 0xE3)
    )
    return _spans(above, (above > STRANGE_SUM) | (utf8 & (above > UTF8_SUM)), 0)


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
    return _spans(above, above > np.where(codes < 0x80, CAUGHT_SUM, SHIFT_SUM), CONTEXT)


def _cusum(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.cumsum(steps, dtype=np.int64)
    return sums - np.minimum(np.minimum.accumulate(sums), 0)


def _spans(above: NDArray[np.int64], passed: NDArray[np.bool_], context: int) -> list[tuple[int, int]]:
    """The stretches of positive `above` in which something has `passed`, with `context` around."""
    edges = np.flatnonzero(np.diff(above > 0, prepend=False, append=False))
    if not edges.size:
        return []
    hits = np.logical_or.reduceat(np.append(passed, False), edges)[::2]
    chosen = edges.reshape(-1, 2)[hits]
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
            if peak >= MIN_GAIN_NATS / 3:
                yield first, last
            total = peak = 0.0
    if peak >= MIN_GAIN_NATS / 3:
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


def restore(window: Window, first: int, last: int, floor: int, nearby: str) -> Edit | None:
    """The edit that restores the run of d[first..last]; None where it would not be sure. Nothing before `floor`."""
    base = max(floor, first - REACH - 3)
    earliest = max(floor, first - REACH)
    ends = np.flatnonzero(window.alone[earliest:last])  # no run goes on past one
    earliest += int(ends[-1]) + 1 if ends.size else 0
    heads = list(_heads(window, earliest, min(last, first + REACH) + 1, floor))
    if not heads:
        return None
    # Compare heads over one stretch: what is kept before a head, and what is moved after its d[at].
    kept = np.concatenate([[0.0], np.cumsum(window.kept[base : last + 1], dtype=np.float64)])
    moved = np.concatenate([[0.0], np.cumsum(window.moved[base : last + 1], dtype=np.float64)])

    def total(head: Head) -> float:
        return float(kept[head.start - base] + head.cost + moved[-1] - moved[head.at + 1 - base])

    head = min(heads, key=total)
    tail = _tail(window, last)
    end = tail.end
    body = window.shifted[head.at : last + 1]
    n_restored = 1 + (head.second > 0) + len(body) + (tail.letter > 0 or tail.choices.size > 0)
    after = total(head) + tail.cost
    gain = float(kept[-1]) + tail.kept - after
    n = end - head.start
    mean = (after - float(kept[head.start - base])) / n_restored
    caught = window.codes[end - 1] < 0x80 and int(window.codes[end - 1]) not in _MARKER_CODES
    if (
        gain < (CAUGHT_GAIN_NATS if caught else MIN_GAIN_NATS)
        or gain < MIN_MEAN_GAIN_NATS * n
        or mean > MAX_MEAN_COST_NATS
        or n < MIN_RUN
    ):
        return None
    following = np.concatenate([body, _NO_CODES if tail.choices.size else window.codes[end:]])
    restored = [*_head_text(window, head, following, nearby), *body.tolist(), *_tail_text(window, last, tail, nearby)]
    return Edit(head.start, _string(window.codes[head.start : end]), "".join(map(chr, restored)))


def _string(codes: Codes) -> str:
    return "".join(map(chr, codes.tolist()))


def _heads(window: Window, first: int, stop: int, floor: int) -> Iterator[Head]:
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
        if start - 1 >= floor and int(before[i]) in _MARKER_CODES:
            left = window.codes[start - 2 : start - 1] if start - 2 >= floor else np.array([10], np.uint16)
            yield Head(start, start - 1, leads[i], _guess_costs(window, left, leads[i : i + 1], after[i : i + 1])[0])
        if start - 2 >= floor and int(before[i]) in FULL_WIDTH and int(window.codes[start - 2]) in _MARKER_CODES:
            yield from _punctuated(window, start, floor)


def _punctuated(window: Window, start: int, floor: int) -> Iterator[Head]:
    """`?;` before the run: a pair was made of the trail of one character and the lead of the next."""
    full = FULL_WIDTH[int(window.codes[start - 1])].encode("gbk")
    second = load_gbk().char_of[[full[1] << 8 | int(window.pairs[start]) >> 8]]
    if not second[0]:
        return
    left = window.codes[start - 3 : start - 2] if start - 3 >= floor else np.array([10], np.uint16)
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


def _head_text(window: Window, head: Head, after: Codes, nearby: str) -> list[int]:
    """The characters before d[head.at]; `after` are those that follow."""
    left = _string(window.codes[max(0, head.start - WORDS_REACH) : head.start])
    known = [head.second] if head.second else []
    right = "".join(map(chr, [*known, *after[:WORDS_REACH].tolist()]))
    return [likeliest(head.choices, head.costs, left, right, nearby), *known]


def close(window: Window, last: int) -> tuple[int, list[int]]:
    """The characters d[0..last] with what ends them, and where in c the run ends."""
    tail = _tail(window, last)
    return tail.end, [*window.shifted[: last + 1].tolist(), *_tail_text(window, last, tail, "")]


def _tail(window: Window, last: int) -> Tail:
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
    if end < len(codes) and int(codes[end]) in _MARKER_CODES:
        end += 1
    if lead < FIRST_LEAD:
        return Tail(at + 1, kept=float(window.kept[at]), letter=lead)
    choices = load_gbk().char_of.reshape(256, 256)[lead, 0x40:0xFF]
    following = codes[end : end + 1] if end < len(codes) else np.array([10], np.uint16)
    costs = _guess_costs(window, window.shifted[last : last + 1], choices[None, :], following)[0]
    return Tail(end, float(window.kept[at : end + 1].sum()), choices=choices, costs=costs)


def _tail_text(window: Window, last: int, tail: Tail, nearby: str) -> list[int]:
    if tail.letter:
        return [tail.letter]
    if not tail.choices.size:
        return []
    left = _string(window.shifted[max(0, last + 1 - WORDS_REACH) : last + 1])
    return [likeliest(tail.choices, tail.costs, left, _string(window.codes[tail.end : tail.end + WORDS_REACH]), nearby)]
