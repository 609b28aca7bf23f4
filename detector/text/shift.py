"""Turns a run of GBK that lost a byte, and was read one byte off from there on, into the text that it was.

What lies within a run is known (`shiftwindow`); its first character, and at times its last one, are guessed (`shiftends`).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from detector.text.charmodel import codes_of
from detector.text.edits import Edit
from detector.text.guess import CONTEXT, best, reading_cost
from detector.text.shiftends import MARKERS, Head, close, find_heads, find_tail, is_marker, read_tail, text_of
from detector.text.shiftletters import fix_letters
from detector.text.shiftspans import shifted_spans, strange_spans
from detector.text.shiftwindow import WRONG_SCRIPT_NATS, Window, look_at, natural_end, runs, wrong_script

__all__ = [
    "MARKERS",
    "WRONG_SCRIPT_NATS",
    "Window",
    "close",
    "fix_caught_letters",
    "fix_shift",
    "look_at",
    "strange_spans",
    "wrong_script",
]

MIN_GAIN_NATS = 22.0  # what restoring must save; fitted by bench/repair.py: 0 of 37,000 clean documents touched
CAUGHT_GAIN_NATS = 14.0  # where an ASCII character ends the run as the trail byte that was left over
MIN_MEAN_GAIN_NATS = 2.5  # per character of the run
MAX_MEAN_COST_NATS = 8.5  # per restored character; clean text lies at 4 to 6
MIN_RUN = 2
REACH = 3  # a run may begin so many characters off from where the gain begins
NEARBY = 4_000  # characters on either side in which words of a run are looked for: a text repeats its words
CLOSE_NATS = 8.0  # beginnings within so much of the best one are read and compared
MAX_HEADS = 4
AROUND = 4  # characters on either side of two beginnings that are compared


@dataclass(frozen=True, slots=True)
class Place:
    """What stands around a window: `before` and `after` next to it, `nearby` all that may repeat its words."""

    before: str
    after: str
    nearby: str


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
            place = Place(text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT], nearby)
            ends = dict.fromkeys((natural_end(window, last), last))
            edit = next(filter(None, (restore(window, first, end, done, place) for end in ends)), None)
            if edit is not None:
                done = edit.start + len(edit.before)
                edits.append(Edit(edit.start + start, edit.before, edit.after))
    taken = [(edit.start, edit.start + len(edit.before)) for edit in edits]
    letters = (edit for edit in fix_letters(text, wrong, NEARBY) if not _within(edit, taken))
    return sorted([*edits, *letters], key=lambda edit: edit.start)


def fix_caught_letters(text: str) -> list[Edit]:
    """The letters of Traditional text that were characters, with up to three wrong pairs before them; quick to say none."""
    return list(fix_letters(text, wrong_script(codes_of(text)), NEARBY))


def _within(edit: Edit, taken: list[tuple[int, int]]) -> bool:
    """Whether `edit` touches one of the stretches `taken`, disjoint and in order."""
    at = bisect_left(taken, (edit.start + len(edit.before),))
    return at > 0 and taken[at - 1][1] > edit.start


def restore(window: Window, first: int, last: int, floor: int, place: Place) -> Edit | None:
    """The edit that restores the run of d[first..last]; None where it would not be sure. Nothing before `floor`."""
    base = max(floor, first - REACH - 3)
    earliest = max(floor, first - REACH)
    ends = np.flatnonzero(window.alone[earliest:last])  # no run goes on past one
    earliest += int(ends[-1]) + 1 if ends.size else 0
    heads = list(find_heads(window, earliest, min(last, first + REACH) + 1, floor))
    if not heads:
        return None
    # Compare heads over one stretch: what is kept before a head, and what is moved after its d[at].
    kept = np.concatenate([[0.0], np.cumsum(window.kept[base : last + 1], dtype=np.float64)])
    moved = np.concatenate([[0.0], np.cumsum(window.moved[base : last + 1], dtype=np.float64)])

    def total(head: Head) -> float:
        return float(kept[head.start - base] + head.cost + moved[-1] - moved[head.at + 1 - base])

    heads.sort(key=total)
    head = heads[0]
    tail = find_tail(window, last)
    body = window.shifted[head.at : last + 1]
    n_restored = 1 + (head.second > 0) + len(body) + (tail.letter > 0 or tail.choices.size > 0)
    after = total(head) + tail.cost
    gain = float(kept[-1]) + tail.kept - after
    n = tail.end - head.start
    mean = (after - float(kept[head.start - base])) / n_restored
    caught = window.codes[tail.end - 1] < 0x80 and not is_marker(int(window.codes[tail.end - 1]))
    if (
        gain < (CAUGHT_GAIN_NATS if caught else MIN_GAIN_NATS)
        or gain < MIN_MEAN_GAIN_NATS * n
        or mean > MAX_MEAN_COST_NATS
        or n < MIN_RUN
    ):
        return None
    limit = total(head) + CLOSE_NATS
    rivals = [rival for rival in heads[:MAX_HEADS] if total(rival) <= limit]
    rest = text_of(window.codes[tail.end :]) + place.after
    known = "" if tail.choices.size else rest
    start, text = _read(window, rivals, last, known, place)
    before = place.before + text_of(window.codes[:start]) + text
    return Edit(
        start,
        text_of(window.codes[start : tail.end]),
        text + read_tail(window, tail, before[-CONTEXT:], rest[:CONTEXT], place.nearby),
    )


def _read(window: Window, heads: list[Head], last: int, rest: str, place: Place) -> tuple[int, str]:
    """Where the run begins, and its text up to d[last], by the one of `heads` that reads best; `rest` is what follows."""
    from_, to = min(head.start for head in heads) - AROUND, max(head.at for head in heads) + 1 + AROUND
    readings: list[tuple[float, int, int, str]] = []
    for rank, head in enumerate(heads):
        known = (chr(head.second) if head.second else "") + text_of(window.shifted[head.at : last + 1])
        before = (place.before + text_of(window.codes[: head.start]))[-CONTEXT:]
        guess = best(head.choices, head.costs, before, (known + rest)[:CONTEXT], place.nearby, window.wrong)
        text = chr(guess.char) + known
        cost = 0.0
        if len(heads) > 1:
            lead = text_of(window.codes[max(0, from_) : head.start])
            n_after = len(text) - (last + 1 - to)
            cost = reading_cost(lead + (text + rest)[: max(n_after, 1)]) + guess.aside
        readings.append((cost, rank, head.start, text))
    _, _, start, text = min(readings)
    return start, text
