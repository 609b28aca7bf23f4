"""Turns crowds, documents that share large buckets, into pairs that place each of them, through bitmaps of their texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import choose_banding
from detector.dup.crowds import Arrivals, Leaders
from detector.dup.engines import Kernels
from detector.dup.pairs import Corpus, pair_blocks
from detector.dup.settings import DuplicateSettings
from detector.dup.verify import gather

_MAX_ROUNDS = 4  # of leaders: what finds no room among the first ones is compared with itself


@dataclass(frozen=True, slots=True)
class Families:
    """What one search by bands runs over: place i is row `names[i]` of the corpus and has the sketch `values[rows[i]]`."""

    corpus: Corpus
    settings: DuplicateSettings
    kernels: Kernels
    values: NDArray[np.uint16]
    rows: NDArray[np.int64]
    names: NDArray[np.int64]
    length: int  # of a shingle

    def pairs(self, places: NDArray[np.int64], crowds: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of places (leader, member) of each crowd; `places` ascend, `crowds[i]` is the crowd of place i."""
        empty = np.empty(0, dtype=np.int64)
        found = [(empty, empty)]
        for crowd in np.unique(crowds).tolist():
            members = places[crowds == crowd]
            for _ in range(_MAX_ROUNDS):
                members = self._round(members, found)
                if len(members) < 2:
                    break
        return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])

    def _round(self, members: NDArray[np.int64], found: list[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> NDArray[np.int64]:
        """Add the pairs of the members with their leaders; those for whom there was no room."""
        settings, placed = self.settings, []
        leaders = Leaders.of(min(settings.leaders, len(members)), self.values.shape[1])
        banding = choose_banding(settings.threshold, settings.slots)
        for arrivals in self._arrivals(members):
            found.append(self.kernels.attach(arrivals, leaders, banding.likely_agree, settings.threshold))
            placed.append(found[-1][1])
        return np.setdiff1d(members, np.concatenate([*placed, leaders.names[: leaders.count]]), assume_unique=False)

    def _arrivals(self, members: NDArray[np.int64]) -> Iterator[Arrivals]:
        for start, end in pair_blocks(self.corpus.n_chars[self.names[members]]):
            some = members[start:end]
            order = np.argsort(self.names[some])  # texts are read in the order of rows
            texts = gather(self.corpus.folded, self.names[some][order])
            lengths, numbers = np.full(len(some), self.length), np.arange(len(some))
            maps = self.kernels.bitmaps(texts.codes, texts.offsets, lengths, self.corpus.scheme)[np.argsort(order)]
            values = self.values[self.rows[some]].astype(np.uint8)
            yield Arrivals(some, values, maps, self.kernels.unions(maps, numbers, numbers))
