"""Turns groups of duplicates and a policy into what is kept and a ledger of what is removed, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from detector.dup.pairs import PairTable
from detector.errors import SettingsError

KeepRule = Literal["longest", "earliest", "cleanest", "first"]
KEEP_RULES: tuple[KeepRule, ...] = get_args(KeepRule)


@dataclass(frozen=True, slots=True)
class KeepPolicy:
    """Which document of a group stays.

    A document of one of `hosts` comes before all others, in the order of `hosts`; then `rule` decides, then the
    longer text, then the id. `share` of each group stays (at least one document). A contained document stays
    unless `drop_contained`.
    """

    rule: KeepRule = "longest"
    hosts: tuple[str, ...] = ()
    share: float = 0.0
    drop_contained: bool = False

    def __post_init__(self) -> None:
        if self.rule not in KEEP_RULES:
            raise SettingsError(f"keep={self.rule!r}: use one of {', '.join(KEEP_RULES)}")
        if not 0.0 <= self.share <= 1.0:
            raise SettingsError(f"share={self.share}: must lie between 0 and 1")


@dataclass(frozen=True, slots=True)
class KeepFacts:
    """What a policy looks at, one entry a document; None where a rule does not need it."""

    id_rank: NDArray[np.int64]  # place of the id among all ids
    n_chars: NDArray[np.int64]
    dirt: NDArray[np.float64] | None = None  # less is cleaner
    published: Sequence[str | None] | None = None  # ISO 8601, which sorts like time; unknown counts as latest
    hosts: Sequence[str | None] | None = None


def priorities(policy: KeepPolicy, facts: KeepFacts) -> NDArray[np.int64]:
    """int64[n]: the documents in the order in which they are to be kept, best first."""
    n = len(facts.n_chars)
    keys: list[NDArray[np.int64] | NDArray[np.float64]] = [facts.id_rank, -facts.n_chars]
    if policy.rule == "earliest":
        keys.append(_ranks(facts.published or [None] * n))
    elif policy.rule == "cleanest" and facts.dirt is not None:
        keys.append(facts.dirt)
    elif policy.rule == "first":
        keys.append(np.arange(n))
    if policy.hosts and facts.hosts is not None:
        place = {host: i for i, host in enumerate(policy.hosts)}
        keys.append(np.array([place.get(host or "", len(place)) for host in facts.hosts], dtype=np.int64))
    return np.lexsort(keys).astype(np.int64)


def _ranks(values: Sequence[str | None]) -> NDArray[np.int64]:
    order = {value: i for i, value in enumerate(sorted({v for v in values if v}))}
    return np.array([order[v] if v else len(order) for v in values], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Removals:
    """The removed rows: what each duplicates (`kept`), how, and how similar the two are."""

    row: NDArray[np.int64]
    kept: NDArray[np.int64]
    reason: NDArray[np.str_]  # exact, near, contained
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]
    via: NDArray[np.int64]  # the row that was compared, where that one was removed itself; else -1


@dataclass(frozen=True, slots=True)
class Groups:
    """Who duplicates whom, one entry a row: itself where it is the representative or alone."""

    exact: NDArray[np.int64]  # the first row with the same text
    star: NDArray[np.int64]  # representative of the near cluster of that text
    jaccard: NDArray[np.float64]  # with the representative of the near cluster
    containment: NDArray[np.float64]


def group_rows(exact: NDArray[np.int64], star: NDArray[np.int64], near: PairTable) -> Groups:
    """Groups of all rows from exact representatives, stars over these (-1 for none) and the near pairs."""
    n = len(exact)
    jaccard, containment = np.ones(n), np.ones(n)
    for member, head in ((near.a, near.b), (near.b, near.a)):
        spoke = star[member] == head
        jaccard[member[spoke]] = near.jaccard[spoke]
        containment[member[spoke]] = near.containment[spoke]
    own = np.where(star < 0, np.arange(n), star)
    return Groups(exact, own[exact], jaccard[exact], containment[exact])


def removals(
    policy: KeepPolicy,
    groups: Groups,
    contained: PairTable,
    order: NDArray[np.int64],
    n_chars: NDArray[np.int64],
) -> Removals:
    """What the policy removes, sorted by row; `order` is that of `priorities`, by which the groups were made."""
    n = len(groups.exact)
    rows = np.arange(n)
    out = groups.star != rows
    if policy.share > 0:
        out &= ~_shared(policy.share, groups.star, order)
    kept = groups.star.copy()
    same = groups.star == groups.exact
    reason = np.where(same, "exact", "near").astype("U9")
    jaccard, containment = np.where(same, 1.0, groups.jaccard), np.where(same, 1.0, groups.containment)
    if policy.drop_contained:
        # Longest first: what a document lies in is then settled before the document itself.
        for i in np.lexsort((contained.b, contained.a, -n_chars[contained.a])).tolist():
            inner, outer = int(contained.a[i]), int(contained.b[i])
            if not out[inner] and not out[outer]:
                out[inner], kept[inner], reason[inner] = True, outer, "contained"
                jaccard[inner], containment[inner] = contained.jaccard[i], contained.containment[i]
    gone = np.flatnonzero(out)
    direct = kept[gone]
    final = np.where(out[direct], kept[direct], direct)
    via = np.where(final != direct, direct, -1)
    return Removals(gone, final, reason[gone], jaccard[gone], containment[gone], via)


def _shared(share: float, star: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: rows that stay since a share of each group does, best first."""
    stay = np.zeros(len(star), dtype=np.bool_)
    members: dict[int, list[int]] = {}
    for row in order.tolist():
        members.setdefault(int(star[row]), []).append(row)
    for rows in members.values():
        stay[rows[: ceil(share * len(rows))]] = True
    return stay
