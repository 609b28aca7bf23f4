"""Turns the containers of a page into features: where each line lies, seen from the part with most of the running text."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page.measures import prose_of, units_of
from detector.page.sheet import Sheet
from detector.page.table import Table, Windows

DOMINANT = 0.55  # of its parent's text, so that one child at most has as much
MIN_ALIKE = 3  # siblings of one kind that make a list, a thread or a row of cards

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Forest:
    """The containers of all pages of a sheet, numbered through in the order of their starts."""

    parent: Ints  # a root is its own
    kind: Ints
    depth: Ints
    end: Ints  # one behind the last container inside
    root: Ints
    of_line: Ints  # the container of each line

    def totals(self, values: Ints) -> Ints:
        """The sum over the lines inside of each container."""
        own = np.bincount(self.of_line, weights=values, minlength=len(self.parent))
        running = np.concatenate((np.zeros(1), np.cumsum(own))).astype(np.int64)
        sums: Ints = running[self.end] - running[:-1]
        return sums

    def nearest(self, marked: Bools) -> Ints:
        """The nearest container, from each upwards, that is marked; roots count as marked."""
        jump = np.where(marked, np.arange(len(self.parent)), self.parent)
        while True:  # each pass doubles the height of the jump
            further = jump[jump]
            if np.array_equal(further, jump):
                return jump
            jump = further

    def largest(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """The largest value of any container of the same page."""
        found = np.zeros(len(self.parent))
        np.maximum.at(found, self.root, values)
        return found[self.root]


def page_forest(sheet: Sheet) -> Forest | None:
    """`forest_of`, None for plain texts and without lines."""
    return forest_of(sheet) if sheet.blocks is not None and sheet.n_lines else None


def forest_of(sheet: Sheet) -> Forest:
    assert sheet.blocks is not None
    own = sheet.blocks.container
    needed = np.zeros(len(sheet.starts) - 1, np.int64)
    np.maximum.at(needed, sheet.document, own + 1)
    parents: list[int] = []
    kinds: list[int] = []
    roots = np.zeros(len(needed), np.int64)
    for number, (tree, least) in enumerate(itertools.zip_longest(sheet.trees, needed.tolist())):
        roots[number] = start = len(parents)
        known = tree.parents if tree is not None else (0,)
        missing = max(0, least - len(known))  # pages that were made by hand have no tree
        parents += [start + parent for parent in known] + [start] * missing
        kinds += [*(tree.kinds if tree is not None else (0,)), *[0] * missing]
    size = [1] * len(parents)
    for number in range(len(parents) - 1, -1, -1):
        if parents[number] != number:
            size[parents[number]] += size[number]
    at = np.arange(len(parents), dtype=np.int64)
    parent = np.array(parents, np.int64)
    root = np.repeat(roots, np.diff(np.append(roots, len(parents))))
    return Forest(parent, np.array(kinds, np.int64), _depths(parent), at + np.array(size), root, own + roots[sheet.document])


def _depths(parent: Ints) -> Ints:
    depth: Ints = (parent != np.arange(len(parent))).astype(np.int64)
    up = parent
    while True:
        above = depth[up]
        if not above.any():
            return depth
        depth = depth + above
        up = up[up]


@dataclass(frozen=True, slots=True)
class _Sums:
    """What stands in each container."""

    lines: Ints
    chars: Ints
    links: Ints
    units: Ints
    prose: Ints


def add_places(table: Table, sheet: Sheet, windows: Windows, forest: Forest) -> None:
    """Where each line lies in the tree of its page."""
    prose, length = prose_of(sheet), np.diff(sheet.offsets) - 1
    units = np.minimum(units_of(sheet.counts), 400).astype(np.int64)
    ones = np.ones(sheet.n_lines, np.int64)
    sums = _Sums(*(forest.totals(v) for v in (ones, length, sheet.links, units, prose)))
    unlinked = np.maximum(units * (length - sheet.links) // np.maximum(length, 1), 0)
    path = _add_path(table, forest, forest.totals(4 * prose + unlinked))
    line, parent = forest.of_line, forest.parent
    branch = forest.nearest(path | path[parent])
    before = windows.before(prose)
    whole = np.maximum(sums.prose[forest.root], 1)
    for name, where in (("branch", branch[line]), ("parent", parent[line]), ("grand", parent[parent[line]])):
        table.add(f"{name}_prose_share", sums.prose[where] / whole[where])
        table.add(f"{name}_prose_rate", sums.prose[where] / np.maximum(sums.units[where], 1))
        table.add(f"{name}_link_share", sums.links[where] / np.maximum(sums.chars[where], 1))
        table.add(f"{name}_lines", np.minimum(sums.lines[where], 200))
        table.add(f"{name}_line_units", sums.units[where] / np.maximum(sums.lines[where], 1))
    table.add("own_prose_rate", sums.prose[line] / np.maximum(sums.units[line], 1))
    table.add("own_line_units", sums.units[line] / np.maximum(sums.lines[line], 1))
    table.add("branch_before", _first(before, branch[line], len(parent)) / whole[line])
    _add_alike(table, forest, sums, before, np.bincount(line, weights=prose, minlength=len(parent)).astype(np.int64))


def _first(values: Ints, group: Ints, n_groups: int) -> Ints:
    """The smallest value of each row's group."""
    least = np.full(n_groups, np.iinfo(np.int64).max)
    np.minimum.at(least, group, values)
    found: Ints = least[group]
    return found


def _add_path(table: Table, forest: Forest, text: Ints) -> Bools:
    """The way from the root down to the container that holds most of the text: how far each line lies from its end."""
    parent, depth = forest.parent, forest.depth
    is_root = parent == np.arange(len(parent))
    off = ~is_root & ((text < DOMINANT * text[parent]) | (text == 0))
    above = forest.nearest(off | is_root)
    path: Bools = ~off[above]
    fork = depth[forest.nearest(path)]
    deepest = forest.largest(np.where(path, depth, 0))
    table.add("path_out", np.minimum((deepest - fork)[forest.of_line], 12))
    table.add("path_in", np.minimum((depth - fork)[forest.of_line], 12))
    return path


def _add_alike(table: Table, forest: Forest, sums: _Sums, before: Ints, own_prose: Ints) -> None:
    """Siblings of one kind: cards, posts, comments. What they hold, and how much of the text stands above and outside."""
    parent, line = forest.parent, forest.of_line
    is_root = parent == np.arange(len(parent))
    _, group = np.unique(parent * (int(forest.kind.max(initial=0)) + 1) + forest.kind, return_inverse=True)
    count = np.bincount(group)[group]
    alike = (count >= MIN_ALIKE) & ~is_root
    near = forest.nearest(alike | is_root)
    whole = np.maximum(sums.prose[forest.root], 1)
    prose, links, chars, lines = (
        np.bincount(group, weights=v)[group] for v in (sums.prose, sums.links, sums.chars, sums.lines)
    )
    table.add("page_single", (forest.largest(np.where(alike[near], 0, own_prose)) / whole)[line])
    table.add("page_alike", (forest.largest(np.where(alike, prose, 0)) / whole)[line])
    at = near[line]
    inside = alike[at]
    table.add("alike", np.where(inside, np.minimum(count[at], 60), 0))
    table.add("alike_up", np.minimum(forest.depth[line] - forest.depth[at], 12))
    for name, values in (
        ("prose", (prose / count)[at]), ("prose_share", (prose / whole)[at]), ("links", (links / np.maximum(chars, 1))[at]),
        ("lines", (lines / count)[at]), ("before", _first(before, group[at], len(parent)) / whole[at]),
    ):  # fmt: skip
        table.add(f"alike_{name}", np.where(inside, values, -1))
