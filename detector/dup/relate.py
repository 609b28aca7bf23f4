"""Turns sketches and folded texts of a corpus into its exact, near and contained pairs and their clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import short_values
from detector.dup.cluster import chained, components, stars
from detector.dup.engines import choose_kernels
from detector.dup.exact import exact_representatives
from detector.dup.pairs import Corpus, PairTable
from detector.dup.scheme import require_same
from detector.dup.search import search_pairs
from detector.dup.settings import DuplicateSettings
from detector.dup.sketch import SketchTable
from detector.dup.verify import FoldedTexts
from detector.types import Cluster, Pair, RelationName


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The duplicates of a corpus, everything sorted by id.

    `pairs` are exact and near ones, `contained` those where the text of `a` lies inside that of `b`. `clusters` are
    near ones and count exact copies of their members in, `exact` are groups of one and the same folded text.
    """

    pairs: tuple[Pair, ...]
    clusters: tuple[Cluster, ...]
    exact: tuple[Cluster, ...]
    contained: tuple[Pair, ...]


def find_duplicates(
    ids: Sequence[str],
    table: SketchTable,
    folded: FoldedTexts,
    settings: DuplicateSettings | None = None,
    priority: Sequence[int] | None = None,
    on_compile: Callable[[str], None] | None = None,
) -> Duplicates:
    """Find all duplicates among n documents, whatever order they come in.

    `ids` are n distinct names, `table` their sketches, `folded[i]` the folded text of document i. `priority[i]` is
    lower for a document that should rather represent others (default: the longest folded text first); ties go by id.
    `on_compile` is called where compiled kernels must be made first.
    Raises SchemeError where `table` was made with another scheme than `settings` asks for.
    """
    settings = settings or DuplicateSettings()
    require_same(table.scheme.digest, settings.scheme().digest)
    n_chars = np.array([len(folded[i]) for i in range(len(ids))], dtype=np.int64)
    order = _priority_order(ids, -n_chars if priority is None else np.asarray(priority, dtype=np.int64))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    group = order[exact_representatives(table.digests[order], n_chars[order])][place]
    representatives = order[group[order] == order]
    corpus = Corpus(short_values(table.values), n_chars, folded, table.scheme)
    kernels = choose_kernels(settings.engine, int(n_chars.sum()), on_compile)
    found = search_pairs(corpus, representatives, settings, kernels)
    members = _members(group)
    names = np.array(ids, dtype=object)
    return Duplicates(
        pairs=_sorted_pairs([*_exact_pairs(members, names, settings), *_near_pairs(found.near, members, names, settings)]),
        clusters=_near_clusters(found.near, place, order, members, names),
        exact=tuple(sorted((_exact_cluster(head, rows, names) for head, rows in members.items()), key=_first_member)),
        contained=_sorted_pairs(_as_pairs(found.contained, names, "contained")),
    )


def cluster_id(relation: RelationName, members: Sequence[str]) -> str:
    """A name that depends on the members alone: relation and 12 hexadecimal digits."""
    digest = blake2b(digest_size=6)
    for member in sorted(members):
        digest.update(member.encode("utf-8", "surrogatepass") + b"\n")
    return f"{relation}-{digest.hexdigest()}"


def _priority_order(ids: Sequence[str], priority: NDArray[np.int64]) -> NDArray[np.int64]:
    by_id = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    return by_id[np.argsort(priority[by_id], kind="stable")]


def _members(group: NDArray[np.int64]) -> dict[int, list[int]]:
    """Representative -> all rows with its text, for texts that occur more than once."""
    sizes = np.bincount(group, minlength=len(group))
    members: dict[int, list[int]] = {}
    for row in np.flatnonzero(sizes[group] > 1).tolist():
        members.setdefault(int(group[row]), []).append(row)
    return members


def _exact_pairs(members: dict[int, list[int]], names: NDArray[np.object_], settings: DuplicateSettings) -> list[Pair]:
    """Every pair of a small group, the pairs with the representative of a large one."""
    pairs: list[Pair] = []
    for head, rows in members.items():
        firsts = rows if len(rows) <= settings.all_pairs else [head]
        for a in firsts:
            pairs.extend(_pair(names[a], names[b], "exact", 1.0, 1.0) for b in rows if b > a or firsts == [head] != [b])
    return pairs


def _near_pairs(
    near: PairTable, members: dict[int, list[int]], names: NDArray[np.object_], settings: DuplicateSettings
) -> list[Pair]:
    """The pairs found, and those of the exact copies of both sides unless there are very many."""
    pairs = _as_pairs(near, names, "near")
    heads = np.array(sorted(members), dtype=np.int64)
    copied = np.flatnonzero(np.isin(near.a, heads) | np.isin(near.b, heads))
    for i in copied.tolist():
        a, b = int(near.a[i]), int(near.b[i])
        left, right = members.get(a, [a]), members.get(b, [b])
        if len(left) * len(right) <= settings.all_pairs**2:
            jaccard, containment = float(near.jaccard[i]), float(near.containment[i])
            pairs.extend(
                _pair(names[x], names[y], "near", jaccard, containment) for x in left for y in right if (x, y) != (a, b)
            )
    return pairs


def _as_pairs(table: PairTable, names: NDArray[np.object_], relation: RelationName) -> list[Pair]:
    columns = zip(names[table.a], names[table.b], table.jaccard.tolist(), table.containment.tolist(), strict=True)
    return [_pair(*row[:2], relation, *row[2:]) for row in columns]


def _pair(a: str, b: str, relation: RelationName, jaccard: float, containment: float) -> Pair:
    if relation != "contained" and a > b:
        a, b = b, a
    return Pair(a, b, relation, jaccard=jaccard, containment=containment)


def _sorted_pairs(pairs: list[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (pair.a, pair.b)))


def _exact_cluster(head: int, rows: list[int], names: NDArray[np.object_]) -> Cluster:
    members = tuple(sorted(names[rows].tolist()))
    return Cluster(cluster_id("exact", members), "exact", names[head], members, 1.0, 1.0)


def _first_member(cluster: Cluster) -> tuple[str, ...]:
    return cluster.members


def _near_clusters(
    near: PairTable,
    place: NDArray[np.int64],
    order: NDArray[np.int64],
    members: dict[int, list[int]],
    names: NDArray[np.object_],
) -> tuple[Cluster, ...]:
    """Stars over places (order of priority), with the exact copies of each member."""
    n, a, b = len(place), place[near.a], place[near.b]
    star = stars(n, a, b)
    weights = np.ones(n, dtype=np.int64)
    for head, rows in members.items():
        weights[place[head]] = len(rows)
    added = chained(components(n, a, b), star, weights)
    spokes = _spokes(star, a, b, near.jaccard)
    clusters = []
    for head, spoke in spokes.items():
        rows = [row for node in [head, *spoke] for row in members.get(int(order[node]), [int(order[node])])]
        similar = list(spoke.values())
        found = tuple(sorted(names[rows].tolist()))
        clusters.append(
            Cluster(
                cluster_id("near", found),
                "near",
                names[order[head]],
                found,
                min_jaccard=min(similar),
                median_jaccard=float(np.median(similar)),
                chained=int(added[head]),
            )
        )
    return tuple(sorted(clusters, key=_first_member))


def _spokes(
    star: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64], jaccard: NDArray[np.float64]
) -> dict[int, dict[int, float]]:
    """Representative -> member -> their Jaccard similarity, for representatives with members."""
    spokes: dict[int, dict[int, float]] = {}
    for i in np.flatnonzero((star[a] == b) | (star[b] == a)).tolist():
        head, member = (int(b[i]), int(a[i])) if star[a[i]] == b[i] else (int(a[i]), int(b[i]))
        spokes.setdefault(head, {})[member] = float(jaccard[i])
    return spokes
