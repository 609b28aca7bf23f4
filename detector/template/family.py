"""Turns the rows of a corpus into families: pairs that share a template, and star clusters of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np

from detector.settings import Settings
from detector.template.align import Columns, columns
from detector.template.bands import candidate_pairs
from detector.template.features import TemplateRow
from detector.template.links import Links, Profiles, link_pairs, profiles
from detector.types import Cluster, Pair

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
    """
    copies = _copies(ids, near or {})
    order = sorted(copies, key=lambda i: ids[i])
    table = columns([rows[i] for i in order])
    shapes = profiles([rows[i] for i in order])
    links = link_pairs(table, shapes, candidate_pairs(table))
    stars = _stars(table, shapes, links, len(order))
    names = [ids[i] for i in order]
    pairs = [pair for star in stars for pair in _star_pairs(star, names)]
    clusters = [_cluster(star, names, [[ids[j] for j in copies[i]] for i in order]) for star in stars]
    pairs.sort(key=lambda pair: (pair.a, pair.b))
    clusters.sort(key=lambda cluster: (-len(cluster.members), cluster.id))
    return Families(tuple(pairs), tuple(clusters))


@dataclass(frozen=True, slots=True)
class _Star:
    """A representative, its members (itself first), the links to each, and links among the members."""

    members: tuple[int, ...]
    links: Links
    merged: int  # rows of the connected component


def _copies(ids: Sequence[str], near: Mapping[str, str]) -> dict[int, list[int]]:
    """Row of the smallest id of each cluster of copies -> rows of the cluster."""
    groups: dict[tuple[bool, str], list[int]] = {}
    for i, name in enumerate(ids):
        groups.setdefault((name in near, near.get(name, name)), []).append(i)
    return {min(group, key=lambda i: ids[i]): group for group in groups.values()}


def _components(links: Links, n: int) -> list[list[int]]:
    """Connected components of two rows or more, each sorted, ordered by first row."""
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in links.pairs.tolist():
        ra, rb = root(a), root(b)
        if ra != rb:
            parent[max(ra, rb)] = min(ra, rb)
    groups: dict[int, list[int]] = {}
    for i in sorted(set(links.pairs.ravel().tolist())):
        groups.setdefault(root(i), []).append(i)
    return [groups[i] for i in sorted(groups)]


def _stars(table: Columns, shapes: Profiles, links: Links, n: int) -> list[_Star]:
    """Star clusters of each component: the row that is linked most strongly takes all rows that link to it directly."""
    weight = np.zeros(n)
    for side in (0, 1):
        np.add.at(weight, links.pairs[:, side], links.strength)
    label = np.full(n, -1)
    components = _components(links, n)
    for number, component in enumerate(components):
        label[component] = number
    order = np.argsort(label[links.pairs[:, 0]], kind="stable")
    bounds = np.searchsorted(label[links.pairs[order, 0]], np.arange(len(components) + 1))
    stars = []
    for number, component in enumerate(components):
        inner = links.take(order[bounds[number] : bounds[number + 1]])
        left = sorted(component, key=lambda i: (-weight[i], i))
        while len(left) > 1:
            centre = left[0]
            spokes = np.array([(min(centre, i), max(centre, i)) for i in left[1:]], dtype=np.int64)
            found = link_pairs(table, shapes, spokes)
            members = {centre, *found.pairs.ravel().tolist()}
            if len(members) > 1:
                among = np.isin(inner.pairs, list(members)).all(axis=1) & (inner.pairs != centre).all(axis=1)
                joined = found.join(inner.take(np.flatnonzero(among)))
                stars.append(_Star((centre, *sorted(members - {centre})), joined, len(component)))
            left = [i for i in left if i not in members]
    return stars


def _star_pairs(star: _Star, names: Sequence[str]) -> list[Pair]:
    """Pairs with the representative, and up to MAX_PAIRS_A_MEMBER more of each member."""
    pairs = []
    seen = dict.fromkeys(star.members, 0)
    for k, (a, b) in enumerate(star.links.pairs.tolist()):
        if star.members[0] not in (a, b):
            if seen[a] >= MAX_PAIRS_A_MEMBER and seen[b] >= MAX_PAIRS_A_MEMBER:
                continue
            seen[a] += 1
            seen[b] += 1
        first, second = sorted((names[a], names[b]))
        pairs.append(Pair(first, second, "templated", outline=star.links.outline_of(k), facts=star.links.facts(k)))
    return pairs


def _cluster(star: _Star, names: Sequence[str], copies: Sequence[Sequence[str]]) -> Cluster:
    members = tuple(sorted(name for i in star.members for name in copies[i]))
    return Cluster(
        id=family_id(members),
        relation="templated",
        representative=names[star.members[0]],
        members=members,
        chained=star.merged - len(star.members),
    )


def family_id(members: Sequence[str]) -> str:
    """A name that the members alone decide."""
    return "family-" + blake2b("\n".join(sorted(members)).encode(), digest_size=8).hexdigest()
