"""Turns the features of lines into the log-odds that each is part of the article."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def body_log_odds(features: NDArray[np.float32], names: Sequence[str], *, pages: bool) -> NDArray[np.float64]:
    """float64[n_lines]"""
    column = {name: features[:, n] for n, name in enumerate(names)}
    score = column["prose"] / 20 + column["prose_2"] / 20 + 2.0 * column["cohesion"] - 1.5
    if pages:
        score = score - 4 * column["link_share"]
    else:
        score = (
            score
            + 1
            - 4 * ((column["run_length"] > 12) & (column["run_numbered"] < 0.3) & (column["run_cohesion"] < 0.3))
        )
    return score.astype(np.float64)
