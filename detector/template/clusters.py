"""Turns links into families: groups that hold together on the average, not only along a chain.

Average linkage (Sokal and Michener 1958) over the graph of links alone, so that the cost stays linear: in each round
every group looks at the few groups that it is linked to most strongly, and joins the best of them. What two groups
have in common is the mean over a few members of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.align import Columns
from detector.template.links import TEXT_BASE, TEXT_LINKED, TEXT_SCALE, Links, Profiles
from detector.template.verify import bits_above

EXEMPLARS: Final = 4  # members that stand for a group when it is compared with another
FINAL_EXEMPLARS: Final = 12  # and when its members are judged
MAX_NEIGHBOURS: Final = 4  # groups that a group looks at in one round
MERGE_BITS: Final = -3.0  # mean bits between two groups that are still one family, with those of their circles
MERGE_ROBOT_BITS: Final = -3.0  # the same for texts that share clauses, which have no circles
SPREAD_BITS: Final = 9.0  # that one member may lie below what is usual in its family
PART_BITS: Final = 4.0  # that two halves of one family may lie apart
CORE_SHARE: Final = 0.6  # of a robot family's own likeness: less is a block that its publisher puts under other texts
MIN_FAMILY_BITS: Final = -4.0  # mean bits inside a family with headings
MIN_ROBOT_BITS: Final = -1.0  # and inside one of texts that share clauses
FEW_BITS: Final = {2: 1.0, 3: 0.5}  # and inside one of so few members
CIRCLE: Final = 12  # strongest links of a row
CIRCLE_BITS: Final = 8.0  # for two rows that are linked to the same others
JOIN_BITS: Final = -5.0  # mean bits of a single row with a family of MIN_HOST members or more
MIN_HOST: Final = 4
MOVES: Final = 3  # times that rows are given to the group they are most like
MOVE_EXEMPLARS: Final = 8  # members that a row is compared with
MOVE_BITS: Final = -5.0  # of a link that names a group to move to
MOVE_GAIN: Final = 0.5  # bits that another group must be better
MAX_HOSTS: Final = 2  # groups that a row may move to
MAX_TRIMS: Final = 3  # times that the worse half is dropped before a group is given up
FLOOR: Final = -12.0  # a pair that has nothing in common counts as this, so that it can be outvoted
_NO_LIKENESS: Final = TEXT_BASE - TEXT_LINKED / TEXT_SCALE  # bits of two texts that share no clause


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one family, the representative first, and how many rows its chain of links reaches."""

    members: tuple[int, ...]
    component: int


@dataclass(slots=True)
class _Part:
    """A group on its way: its rows in order, mean bits between them (NaN: one row), and whether clauses gave them."""

    rows: list[int]
    inner: float = np.nan
    textual: bool = False


@dataclass(frozen=True, slots=True)
class _Common:
    """Mean bits of two groups, the same with what their circles add, and whether clauses gave them."""

    bits: float
    drawn: float
    textual: bool


@dataclass(slots=True)
class _Forest:
    """All groups by number, the group of each row, and what pairs of groups have in common, as far as looked at."""

    parts: dict[int, _Part]
    group: NDArray[np.int64]
    circles: NDArray[np.int64]  # int64[n, CIRCLE + 1]: a row and the rows of its strongest links, -1 where fewer
    common: dict[tuple[int, int], _Common] = field(default_factory=dict)
    made: int = 0


def families(table: Columns, shapes: Profiles, links: Links, n: int) -> list[Group]:
    """Families among `n` rows, ordered by first row."""
    rows = np.unique(links.pairs).tolist()
    forest = _Forest({i: _Part([i]) for i in rows}, np.arange(n), _circles(links, n), made=n)
    drawn = _drawn(links.pairs, links.bits, links.textual, forest)
    for k, (a, b) in enumerate(links.pairs.tolist()):
        forest.common[a, b] = _Common(float(links.bits[k]), float(drawn[k]), bool(links.textual[k]))
    while _round(table, shapes, links, forest):
        pass
    for _ in range(MOVES):
        if not _move(table, shapes, links, forest):
            break
    reached = _reached(links.pairs, n)
    found = [_finish(table, shapes, part) for part in forest.parts.values() if len(part.rows) > 1]
    _take_in(table, shapes, links, found)
    groups = [Group(tuple(members), reached[members[0]]) for members in found if members]
    return sorted(groups, key=lambda group: min(group.members))


def _drawn(
    pairs: NDArray[np.int64], bits: NDArray[np.float64], textual: NDArray[np.bool_], forest: _Forest
) -> NDArray[np.float64]:
    """Bits with those of the circles, which say nothing about texts that share a publisher's clauses."""
    bonus = np.where(textual, 0.0, CIRCLE_BITS) * _shared_circle(forest.circles, pairs)
    return np.maximum(bits, FLOOR) + bonus


def _circles(links: Links, n: int) -> NDArray[np.int64]:
    one = np.concatenate([links.pairs[:, 0], links.pairs[:, 1]])
    other = np.concatenate([links.pairs[:, 1], links.pairs[:, 0]])
    order = np.lexsort((other, -np.tile(links.bits, 2), one))
    one, other = one[order], other[order]
    rank = np.arange(len(one)) - np.searchsorted(one, one)
    near = rank < CIRCLE
    circles = np.full((n, CIRCLE + 1), -1, dtype=np.int64)
    circles[:, 0] = np.arange(n)
    circles[one[near], 1 + rank[near]] = other[near]
    return circles


def _shared_circle(circles: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Jaccard similarity of the circles of each pair: 1 where both are linked to the same rows (Jarvis, Patrick 1973)."""
    shares = np.zeros(len(pairs))
    for start in range(0, len(pairs), 1 << 14):
        a, b = circles[pairs[start : start + (1 << 14)]].transpose(1, 0, 2)
        both = ((a[:, :, None] == b[:, None, :]) & (a >= 0)[:, :, None]).sum(axis=(1, 2))
        shares[start : start + (1 << 14)] = both / ((a >= 0).sum(axis=1) + (b >= 0).sum(axis=1) - both)
    return shares


def _round(table: Columns, shapes: Profiles, links: Links, forest: _Forest) -> bool:
    """Join what belongs together; False where nothing does any more."""
    pairs = _neighbours(links, forest)
    _compare(table, shapes, forest, pairs)
    best: dict[int, tuple[float, int]] = {}
    for a, b in pairs:
        common = forest.common[a, b]
        enough = MERGE_ROBOT_BITS if common.textual else MERGE_BITS
        if common.drawn >= enough and common.bits >= _least(forest.parts[a], forest.parts[b], common.textual):
            for one, other in ((a, b), (b, a)):
                if one not in best or (common.drawn, -other) > (best[one][0], -best[one][1]):
                    best[one] = (common.drawn, other)
    joins: dict[int, int] = {}
    for one, (_, other) in best.items():
        mutual = best.get(other, (0.0, -1))[1] == one
        size_one, size_other = len(forest.parts[one].rows), len(forest.parts[other].rows)
        if size_one < size_other or (mutual and (size_one, -one) < (size_other, -other)):
            joins[one] = other
    gathered: dict[int, list[int]] = {}
    for one in sorted(joins):
        target = joins[one]
        while target in joins:
            target = joins[target]
        gathered.setdefault(target, []).append(one)
    for target, ones in gathered.items():
        _join(forest, [target, *ones])
    return bool(gathered)


def _neighbours(links: Links, forest: _Forest) -> list[tuple[int, int]]:
    """Pairs of groups (a, b), a < b: each group with the MAX_NEIGHBOURS groups of its strongest links."""
    a, b = forest.group[links.pairs[:, 0]], forest.group[links.pairs[:, 1]]
    apart = a != b
    one = np.concatenate([a[apart], b[apart]])
    other = np.concatenate([b[apart], a[apart]])
    bits = np.tile(links.bits[apart], 2)
    order = np.lexsort((other, -bits, one))
    one, other = one[order], other[order]
    _, first = np.unique(one * (forest.made + 1) + other, return_index=True)
    first.sort()  # the strongest link of each pair of groups, by group and bits
    one, other = one[first], other[first]
    rank = np.arange(len(one)) - np.searchsorted(one, one)
    near = rank < MAX_NEIGHBOURS
    low, high = np.minimum(one, other)[near], np.maximum(one, other)[near]
    return sorted(set(zip(low.tolist(), high.tolist(), strict=True)))


def _compare(table: Columns, shapes: Profiles, forest: _Forest, pairs: Sequence[tuple[int, int]]) -> None:
    """Find what the pairs of groups that were not looked at yet have in common."""
    new = [pair for pair in pairs if pair not in forest.common]
    crossed = [
        (min(i, j), max(i, j))
        for a, b in new
        for i in _exemplars(forest.parts[a].rows, EXEMPLARS)
        for j in _exemplars(forest.parts[b].rows, EXEMPLARS)
    ]
    asked = np.array(crossed, dtype=np.int64).reshape(-1, 2)
    bits, textual_pairs = bits_above(table, shapes, asked, FLOOR)
    drawn = _drawn(asked, bits, textual_pairs, forest)
    at = 0
    for a, b in new:
        n = min(EXEMPLARS, len(forest.parts[a].rows)) * min(EXEMPLARS, len(forest.parts[b].rows))
        textual = bool(2 * textual_pairs[at : at + n].sum() > n)
        forest.common[a, b] = _Common(float(bits[at : at + n].mean()), float(drawn[at : at + n].mean()), textual)
        at += n


def _exemplars(rows: Sequence[int], most: int) -> list[int]:
    """At most `most` rows, evenly spread."""
    if len(rows) <= most:
        return list(rows)
    return [rows[i * (len(rows) - 1) // (most - 1)] for i in range(most)]


def _least(a: _Part, b: _Part, textual: bool) -> float:
    """Mean bits from which two groups are one family: the looser of the two inside decides."""
    inner = [part.inner for part in (a, b) if not np.isnan(part.inner)]
    if not inner:
        return FLOOR
    usual = min(inner)
    return _core_bits(usual) if textual else usual - (PART_BITS if len(inner) == 2 else SPREAD_BITS)


def _core_bits(usual: float) -> float:
    """CORE_SHARE of the likeness that gives `usual` bits."""
    return CORE_SHARE * (usual - _NO_LIKENESS) + _NO_LIKENESS


def _join(forest: _Forest, numbers: Sequence[int]) -> None:
    parts = [forest.parts.pop(number) for number in numbers]
    inside = between = 0.0
    inside_pairs = between_pairs = 0.0
    textual = 0.0
    for k, part in enumerate(parts):
        size = len(part.rows)
        if size > 1:
            inside += part.inner * size * (size - 1) / 2
            inside_pairs += size * (size - 1) / 2
            textual += part.textual * size * (size - 1) / 2
        if k:  # all but the first join it
            low, high = min(numbers[0], numbers[k]), max(numbers[0], numbers[k])
            common = forest.common.get((low, high), _Common(MERGE_BITS, MERGE_BITS, False))
            pairs = size * len(parts[0].rows)
            between += common.bits * pairs
            between_pairs += pairs
            textual += common.textual * pairs
    total = inside_pairs + between_pairs
    joined = _Part(sorted(i for part in parts for i in part.rows), (inside + between) / total, 2 * textual > total)
    number = forest.made
    forest.made += 1
    forest.parts[number] = joined
    forest.group[joined.rows] = number


def _move(table: Columns, shapes: Profiles, links: Links, forest: _Forest) -> bool:
    """Move each row with an outline to the group whose members it is most like; False where all stay.

    What was joined first was joined on single comparisons; against whole groups many a row belongs elsewhere (the
    reassignment of k-medoids, over the groups that its strongest links name).
    """
    a, b = links.pairs[:, 0], links.pairs[:, 1]
    one, group = np.concatenate([a, b]), forest.group[np.concatenate([b, a])]
    sizes = {number: len(part.rows) for number, part in forest.parts.items()}
    size = np.zeros(forest.made, dtype=np.int64)
    size[list(sizes)] = list(sizes.values())
    bits = np.tile(links.bits, 2)
    open_ = ~np.tile(links.textual, 2) & (size[group] >= MIN_HOST - 1) & (bits >= MOVE_BITS)
    one, group, bits = one[open_], group[open_], bits[open_]
    order = np.lexsort((group, -bits, one))
    one, group = one[order], group[order]
    _, first = np.unique(one * (forest.made + 1) + group, return_index=True)
    first.sort()
    one, group = one[first], group[first]
    rank = np.arange(len(one)) - np.searchsorted(one, one)
    one, group = one[rank < MAX_HOSTS], group[rank < MAX_HOSTS]
    moved = _better(table, shapes, forest, one, group)
    for row, (_, target) in sorted(moved.items()):
        source = forest.parts[int(forest.group[row])]
        if len(source.rows) == 1:
            del forest.parts[int(forest.group[row])]
        else:
            source.rows.remove(row)
        forest.parts[target].rows = sorted([*forest.parts[target].rows, row])
        forest.group[row] = target
    return bool(moved)


def _better(
    table: Columns, shapes: Profiles, forest: _Forest, rows: NDArray[np.int64], groups: NDArray[np.int64]
) -> dict[int, tuple[float, int]]:
    """For each row that is more like another group than its own: the mean bits and that group."""
    own = forest.group[rows]
    asked = np.unique(np.concatenate([np.stack([rows, groups], axis=1), np.stack([rows, own], axis=1)]), axis=0).tolist()
    crossed = [
        (k, min(row, i), max(row, i))
        for k, (row, number) in enumerate(asked)
        for i in _exemplars(forest.parts[number].rows, MOVE_EXEMPLARS)
        if i != row
    ]
    if not crossed:
        return {}
    of, low, high = np.array(crossed, dtype=np.int64).T
    bits = bits_above(table, shapes, np.stack([low, high], axis=1), FLOOR)[0]
    counts = np.bincount(of, minlength=len(asked))
    means = np.bincount(of, weights=bits, minlength=len(asked)) / np.maximum(counts, 1)
    home: dict[int, float] = {}
    best: dict[int, tuple[float, int]] = {}
    for k, (row, number) in enumerate(asked):
        if number == forest.group[row]:
            home[row] = float(means[k]) if counts[k] else max(JOIN_BITS, FLOOR)
        elif row not in best or means[k] > best[row][0]:
            best[row] = (float(means[k]), number)
    return {row: found for row, found in best.items() if found[0] > home[row] + MOVE_GAIN}


def _finish(table: Columns, shapes: Profiles, part: _Part) -> list[int]:
    """The members of a family that holds together, its representative first; none where it does not."""
    rows = part.rows
    for _ in range(MAX_TRIMS):
        own = np.nanmean(_against(table, shapes, rows, _exemplars(rows, FINAL_EXEMPLARS)), axis=1)
        kept = np.ones(len(rows), dtype=np.bool_)
        if part.textual and len(rows) > 3:
            kept = own >= _core_bits(float(np.median(own)))
        least = FEW_BITS.get(len(rows), MIN_ROBOT_BITS if part.textual else MIN_FAMILY_BITS)
        if own[kept].mean() >= least:
            rows, own = [i for i, keep in zip(rows, kept, strict=True) if keep], own[kept]
            centre = rows[int(np.argmax(own))]
            return [centre, *(i for i in rows if i != centre)]
        rows = [i for i, bits in zip(rows, own, strict=True) if bits > np.median(own)]
        if len(rows) < 2:
            break
    return []


def _take_in(table: Columns, shapes: Profiles, links: Links, found: Sequence[list[int]]) -> None:
    """Give each row that was left alone to the family that its links name, where it is like the members of that."""
    family = np.full(len(shapes.headings), -1)
    for number, members in enumerate(found):
        family[members] = number
    a, b = links.pairs[:, 0], links.pairs[:, 1]
    alone, inside = np.concatenate([a, b]), family[np.concatenate([b, a])]
    wanted = (family[alone] < 0) & (inside >= 0) & ~np.tile(links.textual, 2)
    tries = np.unique(np.stack([inside[wanted], alone[wanted]], axis=1), axis=0)
    best: dict[int, tuple[float, int]] = {}
    for number in np.unique(tries[:, 0]).tolist():
        members = sorted(found[number])
        rows = tries[tries[:, 0] == number, 1].tolist()
        chosen = _exemplars(members, FINAL_EXEMPLARS)
        inner = float(np.nanmean(_against(table, shapes, chosen, chosen)))
        means = np.nanmean(_against(table, shapes, rows, chosen), axis=1)
        least = max(JOIN_BITS, inner - SPREAD_BITS)
        if len(members) < MIN_HOST:
            continue
        for row, mean in zip(rows, means.tolist(), strict=True):
            if mean >= least and (row not in best or mean > best[row][0]):
                best[row] = (mean, number)
    for row, (_, number) in sorted(best.items()):
        found[number].append(row)


def _against(table: Columns, shapes: Profiles, rows: Sequence[int], chosen: Sequence[int]) -> NDArray[np.float64]:
    """Bits of each of `rows` with each of `chosen`, float64[rows, chosen]; NaN with itself."""
    a = np.repeat(np.array(rows, dtype=np.int64), len(chosen))
    b = np.tile(np.array(chosen, dtype=np.int64), len(rows))
    bits = bits_above(table, shapes, np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1), FLOOR)[0]
    bits[a == b] = np.nan
    return bits.reshape(len(rows), len(chosen))


def _reached(pairs: NDArray[np.int64], n: int) -> list[int]:
    """For each row the size of the connected component that single linkage would put it in."""
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs.tolist():
        ra, rb = root(a), root(b)
        parent[max(ra, rb)] = min(ra, rb)
    roots = [root(i) for i in range(n)]
    sizes = np.bincount(roots, minlength=n)
    return [int(sizes[r]) for r in roots]
