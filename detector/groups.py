"""Relations of the corpus into the groups of each document, and into one list of pairs."""

from __future__ import annotations

from detector.context import Relations
from detector.rows import Membership
from detector.types import Pair


def memberships(relations: Relations) -> dict[str, Membership]:
    """The groups of each document; documents in none are absent."""
    found: dict[str, dict[str, str]] = {}
    clusters = (*relations.duplicates.exact, *relations.duplicates.clusters, *relations.families.clusters)
    column = {"exact": "exact_group", "near": "near_cluster", "templated": "template_family"}
    for cluster in clusters:
        for member in cluster.members:
            found.setdefault(member, {})[column[cluster.relation]] = cluster.id
    best: dict[str, Pair] = {}
    for pair in relations.duplicates.contained:
        known = best.get(pair.a)
        if known is None or (pair.containment or 0.0, known.b) > (known.containment or 0.0, pair.b):
            best[pair.a] = pair
    copies = {cluster.representative: cluster.members for cluster in relations.duplicates.exact}
    for document, pair in best.items():
        for copy in copies.get(document, (document,)):
            found.setdefault(copy, {})["contained_in"] = pair.b
    return {document: Membership(**groups) for document, groups in found.items()}


def all_pairs(relations: Relations) -> list[Pair]:
    """Every pair of the run, by ids and relation."""
    pairs = (*relations.duplicates.pairs, *relations.duplicates.contained, *relations.families.pairs)
    return sorted(pairs, key=lambda p: (p.a, p.b, p.relation))
