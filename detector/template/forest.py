"""Turns links into groups of rows by average linkage over the graph of links alone, so that the cost stays linear.

In each round every group looks at the few groups that it is linked to most strongly, and joins the best of them (Sokal
and Michener 1958). What two groups have in common is the mean over a few members of each. All groups of a round are
worked on at once: groups are ranges of one array of rows, and what pairs of groups have in common stands on the edges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.links import TEXT_BASE, TEXT_LINKED, TEXT_SCALE, Links
from detector.template.sorting import distinct, ranked

EXEMPLARS: Final = 4  # members that stand for a group when it is compared with another
MAX_NEIGHBOURS: Final = 4  # groups that a group looks at in one round
MERGE_BITS: Final = -3.0  # mean bits between two groups that are still one family, with those of their circles
MERGE_ROBOT_BITS: Final = -3.0  # the same for texts that share clauses, which have no circles
SPREAD_BITS: Final = 9.0  # that one member may lie below what is usual in its family
PART_BITS: Final = 4.0  # that two halves of one family may lie apart
CORE_SHARE: Final = 0.6  # of a robot family's own likeness: less is a block that its publisher puts under other texts
CIRCLE: Final = 12  # strongest links of a row
CIRCLE_BITS: Final = 8.0  # for two rows that are linked to the same others
FLOOR: Final = -12.0  # a pair that has nothing in common counts as this, so that it can be outvoted
_NO_LIKENESS: Final = TEXT_BASE - TEXT_LINKED / TEXT_SCALE  # bits of two texts that share no clause

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Weigh = Callable[[Ints], tuple[Floats, Flags]]  # pairs of rows -> bits, at least FLOOR, and whether clauses gave them


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by group: group g owns `rows[starts[g]:starts[g + 1]]`, sorted; its mean bits (NaN: one row), and their kind."""

    rows: Ints
    starts: Ints
    inner: Floats
    textual: Flags

    @property
    def sizes(self) -> Ints:
        return np.diff(self.starts)

    def exemplars(self, groups: Ints, most: int) -> tuple[Ints, Ints]:
        """At most `most` rows of each of `groups`, evenly spread: places in `groups`, and rows."""
        sizes = self.sizes[groups]
        taken = np.minimum(sizes, most)
        of = np.repeat(np.arange(len(groups)), taken)
        place = np.arange(len(of)) - np.repeat(np.cumsum(taken) - taken, taken)
        spread = np.where(sizes[of] <= most, place, place * (sizes[of] - 1) // (most - 1))
        return of, self.rows[self.starts[groups[of]] + spread]


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of linked groups a < b, sorted, with their strongest link, and what they have in common where that is known."""

    a: Ints
    b: Ints
    strongest: Floats
    known: Flags
    bits: Floats
    drawn: Floats  # bits with those of the circles
    textual: Flags


def grow(links: Links, n: int, weigh: Weigh) -> Groups:
    """Groups among the rows that have links, sorted by rows, until no two belong together."""
    rows = distinct(links.pairs.ravel())
    groups = Groups(rows, np.arange(len(rows) + 1), np.full(len(rows), np.nan), np.zeros(len(rows), dtype=np.bool_))
    circles = _circles(links, n)
    a, b = np.searchsorted(rows, links.pairs).T
    drawn = _drawn(links.pairs, links.bits, links.textual, circles)
    known = np.ones(len(a), dtype=np.bool_)
    edges = Edges(a, b, links.bits, known, links.bits.copy(), drawn, links.textual.copy())
    while True:
        edges, joins = _choose(groups, edges, circles, weigh)
        if not len(joins):
            return groups
        groups, edges = _join(groups, edges, joins)


def core_bits(usual: Floats) -> Floats:
    """CORE_SHARE of the likeness that gives `usual` bits."""
    return CORE_SHARE * (usual - _NO_LIKENESS) + _NO_LIKENESS


def _circles(links: Links, n: int) -> Ints:
    """int64[n, CIRCLE + 1]: each row and the rows of its strongest links, -1 where there are fewer."""
    one, other = np.concatenate([links.pairs, links.pairs[:, ::-1]]).T
    order, rank = ranked(one, np.tile(links.bits, 2), other)
    near = rank < CIRCLE
    circles = np.full((n, CIRCLE + 1), -1, dtype=np.int64)
    circles[:, 0] = np.arange(n)
    circles[one[order[near]], 1 + rank[near]] = other[order[near]]
    return circles


def _drawn(pairs: Ints, bits: Floats, textual: Flags, circles: Ints) -> Floats:
    """Bits with those of the circles, which say nothing about texts that share a publisher's clauses.

    A circle gives by the Jaccard similarity of both: all where both rows are linked to the same (Jarvis, Patrick 1973).
    """
    drawn = np.maximum(bits, FLOOR)
    for start in range(0, len(pairs), 1 << 14):
        a, b = circles[pairs[start : start + (1 << 14)]].transpose(1, 0, 2)
        both = ((a[:, :, None] == b[:, None, :]) & (a >= 0)[:, :, None]).sum(axis=(1, 2))
        share = both / ((a >= 0).sum(axis=1) + (b >= 0).sum(axis=1) - both)
        drawn[start : start + (1 << 14)] += np.where(textual[start : start + (1 << 14)], 0.0, CIRCLE_BITS) * share
    return drawn


def _choose(groups: Groups, edges: Edges, circles: Ints, weigh: Weigh) -> tuple[Edges, Ints]:
    """The edges with what was learned of them, and the edges along which groups join: int64[joins, 2], from and to."""
    near = _nearest(edges)
    _compare(groups, edges, near[~edges.known[near]], circles, weigh)
    enough = np.where(edges.textual[near], MERGE_ROBOT_BITS, MERGE_BITS)
    fit = near[(edges.drawn[near] >= enough) & (edges.bits[near] >= _least(groups, edges, near))]
    one = np.concatenate([edges.a[fit], edges.b[fit]])
    other = np.concatenate([edges.b[fit], edges.a[fit]])
    order, rank = ranked(one, np.tile(edges.drawn[fit], 2), other)
    best = np.full(len(groups.inner), -1)
    best[one[order[rank == 0]]] = other[order[rank == 0]]
    one = np.flatnonzero(best >= 0)
    other = best[one]
    sizes = groups.sizes
    smaller = sizes[one] < sizes[other]
    later = (best[other] == one) & (sizes[one] == sizes[other]) & (one > other)
    return edges, np.stack([one, other], axis=1)[smaller | later]


def _nearest(edges: Edges) -> Ints:
    """The edges that are among the MAX_NEIGHBOURS strongest of one of their groups."""
    one, other = np.concatenate([edges.a, edges.b]), np.concatenate([edges.b, edges.a])
    order, rank = ranked(one, np.tile(edges.strongest, 2), other)
    return distinct(order[rank < MAX_NEIGHBOURS] % max(1, len(edges.a)))


def _compare(groups: Groups, edges: Edges, new: Ints, circles: Ints, weigh: Weigh) -> None:
    """Find what the groups of the edges `new` have in common, and write it there."""
    of_a, rows_a = groups.exemplars(edges.a[new], EXEMPLARS)
    of_b, rows_b = groups.exemplars(edges.b[new], EXEMPLARS)
    n_a, n_b = np.bincount(of_a, minlength=len(new)), np.bincount(of_b, minlength=len(new))
    left, right = np.repeat(np.arange(len(of_a)), n_b[of_a]), _ranges(n_b[of_a], (np.cumsum(n_b) - n_b)[of_a])
    of = of_a[left]
    pairs = np.sort(np.stack([rows_a[left], rows_b[right]], axis=1), axis=1)
    bits, textual = weigh(pairs)
    n = np.maximum(n_a * n_b, 1)
    edges.bits[new] = np.bincount(of, bits, len(new)) / n
    edges.drawn[new] = np.bincount(of, _drawn(pairs, bits, textual, circles), len(new)) / n
    edges.textual[new] = 2 * np.bincount(of, textual, len(new)) > n
    edges.known[new] = True


def _ranges(counts: Ints, starts: Ints) -> Ints:
    """`counts[i]` numbers from `starts[i]` on, for each i."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(starts, counts)


def _least(groups: Groups, edges: Edges, which: Ints) -> Floats:
    """Mean bits from which two groups are one family: the looser of the two inside decides."""
    a, b = groups.inner[edges.a[which]], groups.inner[edges.b[which]]
    usual = np.fmin(a, b)
    apart = np.where(np.isnan(a) | np.isnan(b), SPREAD_BITS, PART_BITS)
    least = np.where(edges.textual[which], core_bits(usual), usual - apart)
    return np.where(np.isnan(usual), FLOOR, least)


def _join(groups: Groups, edges: Edges, joins: Ints) -> tuple[Groups, Edges]:
    """Join groups along `joins` to their ends; groups that stay keep their order, joined ones follow."""
    n = len(groups.inner)
    target = np.arange(n)
    target[joins[:, 0]] = joins[:, 1]
    while (target != target[target]).any():
        target = target[target]
    ones = joins[:, 0]
    targets, first = np.unique(target[ones], return_index=True)
    changed = np.zeros(n, dtype=np.bool_)
    changed[ones] = changed[targets] = True
    number = np.empty(n, dtype=np.int64)
    stay = np.flatnonzero(~changed)
    number[stay] = np.arange(len(stay))
    number[targets[np.argsort(first)]] = len(stay) + np.arange(len(targets))  # by the first that joined
    number = number[target]
    inner, textual = _inside(groups, edges, ones, target, number, len(stay))
    of = np.repeat(number, groups.sizes)
    order = np.lexsort((groups.rows, of))
    starts = np.concatenate(([0], np.cumsum(np.bincount(of, minlength=len(inner)))))
    return Groups(groups.rows[order], starts, inner, textual), _contracted(edges, number, changed)


def _inside(groups: Groups, edges: Edges, ones: Ints, target: Ints, number: Ints, kept: int) -> tuple[Floats, Flags]:
    """Mean bits inside each new group, and their kind: of what was inside the parts, and between the first and each."""
    n, sizes = int(number.max()) + 1, groups.sizes
    pairs = np.append(sizes * (sizes - 1) / 2, sizes[ones] * sizes[target[ones]])
    key = np.minimum(ones, target[ones]) * len(sizes) + np.maximum(ones, target[ones])
    keys = edges.a * len(sizes) + edges.b
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    known = (keys[at] == key) & edges.known[at]
    bits = np.append(np.nan_to_num(groups.inner), np.where(known, edges.bits[at], MERGE_BITS))
    textual = np.append(groups.textual, known & edges.textual[at])
    of = np.append(number, number[ones])
    total = np.bincount(of, pairs, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        inner = np.bincount(of, bits * pairs, n) / total
    old = np.flatnonzero(number < kept)
    inner[number[old]] = groups.inner[old]
    return inner, 2 * np.bincount(of, textual * pairs, n) > total


def _contracted(edges: Edges, number: Ints, changed: Flags) -> Edges:
    """The edges between the new groups: what was known stays for two groups that stayed."""
    a, b = np.sort(np.stack([number[edges.a], number[edges.b]]), axis=0)
    known = edges.known & ~changed[edges.a] & ~changed[edges.b]
    apart = np.flatnonzero(a != b)
    order = apart[np.argsort(a[apart] * len(number) + b[apart], kind="stable")]
    a, b = a[order], b[order]
    starts = (
        np.flatnonzero(np.concatenate(([True], (a[1:] != a[:-1]) | (b[1:] != b[:-1])))) if len(a) else np.empty(0, np.int64)
    )
    strongest = np.maximum.reduceat(edges.strongest[order], starts) if len(a) else np.empty(0)
    first = order[starts]
    return Edges(a[starts], b[starts], strongest, known[first], edges.bits[first], edges.drawn[first], edges.textual[first])
