"""Turns strings of one frame into the frame with slots, and the value that each string puts in each slot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from detector.template.masking import NUMBERS

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
    common = split[0] if split else []
    for tokens in split[1:]:
        common = _common(common, tokens)
    common = _without_chance(common, split)
    values = [_fill(common, tokens) for tokens in split]
    kept = [any(value[i] for value in values) for i in range(len(common) + 1)]
    tokens: list[str] = []
    for i, token in enumerate(common):
        tokens += [SLOT, token] if kept[i] else [token]
    if kept[-1]:
        tokens.append(SLOT)
    return Frame(
        tuple(tokens), tuple(tuple(v for v, keep in zip(value, kept, strict=True) if keep) for value in values)
    )


def _common(a: list[str], b: list[str]) -> list[str]:
    if a == b:
        return a
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return [token for block in blocks for token in a[block.a : block.a + block.size]]


def _without_chance(common: list[str], split: Sequence[list[str]]) -> list[str]:
    """Drop runs of fixed tokens under MIN_LITERAL characters that stand between two slots."""
    if not common:
        return common
    starts = {0}
    ends = {len(common)}
    for tokens in split:
        values = _fill(common, tokens)
        for i, value in enumerate(values):
            if value:
                starts.add(i)
                ends.add(i)
    cuts = sorted(starts | ends)
    kept: list[str] = []
    for begin, end in zip(cuts, cuts[1:], strict=False):
        run = common[begin:end]
        inner = begin > 0 and end < len(common)
        if not inner or len("".join(run)) >= MIN_LITERAL or any(map(_NAMED.fullmatch, run)):
            kept += run
    return kept


def _fill(common: list[str], tokens: list[str]) -> list[str]:
    """What stands before each common token, and after the last: `len(common) + 1` values."""
    values = [""] * (len(common) + 1)
    at = 0
    for i, token in enumerate(common):
        try:
            found = tokens.index(token, at)
        except ValueError:
            continue
        values[i] = "".join(tokens[at:found])
        at = found + 1
    values[-1] = "".join(tokens[at:])
    return values
