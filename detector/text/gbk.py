"""Turns characters into their two bytes of GBK and back, with the user-defined rows that private use stands for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

FIRST_LEAD, LAST_LEAD = 0x81, 0xFE  # the 126 lead bytes
FIRST_TRAIL, LAST_TRAIL = 0x40, 0xFE


@dataclass(frozen=True, slots=True)
class GbkTable:
    """`pair_of` uint16[65536]: the pair `lead << 8 | trail` of a code point, 0 where GBK has no pair for it;
    `char_of` uint16[65536]: the code point of a pair, 0 where there is none."""

    pair_of: NDArray[np.uint16]
    char_of: NDArray[np.uint16]


@cache
def load_gbk() -> GbkTable:
    """The tables, from Python's GB18030 codec, which maps the user-defined rows to private use as browsers do."""
    pair_of = np.zeros(0x10000, np.uint16)
    char_of = np.zeros(0x10000, np.uint16)
    for lead in range(FIRST_LEAD, LAST_LEAD + 1):
        for trail in range(FIRST_TRAIL, LAST_TRAIL + 1):
            if trail == 0x7F:
                continue
            char = bytes((lead, trail)).decode("gb18030", "ignore")
            if len(char) == 1 and ord(char) < 0x10000:
                pair = lead << 8 | trail
                pair_of[ord(char)] = pair
                char_of[pair] = ord(char)
    return GbkTable(pair_of, char_of)
