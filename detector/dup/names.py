"""Turns the ids of all records into names by row, and rows into the order of their ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detector.dup.name_kernels import ascending


class Names:
    """The ids of n rows, side by side in memory."""

    def __init__(self, chunks: Sequence[pa.StringArray]) -> None:
        texts, sizes = [], []
        for chunk in chunks:
            offsets = np.frombuffer(chunk.buffers()[1], dtype=np.int32, count=len(chunk) + 1)
            texts.append(np.frombuffer(chunk.buffers()[2] or b"", dtype=np.uint8)[offsets[0] : offsets[-1]])
            sizes.append(np.diff(offsets))
        self._bytes = np.concatenate([*texts, np.empty(0, dtype=np.uint8)])
        self._ends = np.concatenate(([0], np.cumsum(np.concatenate([*sizes, np.empty(0, dtype=np.int32)]), dtype=np.int64)))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def take(self, rows: NDArray[np.int64]) -> list[str]:
        """The ids of some rows."""
        view = self._bytes.data
        return [
            str(view[start:end], "utf-8")
            for start, end in zip(self._ends[rows].tolist(), self._ends[rows + 1].tolist(), strict=True)
        ]

    def order(self, ties: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
        """Rows sorted by id (bytes of UTF-8), then by the columns of `ties`."""
        n = len(self)
        if ascending(self._bytes, self._ends):
            return np.arange(n)
        import pyarrow.compute as pc  # takes longer to import than most inputs take to be found sorted

        buffers = [None, pa.py_buffer(self._ends), pa.py_buffer(self._bytes)]
        columns = {"id": pa.Array.from_buffers(pa.large_string(), n, buffers)}
        for i, tie in enumerate(ties):
            columns[str(i)] = pa.Array.from_buffers(pa.int64(), n, [None, pa.py_buffer(tie)])
        table = pa.table(columns)
        order: NDArray[np.int64] = pc.sort_indices(table, [(name, "ascending") for name in columns]).to_numpy().astype(np.int64)
        return order

    def repeated(self, order: NDArray[np.int64]) -> int:
        """How many rows have the id of another one before them; `order` is that of `order`."""
        sizes = np.diff(self._ends)[order]
        if ascending(self._bytes, self._ends):
            return 0
        same = np.flatnonzero(sizes[1:] == sizes[:-1])
        before, after = self.take(order[same]), self.take(order[same + 1])
        return sum(a == b for a, b in zip(before, after, strict=True))
