"""Turns the first log-odds of lines into features of their surroundings, for a second look at each line."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from detector.page.measures import prose_of, runs_of, title_like
from detector.page.places import Forest, page_forest
from detector.page.sheet import Sheet
from detector.page.table import Table, Windows

SCALE = 64  # log-odds become whole numbers, so that sums over neighbours are exact in any batch
LIMIT = 8


def surroundings(sheet: Sheet, odds: NDArray[np.float64]) -> tuple[NDArray[np.float32], list[str]]:
    """float32[n_lines, n_features] and their names, all starting with `odds`."""
    table = Table(sheet.n_lines)
    if sheet.n_lines:
        add_surroundings(table, sheet, odds, page_forest(sheet))
    return table.matrix(), table.names


def add_surroundings(table: Table, sheet: Sheet, odds: NDArray[np.float64], forest: Forest | None) -> None:
    """What the first look made of a line and of the lines around it; needs a line."""
    windows = Windows(sheet)
    value = np.rint(np.clip(odds, -LIMIT, LIMIT) * SCALE).astype(np.int64)
    ones = np.ones(sheet.n_lines, dtype=np.int64)
    prose = prose_of(sheet)
    table.add("odds", value / SCALE)
    for by in (-3, -2, -1, 1, 2, 3):
        table.add(f"odds_{by}", windows.shift(value, by) / SCALE)
    for before, after in ((1, 1), (2, 2), (4, 4), (10, 10), (5, -1), (-1, 5)):
        sums = windows.sums(value, before, after)
        table.add(
            f"odds_{before}_{after}",
            sums / np.maximum(windows.sums(ones, before, after), 1) / SCALE,
        )
    _add_whole(table, windows, value, prose, ones)
    _add_groups(table, sheet, value)
    if forest is not None:
        _add_kinds(table, sheet, value, prose, forest)


def _add_whole(
    table: Table,
    windows: Windows,
    value: NDArray[np.int64],
    prose: NDArray[np.int64],
    ones: NDArray[np.int64],
) -> None:
    """How the whole document looks, and where in it the article seems to lie."""
    n_lines = windows.totals(ones)
    kept = (value > 0).astype(np.int64)
    sure = (value > 2 * SCALE).astype(np.int64)
    against = (value < -2 * SCALE).astype(np.int64)
    total = np.maximum(windows.totals(prose), 1)
    table.add("odds_mean", windows.totals(value) / n_lines / SCALE)
    table.add("odds_kept_share", windows.totals(kept) / n_lines)
    table.add("odds_against_share", windows.totals(against) / n_lines)
    table.add("odds_kept_prose", windows.totals(prose * kept) / total)
    table.add("odds_sure_before", np.minimum(windows.before(sure), 30))
    table.add(
        "odds_sure_after",
        np.minimum(windows.totals(sure) - windows.before(sure) - sure, 30),
    )
    table.add("odds_against_before", np.minimum(windows.before(against), 60))
    table.add(
        "odds_against_after",
        np.minimum(windows.totals(against) - windows.before(against) - against, 60),
    )
    table.add("odds_prose_before", windows.before(prose * kept) / total)
    best = np.maximum.reduceat(value, np.unique(windows.first)) if len(value) else value
    table.add("odds_best", best[np.unique(windows.first, return_inverse=True)[1]] / SCALE)
    table.add("odds_core", _core(value, windows))


def _core(value: NDArray[np.int64], windows: Windows) -> NDArray[np.float64]:
    """1 for lines of the run of neighbouring lines with the greatest sum of log-odds, else 0 (Kadane's run)."""
    inside = np.zeros(len(value))
    listed = value.tolist()
    bounds = [*np.unique(windows.first).tolist(), len(value)]
    for start, end in itertools.pairwise(bounds):
        best = total = 0
        best_span = (start, start)
        low = start
        for row in range(start, end):
            if total <= 0:
                total, low = 0, row
            total += listed[row]
            if total > best:
                best, best_span = total, (low, row + 1)
        inside[best_span[0] : best_span[1]] = 1.0
    return inside


def _add_groups(table: Table, sheet: Sheet, value: NDArray[np.int64]) -> None:
    """What the other lines of the same run of titles, or of the same container, look like."""
    like = title_like(sheet)
    run, length = runs_of(like, sheet.document)
    sums = np.bincount(run, weights=value, minlength=len(length))
    table.add("odds_run", np.where(like, (sums / length)[run] / SCALE, 0.0))
    if sheet.blocks is None:
        return
    for name, place in (("container", sheet.blocks.container), ("outer", sheet.blocks.outer)):
        ids = place + sheet.document * 10**7
        unique, inverse = np.unique(ids, return_inverse=True)
        sums = np.bincount(inverse, weights=value, minlength=len(unique))
        table.add(f"odds_{name}", (sums / np.bincount(inverse))[inverse] / SCALE)


def _add_kinds(table: Table, sheet: Sheet, value: NDArray[np.int64], prose: NDArray[np.int64], forest: Forest) -> None:
    """What lines in elements of the same tag and class look like all over the page: a short answer goes with a long one."""
    assert sheet.blocks is not None
    paragraph = np.fromiter((tag in ("p", "div", "td") for tag in sheet.blocks.tags), np.int64, sheet.n_lines)
    kinds = (forest.kind[forest.of_line] * 2 + paragraph) + sheet.document * 10**7
    _, inverse = np.unique(kinds, return_inverse=True)
    mean = np.bincount(inverse, weights=value) / np.bincount(inverse)
    running = np.bincount(inverse, weights=prose)
    weighted = np.bincount(inverse, weights=value * prose) / np.maximum(running, 1)
    table.add("odds_kind", mean[inverse] / SCALE)
    table.add("odds_kind_prose", weighted[inverse] / SCALE)
    table.add("kind_prose", np.minimum(running, 3000)[inverse])
