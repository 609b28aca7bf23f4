"""Turns `當(dāng)?shù)叵M(fèi)者` into `當地消費(fèi)者`: a gloss that was put into the middle of a character.

The tool that glossed GBK bytes also found `數` where a trail byte and the lead byte of the next character happen to
spell it (當 is AE 94, 地 is B5 D8, and 94 B5 is 數), and put `(shù)` between the two bytes of 地. What decodes is a lone
lead byte, the reading, and a run shifted by a byte. The reading tells which lead bytes may have been lost.
"""

from __future__ import annotations

import re

import numpy as np

from detector.text.charmodel import codes_of, load_model
from detector.text.edits import Edit
from detector.text.gbk import FIRST_LEAD, FIRST_TRAIL, LAST_LEAD, LAST_TRAIL, load_gbk
from detector.text.gloss import SYLLABLE, load_readings, normal_syllable
from detector.text.shift import MARKERS, Window, close, look_at, wrong_script

MAX_RUN = 200  # characters; a run of GBK without one ASCII byte is seldom longer
_MARK = re.compile(
    rf"(?P<before>[\u3001-\u9fff\uff01-\uff5e])(?P<gloss>[(（]{SYLLABLE}[)）])?"
    rf"(?P<mark>[?\ufffd？][(（]?(?P<syllable>{SYLLABLE})[)）])(?=[^\x00-\x3e\x7f])"
)

# Both bytes of the character stand alone, with the wrong reading behind the first and its own behind the second.
_MARK_AGAIN = re.compile(rf"[?\ufffd？][(（]?(?P<syllable>{SYLLABLE})[)）]")
_REST_OF_GLOSS = re.compile(rf"(?P<syllable>{SYLLABLE})[)）]")


def fix_gloss_shift(text: str) -> list[Edit]:
    """The places where a gloss cut a character in two, restored up to where the bytes fall into step again."""
    if not _MARK_AGAIN.search(text):  # in any text that has a mark; far quicker to look for
        return []
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
    leads = _leads(found["before"], normal_syllable(found["syllable"]))
    again = _MARK_AGAIN.match(text, start)
    if again:
        char = _likeliest(found["before"], _reading(leads, normal_syllable(again["syllable"])), "")
        damaged = text[found.start("mark") : again.end()]
        return Edit(found.start("mark"), damaged, f"{char}({again['syllable']})") if char else None
    window = look_at(codes_of(text[start : start + MAX_RUN]), wrong)
    alone = not window.pairs[0]  # the trail byte is ASCII, so that nothing after it is shifted: `?lì)l` was 頻
    second = int(window.codes[0]) if alone else int(window.pairs[0]) >> 8
    after = window.codes[1:2] if alone else window.shifted[:1]
    if not after.size or not after[0]:
        return None
    head = _likeliest(found["before"], _chars(leads, second), chr(int(after[0])))
    if not head:
        return None
    end, restored = (1, []) if alone else close(window, _end(window))
    tail = "".join(map(chr, restored))
    rest = _REST_OF_GLOSS.match(text, start + end)
    if rest and tail and text[start + end - 1] in MARKERS:  # the bracket of a gloss was taken for a trail byte
        lead = int(window.pairs[end - 2]) & 0xFF if end > 1 else 0
        last = _likeliest(tail[-2:-1] or head, _reading([lead], normal_syllable(rest["syllable"])), "")
        tail = tail[:-1] + (last or tail[-1]) + "("
    return Edit(found.start("mark"), text[found.start("mark") : start + end], head + tail)


def _leads(before: str, syllable: str) -> list[int]:
    """The lead bytes b such that (trail of `before`, b) is a character that `syllable` reads."""
    gbk, readings = load_gbk(), load_readings()
    trail = int(gbk.pair_of[ord(before)]) & 0xFF
    return [
        lead for lead in range(FIRST_LEAD, LAST_LEAD + 1) if readings.reads(chr(int(gbk.char_of[trail << 8 | lead])), syllable)
    ]


def _chars(leads: list[int], second: int) -> list[str]:
    chars = (int(load_gbk().char_of[lead << 8 | second]) for lead in leads)
    return [chr(char) for char in chars if char]


def _reading(leads: list[int], syllable: str) -> list[str]:
    """The characters of these lead bytes that `syllable` reads."""
    chars = load_gbk().char_of.reshape(256, 256)[leads, FIRST_TRAIL : LAST_TRAIL + 1].ravel().tolist()
    readings = load_readings()
    return [chr(char) for char in chars if char and readings.reads(chr(char), syllable)]


def _likeliest(before: str, chars: list[str], after: str) -> str:
    """The likeliest of `chars` between two characters; empty where there is none."""
    if not chars:
        return ""
    model = load_model()
    choices = codes_of("".join(chars))
    costs = model.pair_costs(codes_of(before), choices)
    if after:
        costs = costs + model.pair_costs(choices, codes_of(after))
    return chars[int(costs.argmin())]


def _end(window: Window) -> int:
    """The last d of the run: where reading d up to there and c from there on costs least."""
    stops = np.flatnonzero((window.pairs == 0) | (window.shifted == 0))
    n = int(stops[0]) if stops.size else len(window.codes)
    gains = np.cumsum(window.kept[:n] - window.moved[:n])
    caught = n < len(window.codes) and window.pairs[n] == 0
    if caught and gains[-1] >= gains.max() - 4.0:
        return n - 1
    return int(gains.argmax())
