"""Turns `當(dāng)?shù)叵M(fèi)者` into `當地消費(fèi)者`: a gloss that was put into the middle of a character.

The tool that glossed GBK bytes also found `數` where a trail byte and the lead byte of the next character happen to
spell it (當 is AE 94, 地 is B5 D8, and 94 B5 is 數), and put `(shù)` between the two bytes of 地. What decodes is a lone
lead byte, the reading, and a run shifted by a byte. The reading tells which lead bytes may have been lost.
"""

from __future__ import annotations

import re

import numpy as np

from detector.text.charmodel import Codes, codes_of, load_model
from detector.text.edits import Edit
from detector.text.gbk import FIRST_LEAD, LAST_LEAD, load_gbk
from detector.text.gloss import SYLLABLE, load_readings, normal_syllable
from detector.text.shift import Window, close, look_at, wrong_script

MAX_RUN = 200  # characters; a run of GBK without one ASCII byte is seldom longer
_MARK = re.compile(
    rf"(?P<before>[\u3400-\u9fff])(?P<gloss>[(（]{SYLLABLE}[)）])?"
    rf"(?P<mark>[?\ufffd？][(（]?(?P<syllable>{SYLLABLE})[)）])(?=[^\x00-\x3f\x7f])"
)


def fix_gloss_shift(text: str) -> list[Edit]:
    """The places where a gloss cut a character in two, restored up to where the bytes fall into step again."""
    edits: list[Edit] = []
    wrong = -1
    done = 0
    for found in _MARK.finditer(text):
        if found.start("mark") < done:
            continue
        if wrong < 0:
            wrong = wrong_script(codes_of(text))
        edit = _restore(text, found, wrong)
        if edit is not None:
            edits.append(edit)
            done = edit.start + len(edit.before)
    return edits


def _restore(text: str, found: re.Match[str], wrong: int) -> Edit | None:
    start = found.end()
    window = look_at(codes_of(text[start : start + MAX_RUN]), wrong)
    alone = not window.pairs[0]  # the trail byte is ASCII, so that nothing after it is shifted: `?lì)l` was 頻
    second = int(window.codes[0]) if alone else int(window.pairs[0]) >> 8
    heads = _heads(found["before"], normal_syllable(found["syllable"]), second)
    after = window.codes[1:2] if alone else window.shifted[:1]
    if not heads.size or not after.size or not after[0]:
        return None
    model = load_model()
    before = np.array(ord(found["before"]), np.uint16)
    costs = model.pair_costs(before, heads) + model.pair_costs(heads, after)
    head = int(heads[costs.argmin()])
    end, restored = (1, []) if alone else close(window, _end(window))
    damaged = text[found.start("mark") : start + end]
    return Edit(found.start("mark"), damaged, "".join(map(chr, (head, *restored))))


def _heads(before: str, syllable: str, second: int) -> Codes:
    """Characters (b, second) for each b such that (trail of `before`, b) is a character that `syllable` reads."""
    gbk, readings = load_gbk(), load_readings()
    trail = int(gbk.pair_of[ord(before)]) & 0xFF
    chars = []
    for lead in range(FIRST_LEAD, LAST_LEAD + 1):
        spelt, head = chr(int(gbk.char_of[trail << 8 | lead])), int(gbk.char_of[lead << 8 | second])
        if head and readings.reads(spelt, syllable):
            chars.append(head)
    return np.array(chars, np.uint16)


def _end(window: Window) -> int:
    """The last d of the run: where reading d up to there and c from there on costs least."""
    stops = np.flatnonzero((window.pairs == 0) | (window.shifted == 0))
    n = int(stops[0]) if stops.size else len(window.codes)
    gains = np.cumsum(window.kept[:n] - window.moved[:n])
    caught = n < len(window.codes) and window.pairs[n] == 0
    if caught and gains[-1] >= gains.max() - 4.0:
        return n - 1
    return int(gains.argmax())
