"""Turns a sheet of lines into the features that the model weighs, a row a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.page.context import add_context, add_runs
from detector.page.places import Forest, add_places, page_forest
from detector.page.sheet import Sheet
from detector.page.table import Table, Windows
from detector.page.tagging import add_markup
from detector.page.wording import add_words


def line_features(sheet: Sheet) -> tuple[NDArray[np.float32], list[str]]:
    """float32[n_lines, n_features] and the names of the features, see `feature_table`."""
    table = feature_table(sheet, page_forest(sheet))
    return table.matrix(), table.names


def feature_table(sheet: Sheet, forest: Forest | None) -> Table:
    """The features of all lines; those of the markup come last and only for pages, which have a forest.

    Every figure is a whole number, a quotient of two, or its logarithm, so that a line's features don't depend on the
    other documents of its batch.
    """
    table = Table(sheet.n_lines)
    if sheet.n_lines == 0:
        return table
    windows = Windows(sheet)
    add_words(table, sheet)
    add_context(table, sheet, windows)
    add_runs(table, sheet)
    if forest is not None:
        add_markup(table, sheet, windows)
        add_places(table, sheet, windows, forest)
    return table
