"""A stream of items to the few with the smallest keys, and a count of them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """The items of a section that are in the page, and how many the run has; `file` holds the rest."""

    items: tuple[T, ...]
    total: int
    file: str

    @property
    def cut(self) -> bool:
        return len(self.items) < self.total


class Best(Generic[T]):
    """Keeps the `limit` items with the smallest keys; keys must differ, so that file order doesn't matter."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.seen = 0
        self._rows: list[tuple[Any, T]] = []
        self._bar: Any = None  # nothing at or past this key can still be among the best

    def offer(self, key: Any, make: Callable[[], T]) -> None:
        """Count one item; `make` is called only where its key may be among the smallest."""
        self.seen += 1
        if self._bar is not None and key >= self._bar:
            return
        self._rows.append((key, make()))
        if len(self._rows) >= 2 * self.limit:
            self._cut()

    def items(self) -> tuple[T, ...]:
        self._cut()
        return tuple(item for _, item in self._rows)

    def shown(self, file: str) -> Shown[T]:
        return Shown(self.items(), self.seen, file)

    def _cut(self) -> None:
        self._rows.sort(key=lambda row: row[0])
        del self._rows[self.limit :]
        if len(self._rows) == self.limit:
            self._bar = self._rows[-1][0]
