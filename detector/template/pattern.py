"""Turns strings of one frame into the frame with slots, and the value that each string puts in each slot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from detector.template.masking import NUMBERS
from detector.text.fold import fold_chars

SLOT: Final = "\ue000"  # a slot of a frame; private use, so no text holds it
_TOKEN = re.compile(rf"〔\d+〕|{NUMBERS.pattern}|[a-z0-9]+|.", re.VERBOSE | re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"〔\d+〕")
MIN_LITERAL: Final = 2  # shorter common runs between two slots are chance


@dataclass(frozen=True, slots=True)
class Frame:
    """Literal tokens with `SLOT` between them, and `values[i]`: what string i puts in each slot, in order."""

    tokens: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @property
    def literals(self) -> int:
        """Characters that are fixed."""
        return sum(len(token) for token in self.tokens if token != SLOT)


def tokenize(text: str) -> list[str]:
    """Numbers, Latin words and named slots whole, all else by the character."""
    return _TOKEN.findall(text)


def frame_of(texts: Sequence[str]) -> Frame:
    """The frame that all `texts` fill; numbers are slots wherever they vary.

    >>> frame = frame_of(["今日收盘报12.5元,上涨", "今日收盘报3元,下跌"])
    >>> "".join(frame.tokens).replace(SLOT, "_"), frame.values
    ('今日收盘报_元,_', (('12.5', '上涨'), ('3', '下跌')))
    """
    split = [tokenize(text) for text in texts]
    folded = [_folded(tokens) for tokens in split]
    return _frame(folded, split)


def _folded(tokens: list[str]) -> list[str]:
    return [fold_chars(token) for token in tokens]


def _frame(split: list[list[str]], shown: list[list[str]]) -> Frame:
    """The frame of folded tokens, in the words of the first text."""
    common = split[0] if split else []
    for tokens in split[1:]:
        common = _common(common, tokens)
    common = _without_chance(common, split)
    values = [_fill(common, tokens, written) for tokens, written in zip(split, shown, strict=True)]
    words = _written(common, split[0], shown[0]) if split else []
    kept = [any(value[i] for value in values) for i in range(len(common) + 1)]
    line: list[str] = []
    for i, word in enumerate(words):
        line += [SLOT, word] if kept[i] else [word]
    if kept[-1]:
        line.append(SLOT)
    filled = tuple(tuple(v for v, keep in zip(value, kept, strict=True) if keep) for value in values)
    return Frame(tuple(line), filled)


def _common(a: list[str], b: list[str]) -> list[str]:
    if a == b:
        return a
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return [token for block in blocks for token in a[block.a : block.a + block.size]]


def _without_chance(common: list[str], split: Sequence[list[str]]) -> list[str]:
    """Drop runs of fixed tokens under MIN_LITERAL characters that stand between two slots."""
    slots = {i for tokens in split for i, value in enumerate(_fill(common, tokens, tokens)) if value}
    cuts = sorted(slots | {0, len(common)})
    kept: list[str] = []
    for begin, end in pairwise(cuts):
        run = common[begin:end]
        enclosed = begin in slots and end in slots
        if not enclosed or len("".join(run)) >= MIN_LITERAL or any(map(_NAMED.fullmatch, run)):
            kept += run
    return kept


def _written(common: list[str], tokens: list[str], shown: list[str]) -> list[str]:
    """The common tokens as one text writes them."""
    words, at = [], 0
    for token in common:
        at = tokens.index(token, at)
        words.append(shown[at])
        at += 1
    return words


def _fill(common: list[str], tokens: list[str], shown: list[str]) -> list[str]:
    """What stands before each common token, and after the last, as written: `len(common) + 1` values."""
    values = [""] * (len(common) + 1)
    at = 0
    for i, token in enumerate(common):
        try:
            found = tokens.index(token, at)
        except ValueError:
            continue
        values[i] = "".join(shown[at:found])
        at = found + 1
    values[-1] = "".join(shown[at:])
    return values
