"""A set of literal anchors into an index that finds all of them in a text in one NumPy pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TABLE = 0x30000  # planes 0 to 2; letters above have no variants and stand in no anchor


@dataclass(frozen=True, slots=True)
class AnchorIndex:
    """Anchors grouped by their first two characters.

    `first[c]` is the number of a first character (0: none), `second[c]` that of a second one, and
    `pairs[first * n_second + second]` the number of the group in `groups` (-1: none). Anchors of one character
    stand in `singles` by the number of their first (-1: none).
    """

    first: NDArray[np.uint16]
    second: NDArray[np.uint16]
    pairs: NDArray[np.int32]
    n_second: int
    groups: tuple[tuple[tuple[str, int], ...], ...]  # (anchor, its number), for each pair of first characters
    singles: NDArray[np.int32]

    def find(self, text: str) -> list[tuple[int, int]]:
        """All (start, number of the anchor) in `text`, overlapping ones too, ordered by start."""
        if not text:
            return []
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        codes = np.minimum(codes, TABLE - 1)
        firsts = self.first[codes]
        starts = np.flatnonzero(firsts)
        firsts = firsts[starts]
        single = self.singles[firsts]
        alone = np.flatnonzero(single >= 0)
        found = list(zip(starts[alone].tolist(), single[alone].tolist(), strict=True))
        if len(starts) and starts[-1] == len(codes) - 1:  # no second character
            starts, firsts = starts[:-1], firsts[:-1]
        groups = self.pairs[firsts.astype(np.int32) * self.n_second + self.second[codes[starts + 1]]]
        kept = groups >= 0
        for start, group in zip(starts[kept].tolist(), groups[kept].tolist(), strict=True):
            for anchor, number in self.groups[group]:
                if text.startswith(anchor, start):
                    found.append((start, number))
        found.sort()
        return found


def index_anchors(anchors: Iterable[str]) -> AnchorIndex:
    """The index of distinct, non-empty anchors; an anchor's number is its place in `anchors`."""
    ordered = list(anchors)
    first = np.zeros(TABLE, dtype=np.uint16)
    second = np.zeros(TABLE, dtype=np.uint16)
    for place, char in enumerate(sorted({anchor[0] for anchor in ordered}), 1):
        first[ord(char)] = place
    for place, char in enumerate(sorted({anchor[1] for anchor in ordered if len(anchor) > 1}), 1):
        second[ord(char)] = place
    n_second = int(second.max()) + 1
    pairs = np.full((int(first.max()) + 1) * n_second, -1, dtype=np.int32)
    groups: list[list[tuple[str, int]]] = []
    singles = np.full(int(first.max()) + 1, -1, dtype=np.int32)
    for number, anchor in enumerate(ordered):
        if len(anchor) == 1:
            singles[first[ord(anchor)]] = number
            continue
        key = int(first[ord(anchor[0])]) * n_second + int(second[ord(anchor[1])])
        if pairs[key] < 0:
            pairs[key] = len(groups)
            groups.append([])
        groups[pairs[key]].append((anchor, number))
    return AnchorIndex(first, second, pairs, n_second, tuple(tuple(group) for group in groups), singles)
