"""Turns the choices of a duplicate search into one checked value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from detector.dup.scheme import Scheme
from detector.errors import SettingsError

Engine = Literal["auto", "numpy", "numba"]


@dataclass(frozen=True, slots=True)
class DuplicateSettings:
    """What counts as a duplicate, and how much is spent on finding it.

    `threshold` is a Jaccard similarity of shingle sets, `containment` the share of the smaller text's shingles that
    the larger one holds; both are computed exactly, and a pair at the limit is in.
    """

    threshold: float = 0.7
    containment: float = 0.9
    min_contained: int = 100  # shingles: a shorter text inside a longer one is a phrase, not an article
    shingle: int = 5
    slots: int = 128
    # Every pair of a bucket of up to this many documents is tried; those of larger ones are compared with leaders, so
    # that a family of 20,000 copies gives 20,000 pairs and not 200,000,000.
    all_pairs: int = 128  # recall at 0.7 on real news is 0.982 with 64 and 1.000 from 128 on
    leaders: int = 8192  # at once; a family of 20,000 copies with up to 10 % edits has 8,000
    engine: Engine = "auto"

    def __post_init__(self) -> None:
        for name, share in (("threshold", self.threshold), ("containment", self.containment)):
            if not 0.3 <= share <= 1.0:
                raise SettingsError(f"{name}={share}: must lie between 0.3 and 1")
        if self.all_pairs < 2 or self.leaders < 1:
            raise SettingsError(f"all_pairs={self.all_pairs}, leaders={self.leaders}: need at least 2 and 1")
        if self.engine not in ("auto", "numpy", "numba"):
            raise SettingsError(f"engine={self.engine!r}: use auto, numpy or numba")

    def scheme(self) -> Scheme:
        """The sketch scheme that these settings need; raises SettingsError for impossible ones."""
        return Scheme(shingle=self.shingle, slots=self.slots)
