"""Turns the lines of a sheet into features of what stands around each: prose, likeness, runs of titles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.page.chars import (
    ASK,
    COMMA,
    FUNCTION,
    HAN,
    STOP,
)  # fmt: skip
from detector.page.measures import (
    distance,
    prose_of,
    repeats_of,
    runs_of,
    title_like,
    title_match,
    units_of,
)
from detector.page.sheet import Sheet
from detector.page.table import Table, Windows

_WINDOWS = (1, 2, 4, 8)
_HASHED = 1 << 15  # places of a document's set of bigrams


def add_context(table: Table, sheet: Sheet, windows: Windows) -> None:
    """What stands around a line."""
    prose = prose_of(sheet)
    units = np.minimum(units_of(sheet.counts), 600).astype(np.int64)
    ones = np.ones(sheet.n_lines, dtype=np.int64)
    n_lines = windows.totals(ones)
    above = windows.index - windows.first
    table.add("document_lines", np.minimum(n_lines, 400))
    table.add("from_start", np.minimum(above, 100))
    table.add("from_end", np.minimum(n_lines - 1 - above, 100))
    total = windows.totals(prose)
    before = windows.before(prose)
    table.add("document_prose", np.minimum(total, 5000))
    table.add("prose", prose)
    table.add("prose_before", before / np.maximum(total, 1))
    table.add("prose_before_units", np.minimum(before, 1000))
    table.add("prose_after_units", np.minimum(total - before - prose, 1000))
    for reach in _WINDOWS:
        table.add(f"prose_{reach}", windows.sums(prose, reach, reach) / (2 * reach + 1))
        if reach > 1:
            table.add(f"prose_up_{reach}", windows.sums(prose, reach, -1) / reach)
            table.add(f"prose_down_{reach}", windows.sums(prose, -1, reach) / reach)
    for by in (-2, -1, 1, 2):
        table.add(f"units_{by}", windows.shift(units, by))
        table.add(f"prose_at_{by}", windows.shift(prose, by))
    strong = (prose >= 30).astype(np.int64)
    table.add("since_prose", np.minimum(distance(strong, windows, -1), 60))
    table.add("until_prose", np.minimum(distance(strong, windows, 1), 60))
    same = (sheet.keys[1:] == sheet.keys[:-1]) & (sheet.document[1:] == sheet.document[:-1])
    table.add("repeats", repeats_of(sheet))
    table.add("same_as_next", np.concatenate((same, [False])))
    table.add("title_match", title_match(sheet))
    table.add("cohesion", _cohesion(sheet, prose))
    if sheet.blocks is None:
        blanks = windows.totals(sheet.blank_before.astype(np.int64))
        table.add("blank_before", sheet.blank_before)
        table.add("blank_after", windows.shift(sheet.blank_before.astype(np.int64), 1))
        table.add("blank_share", blanks / n_lines)


def _cohesion(sheet: Sheet, prose: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of a line's character pairs that the running text of its document also holds, 1 for running text."""
    codes = sheet.codes.astype(np.uint32)
    wordy = (sheet.classes[:-1] == HAN) & (sheet.classes[1:] == HAN)
    place = np.flatnonzero(wordy)
    hashed = ((codes[place] * np.uint32(2654435761)) ^ (codes[place + 1] * np.uint32(40503))) >> np.uint32(7) & np.uint32(
        _HASHED - 1
    )
    rows = sheet.line_of[place]
    share = np.ones(sheet.n_lines)
    is_prose = prose >= 30
    result_hits = np.zeros(sheet.n_lines, dtype=np.int64)
    n_documents = len(sheet.starts) - 1
    chunk = 64
    documents = sheet.document[rows]
    bounds = np.searchsorted(documents, np.arange(0, n_documents + chunk, chunk))
    for n in range(len(bounds) - 1):
        part = slice(bounds[n], bounds[n + 1])
        if bounds[n] == bounds[n + 1]:
            continue
        slots = (documents[part] - n * chunk) * _HASHED + hashed[part].astype(np.int64)
        seen = np.zeros(chunk * _HASHED, dtype=np.bool_)
        from_prose = is_prose[rows[part]]
        seen[slots[from_prose]] = True
        result_hits += np.bincount(rows[part][seen[slots]], minlength=sheet.n_lines)
    pairs = np.bincount(rows, minlength=sheet.n_lines)
    share = np.where(pairs > 0, result_hits / np.maximum(pairs, 1), 0.5)
    return np.where(is_prose, 1.0, share)


def add_runs(table: Table, sheet: Sheet) -> None:
    """Runs of lines that could be titles: how long, how alike, how far from the article's words."""
    like = title_like(sheet)
    run, length = runs_of(like, sheet.document)
    place = np.arange(sheet.n_lines, dtype=np.int64)
    table.add("run_length", np.where(like, np.minimum(length[run], 120), 0))
    firsts = np.concatenate((np.zeros(1, np.int64), np.cumsum(length)[:-1]))
    table.add("run_place", np.where(like, np.minimum(place - firsts[run], 60), -1))
    units = np.minimum(units_of(sheet.counts), 600)
    whole = (units * 10).astype(np.int64)
    n_runs = len(length)

    def mean(values: NDArray[np.int64]) -> NDArray[np.float64]:
        sums = np.bincount(run, weights=values, minlength=n_runs)
        return np.where(like, (sums / np.maximum(length, 1))[run], 0.0)

    mean_units = mean(whole) / 10
    table.add("run_units", mean_units)
    spread = mean(np.minimum(np.abs(whole - (mean_units * 10).astype(np.int64)), 1000)) / 10
    table.add("run_spread", spread / np.maximum(mean_units, 1))
    cohesion = (table.get("cohesion") * 1000).astype(np.int64)
    table.add("run_cohesion", mean(cohesion) / 1000)
    numbered = np.fromiter((n is not None for n in sheet.numberings), np.int64, sheet.n_lines)
    table.add("run_numbered", mean(numbered))
    table.add(
        "run_bulleted",
        mean(table.get("starts_bullet").astype(np.int64)),
    )
    table.add("run_asks", mean((sheet.counts[:, ASK] > 0).astype(np.int64)))
    table.add("run_long", mean((units >= 8).astype(np.int64)))
    table.add(
        "run_marks",
        mean(sheet.counts[:, STOP] + sheet.counts[:, COMMA] + sheet.counts[:, ASK]),
    )
    table.add(
        "run_latin",
        mean((table.get("latin_share") * 1000).astype(np.int64)) / 1000,
    )
    function = (sheet.counts[:, FUNCTION] * 1000 // np.maximum(sheet.counts[:, HAN] + sheet.counts[:, FUNCTION], 1)).astype(
        np.int64
    )
    table.add("run_function", mean(function) / 1000)
    if sheet.blocks is None:
        table.add("run_blanks", mean(sheet.blank_before.astype(np.int64)))
