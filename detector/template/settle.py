"""Turns groups of rows into families: rows move where they fit best, what does not hold together is cut, strays come in."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.forest import FLOOR, SPREAD_BITS, Flags, Floats, Groups, Ints, Weigh, core_bits
from detector.template.links import Links
from detector.template.sorting import distinct, ranked, runs

FINAL_EXEMPLARS: Final = 12  # members that stand for a family when its members are judged
MIN_FAMILY_BITS: Final = -4.0  # mean bits inside a family with headings
MIN_ROBOT_BITS: Final = -1.0  # and inside one of texts that share clauses
FEW_BITS: Final = {2: 1.0, 3: 0.5}  # and inside one of so few members
JOIN_BITS: Final = -5.0  # mean bits of a single row with a family of MIN_HOST members or more
MIN_HOST: Final = 4
MOVES: Final = 3  # times that rows are given to the group they are most like
MOVE_EXEMPLARS: Final = 8  # members that a row is compared with
MOVE_BITS: Final = -5.0  # of a link that names a group to move to
MOVE_GAIN: Final = 0.5  # bits that another group must be better
MAX_HOSTS: Final = 2  # groups that a row may move to
MAX_TRIMS: Final = 3  # times that the worse half is dropped before a group is given up


def reassign(groups: Groups, links: Links, n: int, weigh: Weigh) -> Groups:
    """Move rows with an outline to the groups whose members they are most like, MOVES times or until all stay.

    What was joined first was joined on single comparisons; against whole groups many a row belongs elsewhere (the
    reassignment of k-medoids, over the groups that the strongest links of a row name).
    """
    known: tuple[Ints, Floats] = (np.empty(0, dtype=np.int64), np.empty(0))
    for _ in range(MOVES):
        home = np.full(n, -1)
        home[groups.rows] = np.repeat(np.arange(len(groups.inner)), groups.sizes)
        rows, hosts = _hosts(groups, links, home)
        asked = distinct(np.concatenate([hosts * n + rows, home[rows] * n + rows]))
        means = _means(groups, asked, n, known, weigh)
        moved, target = _better(asked % n, asked // n, means, home)
        if not len(moved):
            return groups
        changed = np.zeros(len(groups.inner), dtype=np.bool_)
        changed[home[moved]] = changed[target] = True
        home[moved] = target
        groups = regrouped(groups, home[groups.rows])
        stays = ~changed[asked // n]
        known = asked[stays], means[stays]
    return groups


def regrouped(groups: Groups, number: Ints) -> Groups:
    """The same rows with row i in group `number[i]`; groups keep their numbers, and may be empty."""
    order = np.lexsort((groups.rows, number))
    sizes = np.bincount(number, minlength=len(groups.inner))
    return Groups(groups.rows[order], np.concatenate(([0], np.cumsum(sizes))), groups.inner, groups.textual)


def _hosts(groups: Groups, links: Links, home: Ints) -> tuple[Ints, Ints]:
    """Rows with the groups of their strongest links, at most MAX_HOSTS for each."""
    one, other = np.concatenate([links.pairs, links.pairs[:, ::-1]]).T
    group, bits = home[other], np.tile(links.bits, 2)
    open_ = ~np.tile(links.textual, 2) & (groups.sizes[group] >= MIN_HOST - 1) & (bits >= MOVE_BITS)
    one, group, bits = one[open_], group[open_], bits[open_]
    order, _ = ranked(one * len(groups.inner) + group, bits, np.zeros_like(one))
    first = order[runs((one * len(groups.inner) + group)[order])[0]]  # the strongest link of each row with each group
    one, group, bits = one[first], group[first], bits[first]
    order, rank = ranked(one, bits, group)
    chosen = order[rank < MAX_HOSTS]
    return one[chosen], group[chosen]


def _means(groups: Groups, asked: Ints, n: int, known: tuple[Ints, Floats], weigh: Weigh) -> Floats:
    """Mean bits of each asked (group * n + row) with members of the group; what is `known` is not measured again."""
    means = np.empty(len(asked))
    keys, values = known
    at = np.searchsorted(keys, asked)
    old = np.zeros(len(asked), dtype=np.bool_)
    if len(keys):
        old = keys[np.minimum(at, len(keys) - 1)] == asked
        means[old] = values[at[old]]
    new = np.flatnonzero(~old)
    means[new] = mean_bits(groups, asked[new] % n, asked[new] // n, MOVE_EXEMPLARS, weigh)
    return np.where(np.isnan(means), max(JOIN_BITS, FLOOR), means)


def mean_bits(groups: Groups, rows: Ints, of: Ints, most: int, weigh: Weigh) -> Floats:
    """Mean bits of row i with at most `most` members of group `of[i]` other than itself; NaN where there are none."""
    place, members = groups.exemplars(of, most)
    others = members != rows[place]
    place, members = place[others], members[others]
    low, high = np.minimum(rows[place], members), np.maximum(rows[place], members)
    span = int(high.max(initial=0)) + 1
    packed = low * span + high
    asked = distinct(packed)  # two members of a small group ask for each other
    bits = weigh(np.stack([asked // span, asked % span], axis=1))[0][np.searchsorted(asked, packed)]
    counts = np.bincount(place, minlength=len(rows))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(place, bits, len(rows)) / np.where(counts, counts, np.nan))


def _better(rows: Ints, groups: Ints, means: Floats, home: Ints) -> tuple[Ints, Ints]:
    """Rows that are more like another group than their own, and that group."""
    own = groups == home[rows]
    at_home = np.full(len(home), np.inf)
    at_home[rows[own]] = means[own]
    rows, groups, means = rows[~own], groups[~own], means[~own]
    order, rank = ranked(rows, means, groups)
    best = order[rank == 0]
    moved = best[means[best] > at_home[rows[best]] + MOVE_GAIN]
    return rows[moved], groups[moved]


def finish(groups: Groups, weigh: Weigh) -> list[list[int]]:
    """The members of each family that holds together, its representative first; the worse half goes where one does not."""
    found: dict[int, list[int]] = {}
    for _ in range(MAX_TRIMS):
        groups = _without_single(groups)
        of = np.repeat(np.arange(len(groups.inner)), groups.sizes)
        own = np.round(mean_bits(groups, groups.rows, of, FINAL_EXEMPLARS, weigh), 9)
        middle = _medians(own, of, len(groups.inner))
        core = groups.textual & (groups.sizes > 3)
        kept = ~core[of] | (own >= core_bits(middle)[of])
        with np.errstate(invalid="ignore"):
            mean = np.bincount(of[kept], own[kept], len(groups.inner)) / np.bincount(of[kept], minlength=len(groups.inner))
        done = mean >= _wanted(groups)
        order = np.lexsort((groups.rows, -own, of))
        order = order[done[of[order]] & kept[order]]
        for part in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
            if len(part):
                found[int(groups.rows[part[0]])] = [int(groups.rows[part[0]]), *sorted(groups.rows[part[1:]].tolist())]
        rest = ~done[of] & (own > middle[of])
        sizes = np.bincount(of[rest], minlength=len(groups.inner))
        groups = Groups(groups.rows[rest], np.concatenate(([0], np.cumsum(sizes))), groups.inner, groups.textual)
    return [found[first] for first in sorted(found, key=lambda first: min(found[first]))]


def _without_single(groups: Groups) -> Groups:
    """The groups of two rows or more."""
    sizes = groups.sizes
    many = sizes > 1
    starts = np.concatenate(([0], np.cumsum(sizes[many])))
    return Groups(groups.rows[np.repeat(many, sizes)], starts, groups.inner[many], groups.textual[many])


def _wanted(groups: Groups) -> Floats:
    """Mean bits that each group must have inside."""
    least = np.where(groups.textual, MIN_ROBOT_BITS, MIN_FAMILY_BITS)
    for size, bits in FEW_BITS.items():
        least[groups.sizes == size] = bits
    return least


def _medians(values: Floats, of: Ints, n: int) -> Floats:
    """The median of the values of each of n groups, none of them empty; `of` is sorted."""
    ordered = values[np.lexsort((values, of))]
    sizes = np.bincount(of, minlength=n)
    starts = np.cumsum(sizes) - sizes
    return np.asarray((ordered[starts + (sizes - 1) // 2] + ordered[starts + sizes // 2]) / 2)


def take_in(found: list[list[int]], links: Links, n: int, weigh: Weigh) -> None:
    """Give each row that was left alone to the family that its links name, where it is like the members of that."""
    family = np.full(n, -1)
    for number, members in enumerate(found):
        family[members] = number
    rows = np.sort(np.flatnonzero(family >= 0))
    none: tuple[Floats, Flags] = (np.full(len(found), np.nan), np.zeros(len(found), dtype=np.bool_))
    groups = regrouped(Groups(rows, np.empty(0, dtype=np.int64), *none), family[rows])
    one, other = np.concatenate([links.pairs, links.pairs[:, ::-1]]).T
    wanted = (family[one] < 0) & (family[other] >= 0) & ~np.tile(links.textual, 2)
    wanted[wanted] = groups.sizes[family[other[wanted]]] >= MIN_HOST
    tries = distinct(family[other[wanted]] * n + one[wanted])
    hosts, rows = tries // n, tries % n
    means = mean_bits(groups, rows, hosts, FINAL_EXEMPLARS, weigh)
    asked = distinct(hosts)
    inner = np.full(len(found), np.nan)
    inner[asked] = _inner(groups, asked, weigh)
    fit = means >= np.maximum(JOIN_BITS, inner[hosts] - SPREAD_BITS)
    order, rank = ranked(rows[fit], means[fit], hosts[fit])
    for k in order[rank == 0].tolist():
        found[int(hosts[fit][k])].append(int(rows[fit][k]))


def _inner(groups: Groups, asked: Ints, weigh: Weigh) -> Floats:
    """Mean bits of the exemplars of each group with each other."""
    of, rows = groups.exemplars(asked, FINAL_EXEMPLARS)
    means = mean_bits(groups, rows, asked[of], FINAL_EXEMPLARS, weigh)
    return np.asarray(np.bincount(of, means, len(asked)) / np.maximum(np.bincount(of, minlength=len(asked)), 1))


def reached(pairs: NDArray[np.int64], n: int) -> Ints:
    """For each row the size of the connected component that single linkage would put it in: int64[n]."""
    label = np.arange(n)
    a, b = pairs.T
    while len(a):
        low, high = np.minimum(label[a], label[b]), np.maximum(label[a], label[b])
        np.minimum.at(label, high, low)  # the roots of the higher labels hang below the lower
        while (label != label[label]).any():
            label = label[label]
        apart = label[a] != label[b]
        a, b = a[apart], b[apart]
    return np.asarray(np.bincount(label, minlength=n)[label])
