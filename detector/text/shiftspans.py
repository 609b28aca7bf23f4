"""Turns code points into the stretches in which `gate.scan` saw signs of another charset or of a byte that was lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import Codes
from detector.text.gate import CAUGHT_SUM, MAX_STEP, SHIFT_SUM, STRANGE_SUM, UTF8_SUM, load_tables
from detector.text.gbk import load_gbk

CONTEXT = 8


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
    rare = np.where(pairs > 0, weights[codes], 0)
    sums = np.cumsum(gains)
    begun = sums + np.maximum.accumulate(np.where(rare > 0, rare - sums, -(1 << 40)))  # a run may begin at a rare one
    above = np.maximum(_cusum(gains), begun)
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
