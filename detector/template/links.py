"""Weighs what candidate pairs share into the strength of a link, and keeps the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.template import align
from detector.template.align import Columns, measure_pairs
from detector.template.features import STYLES, TemplateRow

LINKED: Final = 1.0  # strength from which two documents are of one template
MIN_HEADINGS: Final = 4  # a shorter outline proves nothing by itself
MIN_CLAUSES: Final = 6
MIN_VARIED: Final = 3  # clauses of one frame with other values; copies have none


@dataclass(frozen=True, slots=True)
class Profiles:
    """Per row: numbers of headings and clauses, style histogram uint8[rows, styles] (shares in 1/200), hashes."""

    headings: NDArray[np.int64]
    clauses: NDArray[np.int64]
    styles: NDArray[np.uint8]
    titles: NDArray[np.uint32]
    titles_raw: NDArray[np.uint32]
    entities: NDArray[np.uint32]
    contacts: tuple[tuple[int, ...], ...]
    notices: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Links:
    """Linked pairs int64[n, 2], their strength float64[n] and what they share int64[n, N_MEASURES]."""

    pairs: NDArray[np.int64]
    strength: NDArray[np.float64]
    measures: NDArray[np.int64]
    shares: NDArray[np.float64]  # float64[n, 2]: outline and clauses that match, 0 to 1

    def take(self, which: NDArray[np.intp]) -> Links:
        return Links(self.pairs[which], self.strength[which], self.measures[which], self.shares[which])

    def join(self, other: Links) -> Links:
        return Links(
            np.concatenate([self.pairs, other.pairs]),
            np.concatenate([self.strength, other.strength]),
            np.concatenate([self.measures, other.measures]),
            np.concatenate([self.shares, other.shares]),
        )

    def outline_of(self, k: int) -> float:
        """Similarity of the outlines of link k; for texts without headings that of their sequence of clauses."""
        return round(float(max(self.shares[k])), 4)

    def facts(self, k: int) -> Mapping[str, Any]:
        m = self.measures[k]
        named = {
            "strength": round(float(self.strength[k]), 3),
            "headings": int(m[align.EXACT] + m[align.LIKE]),
            "headings_same": int(m[align.EXACT]),
            "headings_swapped": int(m[align.SWAPPED]),
            "clauses": int(m[align.CLAUSES]),
            "clauses_varied": int(m[align.VARIED]),
        }
        return {name: value for name, value in named.items() if value}


def profiles(rows: Sequence[TemplateRow]) -> Profiles:
    styles = np.zeros((len(rows), 2 * len(STYLES)), dtype=np.uint8)
    for i, row in enumerate(rows):
        if len(row.headings):
            place = row.headings["style"].astype(np.int64) + len(STYLES) * (row.headings["level"] > 1)
            styles[i] = np.bincount(place, minlength=2 * len(STYLES)) * 200 // len(row.headings)
    return Profiles(
        np.array([len(row.headings) for row in rows], dtype=np.int64),
        np.array([len(row.clauses) for row in rows], dtype=np.int64),
        styles,
        np.array([row.title for row in rows], dtype=np.uint32),
        np.array([row.title_raw for row in rows], dtype=np.uint32),
        np.array([row.entity for row in rows], dtype=np.uint32),
        tuple(row.contacts for row in rows),
        tuple(row.notices for row in rows),
    )


def link_pairs(table: Columns, shapes: Profiles, pairs: NDArray[np.int64]) -> Links:
    """The pairs that are strong enough, with their reasons."""
    measures = measure_pairs(table, pairs)
    strength, shares = _strength(measures, shapes, pairs)
    return Links(pairs, strength, measures, shares).take(np.flatnonzero(strength >= LINKED))


def _strength(
    m: NDArray[np.int64], shapes: Profiles, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    text, share = _text_strength(m, shapes, pairs)
    headed, outline = _outline_strength(m, shapes, pairs, share)
    return np.maximum(text, headed), np.stack([outline, share], axis=1)


def _text_strength(
    m: NDArray[np.int64], shapes: Profiles, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Robot-written texts: a sequence of clauses with other values in them. 1 where a third of the text is that."""
    n = shapes.clauses[pairs]
    aligned = m[:, align.CLAUSES] + 0.5 * m[:, align.EDGES]
    share = aligned / np.maximum(n.max(axis=1), MIN_CLAUSES) if len(pairs) else np.empty(0)
    small = aligned / np.maximum(n.min(axis=1), MIN_CLAUSES) if len(pairs) else np.empty(0)
    varied = m[:, align.VARIED]
    enough = (varied >= MIN_VARIED) & (varied >= 0.3 * m[:, align.CLAUSES]) & (share >= 0.2)
    return np.where(enough, np.sqrt(share * small) / 0.34, 0.0), share


def _outline_strength(
    m: NDArray[np.int64], shapes: Profiles, pairs: NDArray[np.int64], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = pairs[:, 0], pairs[:, 1]
    outline = (0.7 * m[:, align.TOP] + 0.3 * m[:, align.HEADINGS]) / 1000
    style = np.minimum(shapes.styles[a], shapes.styles[b]).sum(axis=1) / 200
    aligned = m[:, align.EXACT] + m[:, align.LIKE]
    title = (shapes.titles[a] == shapes.titles[b]) & (shapes.titles_raw[a] != shapes.titles_raw[b])
    differs = (shapes.entities[a] != shapes.entities[b]) | (m[:, align.CHANGED] > 0) | (m[:, align.VARIED] > 1)
    strength = (
        1.3 * outline + 0.06 * np.minimum(m[:, align.KINDS], 8) + 1.0 * share + 0.15 * title + 0.3 * (style - 0.7)
    )
    enough = (aligned >= MIN_HEADINGS) & differs & (shapes.headings[pairs].min(axis=1) >= MIN_HEADINGS)
    return np.where(enough, strength / 0.9, 0.0), outline
