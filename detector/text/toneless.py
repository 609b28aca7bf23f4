"""Turns `装备(bei)与技术` into `装备与技术`: takes out toneless glosses that a spinner has strewn into a text."""

from __future__ import annotations

import re

from detector.text.edits import Edit
from detector.text.gloss import load_readings

# Two patterns, since each begins with a literal: a text without brackets costs next to nothing.
_GLOSSES = (re.compile(r"\((?P<syllable>[a-z]{1,6})\)"), re.compile(r"（(?P<syllable>[a-z]{1,6})）"))
_HAN = re.compile(r"[\u3400-\u9fff]")

LEAST = 4  # so many in one text; none of 45,000 clean documents of the development sets has two
MIN_VALID_SHARE = 0.8  # of what stands in such brackets behind a character reads it
MAX_GLOSSED_SHARE = 0.5  # of the characters of the text; a lesson glosses nearly all of them


def may_have_toneless_gloss(text: str) -> bool:
    """Whether there is one at all: 0.1 to 1 µs per 1,000 characters."""
    return any(mark in text and pattern.search(text) for mark, pattern in zip("(（", _GLOSSES, strict=True))


def fix_toneless_gloss(text: str) -> list[Edit]:
    """The glosses to take out, if they are many, right, and strewn over a running text; else none.

    >>> [e.before for e in fix_toneless_gloss("本次比(bi)赛共(gong)有三十支(zhi)队伍参加，进入决赛的(de)只有八支")]
    ['(bi)', '(gong)', '(zhi)', '(de)']
    """
    found = [match for pattern in _GLOSSES for match in pattern.finditer(text) if _HAN.match(text, max(match.start() - 1, 0))]
    if len(found) < LEAST:
        return []
    found.sort(key=re.Match.start)
    readings = load_readings()
    valid = [match for match in found if readings.resembles(text[match.start() - 1], match["syllable"])]
    n_han = len(_HAN.findall(text))
    if len(valid) < max(LEAST, MIN_VALID_SHARE * len(found)) or len(valid) > MAX_GLOSSED_SHARE * n_han:
        return []
    return [Edit(match.start(), match[0], "") for match in valid]
