"""`clusters.jsonl`, `pairs.jsonl` and `templates.jsonl` to the groups that will be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from detector.report.best import Best, Shown
from detector.report.files import Row
from detector.report.skeleton import SkeletonLine, SlotView, skeleton_lines, slot_views

_CLUSTERS = 60  # of near clusters and of exact groups each
_CLUSTER_MEMBERS = 25
_CONTAINED = 30
_FAMILIES = 40
_FAMILY_MEMBERS = 40
_FAMILY_HOSTS = 40
_SHARED_VALUES = 12


@dataclass(frozen=True, slots=True)
class ClusterView:
    """One group of copies. `members` leaves the representative out and is cut; `size` counts all."""

    id: str
    relation: str
    representative: str
    members: tuple[str, ...]
    size: int
    min_jaccard: float | None
    median_jaccard: float | None
    chained: int


@dataclass(frozen=True, slots=True)
class PairView:
    """Two related documents; `jaccard` and `containment` are None where they were not computed."""

    a: str
    b: str
    jaccard: float | None
    containment: float | None


@dataclass(frozen=True, slots=True)
class FamilyView:
    """One template with its members, the share of the skeleton that each holds, and what they have in common."""

    id: str
    size: int
    hosts: Shown[str]
    skeleton: Shown[SkeletonLine]
    slots: Shown[SlotView]
    members: Shown[tuple[str, float | None]]
    shared: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(slots=True)
class Groups:
    """All groups of a run that are shown; `jaccards` of the shown members with their representatives."""

    near: Shown[ClusterView]
    exact: Shown[ClusterView]
    families: Shown[FamilyView]
    contained: Shown[PairView]
    relations: Counter[str] = field(default_factory=Counter)  # pairs by relation
    jaccards: dict[tuple[str, str], float] = field(default_factory=dict)

    def jaccard(self, cluster: ClusterView, member: str) -> float | None:
        """None also where the pair isn't in the file: members need to be near their representative only."""
        first, second = sorted((cluster.representative, member))
        return 1.0 if cluster.relation == "exact" else self.jaccards.get((first, second))

    def named(self) -> set[str]:
        """Ids of every document that a shown group names."""
        ids = {name for cluster in (*self.near.items, *self.exact.items) for name in cluster.members}
        ids |= {cluster.representative for cluster in (*self.near.items, *self.exact.items)}
        ids |= {name for pair in self.contained.items for name in (pair.a, pair.b)}
        return ids | {name for family in self.families.items for name, _ in family.members.items}


def collect_groups(clusters: Iterable[Row], pairs: Iterable[Row], templates: Iterable[Row]) -> Groups:
    """The largest groups of each relation, and of the contained pairs those that are held most fully."""
    best = {"near": Best[ClusterView](_CLUSTERS), "exact": Best[ClusterView](_CLUSTERS)}
    for row in clusters:
        if row.get("relation") in best:
            key = (-len(row["members"]), str(row["id"]))
            best[row["relation"]].offer(key, partial(_cluster, row))
    families = Best[FamilyView](_FAMILIES)
    for row in templates:
        families.offer((-len(row["members"]), str(row["id"])), partial(_family, row))
    groups = Groups(
        near=best["near"].shown("clusters.jsonl"),
        exact=best["exact"].shown("clusters.jsonl"),
        families=families.shown("templates.jsonl"),
        contained=Shown((), 0, "pairs.jsonl"),
    )
    _read_pairs(groups, pairs)
    return groups


def _read_pairs(groups: Groups, pairs: Iterable[Row]) -> None:
    wanted = {tuple(sorted((cluster.representative, member))) for cluster in groups.near.items for member in cluster.members}
    contained = Best[PairView](_CONTAINED)
    for row in pairs:
        a, b, relation = str(row["a"]), str(row["b"]), str(row["relation"])
        groups.relations[relation] += 1
        if (a, b) in wanted and row.get("jaccard") is not None:
            groups.jaccards[a, b] = float(row["jaccard"])
        if relation == "contained":
            contained.offer((-(row.get("containment") or 0.0), a, b), partial(_pair, row))
    groups.contained = contained.shown("pairs.jsonl")


def _pair(row: Row) -> PairView:
    return PairView(str(row["a"]), str(row["b"]), row.get("jaccard"), row.get("containment"))


def _cluster(row: Row) -> ClusterView:
    representative = str(row["representative"])
    members = [str(name) for name in row["members"] if name != representative]
    return ClusterView(
        id=str(row["id"]),
        relation=str(row["relation"]),
        representative=representative,
        members=tuple(members[:_CLUSTER_MEMBERS]),
        size=len(members) + 1,
        min_jaccard=row.get("min_jaccard"),
        median_jaccard=row.get("median_jaccard"),
        chained=int(row.get("chained") or 0),
    )


def _family(row: Row) -> FamilyView:
    coverage = row.get("coverage") or {}
    members = [(str(name), coverage.get(name)) for name in row["members"]]
    members.sort(key=lambda member: (-(member[1] or 0.0), member[0]))
    hosts = [str(host) for host in row.get("hosts") or ()]
    file = "templates.jsonl"
    return FamilyView(
        id=str(row["id"]),
        size=len(members),
        hosts=Shown(tuple(hosts[:_FAMILY_HOSTS]), len(hosts), file),
        skeleton=skeleton_lines(row.get("skeleton") or (), file),
        slots=slot_views(row.get("slots") or (), file),
        members=Shown(tuple(members[:_FAMILY_MEMBERS]), len(members), file),
        shared=_shared(row.get("shared") or {}),
    )


def _shared(shared: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the members have in common by name; every value as text, whatever its shape."""
    return tuple((name, values) for name in sorted(shared) if (values := _values(shared[name])))


def _values(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(f"{name} × {value[name]}" for name in sorted(value)[:_SHARED_VALUES])
    if isinstance(value, (list, tuple)):
        return tuple(_text(item) for item in value[:_SHARED_VALUES])
    return () if value in (None, "", 0) else (str(value),)


def _text(item: Any) -> str:
    if isinstance(item, (list, tuple)) and len(item) == 2:
        return f"{item[0]} × {len(item[1]) if isinstance(item[1], (list, tuple)) else item[1]}"
    return str(item)
