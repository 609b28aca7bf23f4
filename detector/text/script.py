"""Turns a text into the script that it is written in: Simplified, Traditional, both, or neither."""

from __future__ import annotations

import numpy as np

from detector.text.charmodel import HANS, HANT, codes_of, load_model
from detector.types import Script

SAMPLE_CHARS = 20_000  # enough to tell; a longer text is judged by its beginning
MAX_OTHER_SHARE = 0.15  # quotations and names in the other script do not make a text mixed


def script_of(text: str) -> Script:
    """The script of `text`, told by characters that only one of the two scripts has.

    `mixed` where the rarer script has more than 15 % of them, `other` where there is no Han character at all. Text of
    characters that both scripts share counts as `hans`.

    >>> script_of("简体字"), script_of("繁體字"), script_of("plain English")
    ('hans', 'hant', 'other')
    """
    if text.isascii():
        return "other"
    codes = codes_of(text[:SAMPLE_CHARS])
    marks = load_model().scripts[codes]
    hant = int(np.count_nonzero(marks == HANT))
    hans = int(np.count_nonzero(marks == HANS))
    if not hant + hans:
        return "hans" if bool(((codes >= 0x3400) & (codes < 0xA000)).any()) else "other"
    if min(hant, hans) > MAX_OTHER_SHARE * (hant + hans):
        return "mixed"
    return "hant" if hant > hans else "hans"
