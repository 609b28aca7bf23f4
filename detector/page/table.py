"""Turns columns of figures into a table, and columns into sums over the lines around each line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.page.sheet import Sheet

MAX_COLUMNS = 256


class Table:
    """Named columns of float32, as they are added, next to each other so that none has to be copied to be weighed."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows
        self.names: list[str] = []
        self.place: dict[str, int] = {}
        self._columns = np.empty((MAX_COLUMNS, n_rows), np.float32)  # what is never written takes no memory

    def add(self, name: str, values: NDArray[np.generic]) -> None:
        self._columns[len(self.names)] = values
        self.place[name] = len(self.names)
        self.names.append(name)

    def get(self, name: str) -> NDArray[np.float32]:
        """The column of this name."""
        column: NDArray[np.float32] = self._columns[self.place[name]]
        return column

    def columns(self) -> NDArray[np.float32]:
        """float32[n_features, n_rows], not a copy."""
        return self._columns[: len(self.names)]

    def matrix(self) -> NDArray[np.float32]:
        """float32[n_rows, n_features]."""
        return np.ascontiguousarray(self.columns().T)


class Windows:
    """Sums over neighbouring lines of the same document, exact since they are sums of integers."""

    def __init__(self, sheet: Sheet) -> None:
        index = np.arange(sheet.n_lines, dtype=np.int64)
        self.first = sheet.starts[sheet.document]
        self.last = sheet.starts[sheet.document + 1]
        self.index = index

    def sums(self, values: NDArray[np.int64], before: int, after: int) -> NDArray[np.int64]:
        """The sum over rows `i - before` to `i + after`, cut at the ends of the document."""
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
        low = np.maximum(self.index - before, self.first)
        high = np.minimum(self.index + after + 1, self.last)
        return running[np.maximum(high, low)] - running[low]

    def totals(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sum over the whole document, for each of its rows."""
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
        return running[self.last] - running[self.first]

    def before(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sum over all rows above in the document."""
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
        return running[:-1] - running[self.first]

    def shift(self, values: NDArray[np.int64], by: int) -> NDArray[np.int64]:
        """The value `by` rows further down, 0 outside of the document."""
        place = self.index + by
        inside = (place >= self.first) & (place < self.last)
        return np.where(
            inside,
            values[np.clip(place, 0, len(values) - 1)],
            np.zeros(1, np.int64),
        )
