"""Turns the features of lines into the log-odds that each is part of the article, with boosted oblivious trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

LOUD_ROWS = 4096  # lines that are looked at in one go, to bound the memory
MODEL_FILE = "line_model.npz"  # made by tools/fit_lines.py, see docs/lines.md


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted oblivious trees: every level of a tree asks one question of all lines, so a tree is `depth` comparisons.

    `feature` and `border` are [n_trees, depth]; `leaves` is [n_trees, 2**depth], bit d of a leaf's number being set
    where the feature of level d lies above its border. `pull` is a rough linear weight of each feature, to name the
    ones that spoke most, and `mean` what it is weighed against.
    """

    names: tuple[str, ...]
    feature: NDArray[np.int16]
    border: NDArray[np.float32]
    leaves: NDArray[np.float64]
    bias: float
    mean: NDArray[np.float32]
    pull: NDArray[np.float32]

    def log_odds(self, columns: NDArray[np.float32], place: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """float64[n_lines] from float32[n_features, n_lines]; each line alone decides on its figure.

        `place` says which column holds each of `names`; without it they stand in that order.
        """
        total = np.full(columns.shape[1], self.bias)
        index = np.empty(columns.shape[1], dtype=np.int64)
        features = self.feature if place is None else place[self.feature]
        for feature, border, leaves in zip(features, self.border, self.leaves, strict=True):
            index.fill(0)
            for level in range(len(feature)):
                index |= (columns[feature[level]] > border[level]).astype(np.int64) << level
            total += leaves.take(index)
        return total


@dataclass(frozen=True, slots=True)
class TwoLooks:
    """Trees that see each line with its features, then trees that also see what the first made of its surroundings."""

    first: Trees
    second: Trees


@dataclass(frozen=True, slots=True)
class LineModel:
    """The trees for lines of pages and for lines of plain texts."""

    pages: TwoLooks
    texts: TwoLooks

    def looks(self, *, pages: bool) -> TwoLooks:
        return self.pages if pages else self.texts


def arranged(features: NDArray[np.float32], names: Sequence[str], trees: Trees) -> NDArray[np.float32]:
    """float32[n_features, n_lines] in the order of the trees' names."""
    return np.ascontiguousarray(features.T[places({name: number for number, name in enumerate(names)}, trees)])


def places(place: Mapping[str, int], trees: Trees) -> NDArray[np.int64]:
    """int64[n_features]: where each feature of the trees stands."""
    missing = [name for name in trees.names if name not in place]
    if missing:
        raise ValueError(f"{MODEL_FILE} was fitted on other features ({', '.join(missing[:5])}): run tools/fit_lines.py again")
    return np.array([place[name] for name in trees.names], dtype=np.int64)


def loudest(columns: NDArray[np.float32], place: NDArray[np.int64], rows: NDArray[np.int64], trees: Trees) -> NDArray[np.int64]:
    """Of each of `rows`, the number of the feature that spoke most against its being part of the article."""
    found = [np.empty(0, np.int64)]
    for start in range(0, len(rows), LOUD_ROWS):
        some = columns[place[:, None], rows[start : start + LOUD_ROWS]]
        found.append(((some - trees.mean[:, None]) * trees.pull[:, None]).argmin(axis=0))
    return np.concatenate(found)


@cache
def shipped_model() -> LineModel:
    """The model that is shipped with the program."""
    with np.load(BytesIO((files(__package__) / MODEL_FILE).read_bytes())) as arrays:
        pages, texts = (
            TwoLooks(_trees(f"{kind}_first", arrays), _trees(f"{kind}_second", arrays)) for kind in ("pages", "texts")
        )
        return LineModel(pages, texts)


def _trees(kind: str, arrays: Mapping[str, NDArray[np.generic]]) -> Trees:
    def get(name: str) -> NDArray[np.generic]:
        return arrays[f"{kind}_{name}"]

    return Trees(
        tuple(str(name) for name in get("names")),
        get("feature").astype(np.int16),
        get("border").astype(np.float32),
        get("leaves").astype(np.float64),
        float(get("bias").astype(np.float64)[()]),
        get("mean").astype(np.float32),
        get("pull").astype(np.float32),
    )


def warm_up() -> None:
    """Run the compiled kernels once, so that no later call has to load or compile one."""
    from detector.page import model_kernels

    trees, columns, place = shipped_model().pages.first, np.zeros((1, 1), np.float32), np.zeros(1, np.int64)
    features = np.zeros(trees.feature.shape, np.int64)
    model_kernels.log_odds(columns, features, trees.border, trees.leaves, trees.bias, np.zeros(1))
    model_kernels.loudest(columns, place, place, trees.mean, trees.pull, place.copy())


def model_arrays(model: LineModel) -> dict[str, NDArray[np.generic]]:
    """What `shipped_model` reads."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for kind, trees in (
        ("pages_first", model.pages.first), ("pages_second", model.pages.second),
        ("texts_first", model.texts.first), ("texts_second", model.texts.second),
    ):  # fmt: skip
        arrays |= {
            f"{kind}_names": np.array(trees.names),
            f"{kind}_feature": trees.feature,
            f"{kind}_border": trees.border,
            f"{kind}_leaves": trees.leaves.astype(np.float32),
            f"{kind}_bias": np.array(trees.bias, dtype=np.float64),
            f"{kind}_mean": trees.mean,
            f"{kind}_pull": trees.pull,
        }
    return arrays
