"""Turns a sheet of lines into single figures a line that several steps look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.page.chars import (
    COLON,
    COMMA,
    DIGIT,
    FUNCTION,
    HAN,
    KANA,
    LATIN,
    STOP,
    codes_of,
    line_keys,
    line_offsets,
)  # fmt: skip
from detector.page.sheet import Sheet
from detector.page.table import Windows

LATIN_PER_CJK = 2.8  # Latin characters that say as much as one CJK character


def units_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The length of each line in CJK units."""
    wide = counts[:, HAN] + counts[:, FUNCTION] + counts[:, KANA]
    return wide + (counts[:, LATIN] + counts[:, DIGIT]) / LATIN_PER_CJK


def prose_of(sheet: Sheet) -> NDArray[np.int64]:
    """A whole number a line that grows with how much it reads like running text, 0 for titles and menus."""
    counts = sheet.counts
    marks = counts[:, STOP] + counts[:, COMMA]
    units = units_of(counts)
    linked = link_share(sheet)
    prose = np.where((marks >= 1) & (units >= 12), np.minimum(units, 400), 0)
    return (prose * (1 - linked)).astype(np.int64)


def link_share(sheet: Sheet) -> NDArray[np.float64]:
    """The share of each line's characters that stand in links."""
    share: NDArray[np.float64] = np.minimum(sheet.links / np.maximum(np.diff(sheet.offsets) - 1, 1), 1.0)
    return share


def title_like(sheet: Sheet) -> NDArray[np.bool_]:
    """Lines that could be titles of other pages: of a title's length, without a full stop or colon at the end."""
    units = units_of(sheet.counts)
    end = last_class(sheet)
    marks = sheet.counts[:, STOP] + sheet.counts[:, COMMA]
    short_and_loud = (units <= 30) & (marks <= 1) & ends_loud(sheet)
    like: NDArray[np.bool_] = (units >= 1.5) & (units <= 45) & (marks <= 2) & (end != COLON) & ((end != STOP) | short_and_loud)
    return like


def ends_loud(sheet: Sheet) -> NDArray[np.bool_]:
    """An exclamation mark or dots at the end, which titles may have and sentences of an article less often."""
    code = last_codes(sheet)
    return np.isin(code, np.array([ord(c) for c in "！!…"], dtype=np.uint16))


def last_codes(sheet: Sheet) -> NDArray[np.uint16]:
    """The last code of each line; lines have no space at their end."""
    return sheet.codes[np.maximum(sheet.offsets[1:] - 2, 0)]


def last_class(sheet: Sheet) -> NDArray[np.uint8]:
    return sheet.classes[np.maximum(sheet.offsets[1:] - 2, 0)]


def distance(marked: NDArray[np.int64], windows: Windows, step: int) -> NDArray[np.int64]:
    """Rows to the nearest marked row of the document above (-1) or below (1), a large number where there is none."""
    n = len(marked)
    place = np.arange(n, dtype=np.int64)
    if step < 0:
        nearest = np.maximum.accumulate(np.where(marked > 0, place, -1))
        return np.where(nearest >= windows.first, place - nearest, 10**6)
    nearest = np.minimum.accumulate(np.where(marked > 0, place, 10**12)[::-1])[::-1]
    return np.where(nearest < windows.last, nearest - place, 10**6)


def repeats_of(sheet: Sheet) -> NDArray[np.int64]:
    """How often the line stands in its document, at most 5."""
    with np.errstate(over="ignore"):
        pairs = sheet.keys ^ (sheet.document.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    _, inverse, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    return np.where(sheet.keys == 0, 1, np.minimum(counts[inverse], 5))


def title_match(sheet: Sheet) -> NDArray[np.bool_]:
    """Lines that say the stated title of their document, folded."""
    titles = [" ".join((title or "").split()) for title in sheet.titles]
    if not any(titles):
        return np.zeros(sheet.n_lines, dtype=np.bool_)
    offsets = line_offsets(titles)
    line_of = np.repeat(np.arange(len(titles), dtype=np.int64), np.diff(offsets))
    keys, _ = line_keys(codes_of("\n".join(titles) + "\n"), line_of, len(titles))
    same: NDArray[np.bool_] = (sheet.keys == keys[sheet.document]) & (sheet.keys != 0)
    return same


def runs_of(marked: NDArray[np.bool_], document: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of the run of equal marks that each row lies in, within its document, and the length of each run."""
    if len(marked) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    change = (marked[1:] != marked[:-1]) | (document[1:] != document[:-1])
    run = np.concatenate((np.zeros(1, np.int64), np.cumsum(change)))
    return run, np.bincount(run)
