"""Turns links into families: groups that hold together on the average, not only along a chain."""

from __future__ import annotations

from dataclasses import dataclass

from detector.template.align import Columns
from detector.template.forest import FLOOR, Flags, Floats, Ints, grow
from detector.template.links import Links, Profiles
from detector.template.settle import finish, reached, reassign, take_in
from detector.template.verify import bits_above


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one family, the representative first, and how many rows its chain of links reaches."""

    members: tuple[int, ...]
    component: int


def families(table: Columns, shapes: Profiles, links: Links, n: int) -> list[Group]:
    """Families among `n` rows, ordered by first row."""

    def weigh(pairs: Ints) -> tuple[Floats, Flags]:
        return bits_above(table, shapes, pairs, FLOOR)

    if not len(links.pairs):
        return []
    groups = reassign(grow(links, n, weigh), links, n, weigh)
    found = finish(groups, weigh)
    take_in(found, links, n, weigh)
    chained = reached(links.pairs, n)
    made = [Group(tuple(members), int(chained[members[0]])) for members in found]
    return sorted(made, key=lambda group: min(group.members))
