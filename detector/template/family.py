"""Turns the rows of a corpus into families: pairs that share a template with their reasons, and clusters of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np

from detector.settings import Settings
from detector.template.align import columns
from detector.template.bands import candidate_pairs
from detector.template.clusters import Group, families
from detector.template.features import TemplateRow
from detector.template.links import Links, profiles, weigh
from detector.template.verify import link_pairs
from detector.types import Cluster, Pair

MIN_LISTED_BITS: Final = -3.0  # of a listed pair without the representative
MAX_PAIRS_A_MEMBER: Final = 8  # pairs that are listed beyond those with the representative


@dataclass(frozen=True, slots=True)
class Families:
    """Templated pairs, ordered by ids, and families, largest first."""

    pairs: tuple[Pair, ...]
    clusters: tuple[Cluster, ...]


def find_families(
    ids: Sequence[str],
    rows: Sequence[TemplateRow],
    settings: Settings | None = None,
    near: Mapping[str, str] | None = None,
) -> Families:
    """Families among documents, the same whatever their order.

    `near` maps documents to the cluster of copies that they belong to (documents that are in none may be absent):
    of each such cluster only the document of the smallest id is compared, the others join its family afterwards.
    `settings` holds nothing yet that changes the result.
    """
    copies = _copies(ids, near or {})
    order = sorted(copies, key=lambda i: ids[i])
    names = [ids[i] for i in order]
    kept = [rows[i] for i in order]
    table = columns(kept)
    shapes = profiles(kept, table)
    links = link_pairs(table, shapes, [candidate_pairs(table, shapes)])
    groups = families(table, shapes, links, len(order))
    spokes = [(min(g.members[0], i), max(g.members[0], i)) for g in groups for i in g.members[1:]]
    centred = weigh(table, shapes, np.array(spokes, dtype=np.int64).reshape(-1, 2))
    pairs = _pairs(centred, names) + _pairs(_inner(links, groups, len(order)), names)
    whole = [[ids[j] for j in copies[i]] for i in order]
    clusters = [_cluster(group, names, whole) for group in groups]
    return Families(
        tuple(sorted(pairs, key=lambda pair: (pair.a, pair.b))),
        tuple(sorted(clusters, key=lambda cluster: (-len(cluster.members), cluster.id))),
    )


def family_id(members: Sequence[str]) -> str:
    """A name that the members alone decide."""
    return "family-" + blake2b("\n".join(sorted(members)).encode(), digest_size=8).hexdigest()


def _copies(ids: Sequence[str], near: Mapping[str, str]) -> dict[int, list[int]]:
    """Row of the smallest id of each cluster of copies -> rows of the cluster."""
    groups: dict[tuple[bool, str], list[int]] = {}
    for i, name in enumerate(ids):
        groups.setdefault((name in near, near.get(name, name)), []).append(i)
    return {min(group, key=lambda i: ids[i]): group for group in groups.values()}


def _inner(links: Links, groups: Sequence[Group], n: int) -> Links:
    """Links between members of one family other than its representative, the strongest few of each member."""
    family = np.full(n, -1)
    centre = np.zeros(n, dtype=np.bool_)
    for number, group in enumerate(groups):
        family[list(group.members)] = number
        centre[group.members[0]] = True
    a, b = links.pairs[:, 0], links.pairs[:, 1]
    listable = links.bits >= MIN_LISTED_BITS
    inside = np.flatnonzero(listable & (family[a] >= 0) & (family[a] == family[b]) & ~centre[a] & ~centre[b])
    listed = [0] * n
    kept = []
    for k in inside[np.lexsort((b[inside], a[inside], -links.bits[inside]))].tolist():
        i, j = int(a[k]), int(b[k])
        if min(listed[i], listed[j]) < MAX_PAIRS_A_MEMBER:
            listed[i] += 1
            listed[j] += 1
            kept.append(k)
    return links.take(np.array(kept, dtype=np.intp))


def _pairs(links: Links, names: Sequence[str]) -> list[Pair]:
    return [
        Pair(names[a], names[b], "templated", outline=links.outline_of(k), facts=links.facts(k))
        for k, (a, b) in enumerate(links.pairs.tolist())
    ]


def _cluster(group: Group, names: Sequence[str], copies: Sequence[Sequence[str]]) -> Cluster:
    members = tuple(sorted(name for i in group.members for name in copies[i]))
    return Cluster(
        id=family_id(members),
        relation="templated",
        representative=names[group.members[0]],
        members=members,
        chained=group.component - len(group.members),
    )
