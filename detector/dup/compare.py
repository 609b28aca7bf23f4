"""Turns two sketches into an estimate of how similar their texts are."""

from __future__ import annotations

import numpy as np

from detector.dup.scheme import require_same
from detector.types import Sketch


def estimate_jaccard(a: Sketch, b: Sketch) -> float:
    """Share of equal slots: unbiased, standard error at most `sqrt(J * (1 - J) / slots)`.

    0.0 where either text is too short for a shingle. A text under `Scheme.short_under` characters is cut into other
    shingles than a longer one, so their sketches share nothing. Raises SchemeError for sketches of two schemes.
    """
    require_same(a.scheme, b.scheme)
    if not a.n_shingles or not b.n_shingles:
        return 0.0
    return float(np.mean(a.values == b.values))
