"""Weighs what a pair of rows shares into bits for one template, and keeps the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.template import align
from detector.template.align import Columns, measure_pairs, same_words
from detector.template.features import OPENER, STYLES, VOCABULARY, TemplateRow
from detector.template.roles import FORMAL, role_number

LINKED: Final = -5.0  # bits from which a pair is worth a look; what makes a family of them is in clusters.py
NEVER: Final = -40.0  # bits of a pair that shares no outline and no clauses

# Weights of an outline in bits: a logistic regression over candidate pairs of bench/templates.py (seeds 1 and 2, with
# and without the table of roles) and of laws and lctt_tech (15-fold), no weight below 0, drawn towards the weights before
# it and rounded. `tools/fit_template.py` prints a fit to compare with.
TOP_BITS: Final = 11.5
ALL_BITS: Final = 4.9
EXACT_BITS: Final = 0.5
STYLE_BITS: Final = 2.6
SHARE_BITS: Final = 5.7
VOCABULARY_BITS: Final = 12.0
MAX_VOCABULARY: Final = 0.6
TITLE_BITS: Final = 2.1
MARK_BITS: Final = 7.0
ALIGNED_BITS: Final = 0.2
BASE_BITS: Final = -19.8
# Two numbered levels are rare: none of 26,424 honest documents had 4 headings above 6 below with short sections.
DENSE_BITS: Final = 1.5
FORMAL_BITS: Final = -3.0  # for two texts of a genre that prescribes its outline; set by hand on laws
MIN_FORMAL: Final = 2  # prescribed headings (`总则`, `附则`) that make such a text
DENSE_TOP, DENSE_BELOW = 4, 6
# Links above -4 bits share 3 kinds of sections at most for most of laws and lctt_tech (90th percentiles 3 and 3.8), and a
# median of 4 (10th percentile 3) inside strongly disguised families of bench seed 11; 1.0 and 1.5 bits were tried there.
KIND_BITS: Final = 0.7
MANY_KINDS: Final = 4
MIN_HEADINGS: Final = 3
CARRIED: Final = (
    1.8  # share of an outline that a share of the text stands for; set by hand, not fitted: no other value was tried
)
CLAUSES_A_SECTION: Final = 3
COPIED_SHARE: Final = 0.5  # of the text: a copy with another title, no template
OPENER_BITS: Final = -2.0  # openers are weaker than headings: every reporter begins paragraphs alike

# A text without headings: share of its weight that is one sequence of clauses. each TEXT_SCALE more is one bit.
TEXT_BASE: Final = -2.0  # bits of a text of which TEXT_LINKED is shared
TEXT_LINKED: Final = 0.36
TEXT_SCALE: Final = 0.036
MIN_WEIGHT: Final = 80  # of clauses, so that two short texts need more than one clause in common
MIN_VARIED: Final = 3  # clauses of one frame with other values; copies have none
VARIED_SHARE: Final = 0.5  # of the aligned clauses with a slot: two reports of one event give the same numbers


@dataclass(frozen=True, slots=True)
class Profiles:
    """What a link needs of each row beside its columns: uint8[rows, 2 * styles] in 1/200, uint8[rows, slots] …"""

    headings: NDArray[np.int64]
    openers: NDArray[np.bool_]  # the outline is made of openers
    dense: NDArray[np.bool_]
    formal: NDArray[np.bool_]  # of a genre that prescribes its outline
    weights: NDArray[np.int64]
    styles: NDArray[np.uint8]
    vocabulary: NDArray[np.uint8]
    rarity: NDArray[np.uint8]  # uint8[slots, 256]: weight of each value of each slot
    mass: NDArray[np.float64]  # sum of the weights of each row's vocabulary
    title_blooms: NDArray[np.uint64]
    titles_raw: NDArray[np.uint32]
    entities: NDArray[np.uint32]
    marks: NDArray[np.uint32]  # uint32[rows, MAX_MARKS]: contacts and notices, 0 where there are fewer
    mark_weights: NDArray[np.float32]  # 0 to 1, the rarer the more


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs int64[n, 2] with their bits float64[n], what they share int64[n, N_MEASURES], and shares float64[n, 2].

    The two shares are of outline and clauses, 0 to 1; `textual` says which of them gave the bits.
    """

    pairs: NDArray[np.int64]
    bits: NDArray[np.float64]
    measures: NDArray[np.int64]
    shares: NDArray[np.float64]
    textual: NDArray[np.bool_]

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Links:
        return Links(self.pairs[which], self.bits[which], self.measures[which], self.shares[which], self.textual[which])

    def outline_of(self, k: int) -> float:
        """Similarity of the outlines of link k; for texts without headings that of their sequences of clauses."""
        return round(float(self.shares[k, int(self.textual[k])]), 4)

    def facts(self, k: int) -> Mapping[str, Any]:
        """The reasons of link k; what is 0 is left out."""
        m = self.measures[k]
        counts = {
            "headings": m[align.EXACT] + m[align.LIKE],
            "headings_same": m[align.EXACT],
            "headings_swapped": m[align.SWAPPED],
            "clauses": m[align.CLAUSES],
            "clauses_varied": m[align.VARIED],
        }
        return {"bits": round(float(self.bits[k]), 2), **{name: int(n) for name, n in counts.items() if n}}


MAX_MARKS: Final = 8
BACKGROUND: Final = 1000.0  # documents
RARE_MARK: Final = 10.0  # log2 of documents to holders from which on a mark says all it can
_BITS = np.array([bin(i).count("1") for i in range(256)], dtype=np.int64)


def profiles(rows: Sequence[TemplateRow], table: Columns) -> Profiles:
    """The profiles of `rows`, whose columns are `table`."""
    n = len(rows)
    marks = np.zeros((n, MAX_MARKS), dtype=np.uint32)
    for i, row in enumerate(rows):
        if row.contacts or row.notices:
            found = sorted({*row.contacts, *row.notices})[:MAX_MARKS]
            marks[i, : len(found)] = found
    sizes = np.diff(table.heading_offsets)
    first = np.minimum(table.heading_offsets[:-1], max(0, len(table.headings) - 1))
    styles, dense = _styles(table, n)
    words = np.frombuffer(bytearray().join(row.vocabulary.tobytes() for row in rows), np.uint8).reshape(n, VOCABULARY)
    rarity = _rarity(words)
    return Profiles(
        headings=sizes,
        openers=(sizes > 0) & (table.headings["style"][first] == OPENER) if len(table.headings) else sizes > 0,
        dense=dense,
        formal=_sums((table.roles == role_number(FORMAL)).astype(np.uint8), table.heading_offsets) >= MIN_FORMAL,
        weights=_sums(table.weights, table.clause_offsets),
        styles=styles,
        vocabulary=words,
        rarity=rarity,
        mass=rarity[np.arange(VOCABULARY), words].sum(axis=1, dtype=np.float64),
        title_blooms=np.array([row.title_bloom for row in rows], dtype=np.uint64),
        titles_raw=np.array([row.title_raw for row in rows], dtype=np.uint32),
        entities=np.array([row.entity for row in rows], dtype=np.uint32),
        marks=marks,
        mark_weights=_mark_weights(marks),
    )


def _styles(table: Columns, n: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Shares of the headings of each row that have a style, above and below, in 1/200; rows of two numbered levels."""
    sizes = np.diff(table.heading_offsets)
    of = np.repeat(np.arange(n), sizes)
    style, below = table.headings["style"].astype(np.int64), table.headings["level"] > 1
    counts = np.bincount(of * 2 * len(STYLES) + style + len(STYLES) * below, minlength=2 * n * len(STYLES))
    counts = counts.reshape(n, 2, len(STYLES))
    numbered = [k for k, name in enumerate(STYLES) if name not in ("bare", "markdown", "html")]
    top, lower = counts[:, 0, numbered].sum(axis=1), counts[:, 1, numbered].sum(axis=1)
    shares = counts.reshape(n, 2 * len(STYLES)) * 200 // np.maximum(sizes, 1)[:, None]
    return shares.astype(np.uint8), (top >= DENSE_TOP) & (lower >= DENSE_BELOW)


def _sums(values: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of the values of each row."""
    total = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return np.asarray(total[offsets[1:]] - total[offsets[:-1]])


def promising(measures: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs share so much that their bits are more than NEVER."""
    aligned = measures[:, align.EXACT] + measures[:, align.LIKE]
    return np.asarray((aligned >= MIN_HEADINGS) | (measures[:, align.VARIED] >= MIN_VARIED))


def weigh(table: Columns, shapes: Profiles, pairs: NDArray[np.int64]) -> Links:
    """All `pairs` with their bits."""
    return bits_of(measure_pairs(table, pairs), shapes, pairs)


def bits_of(measures: NDArray[np.int64], shapes: Profiles, pairs: NDArray[np.int64]) -> Links:
    """`pairs` with the bits that their measures give."""
    text, share = _text_bits(measures, shapes, pairs)
    headed, outline = _outline_bits(measures, shapes, pairs, share)
    return Links(pairs, np.maximum(text, headed), measures, np.stack([outline, share], axis=1), text > headed)


def _text_bits(
    m: NDArray[np.int64], shapes: Profiles, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Robot-written texts: one sequence of clauses with other values in them."""
    weights = np.maximum(shapes.weights[pairs], MIN_WEIGHT).astype(np.float64)
    share = np.minimum(m[:, align.WEIGHT] / weights.max(axis=1), 1.0)
    small = np.minimum(m[:, align.WEIGHT] / weights.min(axis=1), 1.0)
    varied = m[:, align.VARIED]
    enough = (varied >= MIN_VARIED) & (varied >= VARIED_SHARE * m[:, align.SLOTS]) & (share >= 0.2)
    return np.where(enough, TEXT_BASE + (np.sqrt(share * small) - TEXT_LINKED) / TEXT_SCALE, NEVER), share


def _outline_bits(
    m: NDArray[np.int64], shapes: Profiles, pairs: NDArray[np.int64], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Texts with headings: the sum of what the logistic regression gives each thing that they share."""
    a, b = pairs[:, 0], pairs[:, 1]
    fewest = shapes.headings[pairs].min(axis=1)
    # Where the text under other headings is one sequence of clauses with other values, so are the sections.
    carried = (m[:, align.VARIED] >= MIN_VARIED) & (m[:, align.VARIED] >= VARIED_SHARE * m[:, align.SLOTS]) & ~shapes.openers[a]
    sections = np.where(carried, m[:, align.CLAUSES] // CLAUSES_A_SECTION, 0)
    top = np.maximum(m[:, align.TOP] / 1000, np.where(carried, np.minimum(CARRIED * share, 1.0), 0.0))
    aligned = np.maximum(m[:, align.EXACT] + m[:, align.LIKE], sections)
    kinds = np.maximum(m[:, align.KINDS], sections)
    titled = (shapes.titles_raw[a] > 0) & (shapes.titles_raw[b] > 0) & (shapes.titles_raw[a] != shapes.titles_raw[b])
    style = np.minimum(shapes.styles[a], shapes.styles[b]).sum(axis=1) / 200
    bits = (
        BASE_BITS
        + TOP_BITS * top
        + ALL_BITS * m[:, align.HEADINGS] / 1000
        + EXACT_BITS * m[:, align.EXACT] / np.maximum(fewest, 1)
        + STYLE_BITS * style
        + SHARE_BITS * np.minimum(share, 0.5)
        + VOCABULARY_BITS * np.minimum(same_vocabulary(shapes, a, b), MAX_VOCABULARY)
        + TITLE_BITS * np.where(titled, _same_pairs(shapes.title_blooms[a], shapes.title_blooms[b]), 0.0)
        + MARK_BITS * _same_marks(shapes, a, b)
        + ALIGNED_BITS * np.minimum(aligned, 10)
        - KIND_BITS * np.maximum(0, MANY_KINDS - kinds)
        + FORMAL_BITS * (shapes.formal[a] & shapes.formal[b])
        + DENSE_BITS * (shapes.dense[a] & shapes.dense[b] & (style > 0.75))
    )
    differs = (shapes.entities[a] != shapes.entities[b]) | (m[:, align.CHANGED] > 0) | (m[:, align.VARIED] > 1)
    differs |= titled & (share < COPIED_SHARE)
    enough = (aligned >= MIN_HEADINGS) & (fewest >= MIN_HEADINGS) & differs & (shapes.openers[a] == shapes.openers[b])
    # Without headings the same sentence openings are a template only where the rest differs, as it does not in copies.
    other = (share < COPIED_SHARE) | (m[:, align.VARIED] > 1)
    other &= m[:, align.VARIED] >= VARIED_SHARE * m[:, align.SLOTS]
    enough &= ~shapes.openers[a] | (other & (m[:, align.EXACT] >= MIN_HEADINGS))
    bits += OPENER_BITS * shapes.openers[a]
    outline = (0.7 * m[:, align.TOP] + 0.3 * m[:, align.HEADINGS]) / 1000
    return np.where(enough, bits, NEVER), outline


def _rarity(words: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much a value of a slot says when two vocabularies share it, in 1/16 bits: the rarer, the more (Jones 1972).

    BACKGROUND more documents keep a small corpus level: five pages of one topic don't make its words common.
    """
    cells = words + 256 * np.arange(VOCABULARY, dtype=np.int64)
    held = np.bincount(cells.ravel(), minlength=VOCABULARY * 256).reshape(VOCABULARY, 256)
    weights = np.rint(16 * np.log2((len(words) + BACKGROUND) / (held + 1.0)))
    weights[:, 0] = 0
    return np.asarray(np.minimum(weights, 255), dtype=np.uint8)


def same_vocabulary(shapes: Profiles, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weighted share of the slots in which the vocabularies of a and b agree."""
    shared = same_words(shapes.vocabulary, shapes.rarity, a, b)
    return np.asarray(shared / np.maximum(np.sqrt(shapes.mass[a] * shapes.mass[b]), 1.0))


def _mark_weights(marks: NDArray[np.uint32]) -> NDArray[np.float32]:
    """What a shared contact or notice says: all where few documents hold it, little where a whole site does."""
    _, inverse, counts = np.unique(marks, return_inverse=True, return_counts=True)
    rarity = np.log2((len(marks) + BACKGROUND) / (counts[inverse.reshape(marks.shape)] + 1.0)) / RARE_MARK
    return np.where(marks > 0, np.clip(rarity, 0.0, 1.0), 0.0).astype(np.float32)


def _same_marks(shapes: Profiles, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weight of the rarest mark that a and b share."""
    same = np.zeros(len(a))
    both = np.flatnonzero((shapes.marks[a, 0] > 0) & (shapes.marks[b, 0] > 0))  # few rows have any
    left, right, weights = shapes.marks[a[both]], shapes.marks[b[both]], shapes.mark_weights[a[both]]
    for k in range(MAX_MARKS):
        shared = (right == left[:, k, None]).any(axis=1)
        same[both] = np.maximum(same[both], np.where(shared, weights[:, k], 0.0))
    return same


def _same_pairs(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Jaccard similarity of two sets of character pairs."""
    shared, either = (_BITS[x.view(np.uint8)].reshape(-1, 8).sum(axis=1) for x in (a & b, a | b))
    return np.asarray(shared / np.maximum(either, 1))
