"""A run folder to the text of `report.html`: reads the files once, then fills the template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.report.difference import Difference, difference
from detector.report.documents import DocumentView, Findings, gather
from detector.report.files import read_manifest, rows
from detector.report.groups import ClusterView, Groups, PairView, collect_groups
from detector.report.lines import LineTally, tally_lines
from detector.report.notes import rule_notes
from detector.report.overview import failure_views, input_rows, setting_rows, shares, site_views
from detector.report.page import fill
from detector.report.visible import clip_middle
from detector.types import BODY_LABELS, LABELS

_CLUSTER_DIFFERENCES = 40  # clusters whose difference is drawn; each may take some 10 kB
_CONTAINED_DIFFERENCES = 10
_RULES_PER_LABEL = 24
_KINDS = 40
_LINES_PER_LABEL = 10


@dataclass(frozen=True, slots=True)
class PairDifference:
    """A drawn difference: what turns document `a` into document `b`."""

    a: str
    b: str
    jaccard: float | None
    difference: Difference


@dataclass(frozen=True, slots=True)
class LabelView:
    """Lines of one label that were stripped, the rules that did it, and examples, each rule's first one first."""

    label: str
    lines: int
    rules: tuple[tuple[str, int], ...]
    examples: tuple[Any, ...]


def render(run_folder: Path) -> str:
    """Draw the page of a finished run from its files alone; the same files give the same text.

    Holds a bounded part of the run in memory and in the page: what was left out is counted there.
    Raises InputError where the folder holds no finished run, or a file of it is damaged.
    """
    manifest = read_manifest(run_folder)
    groups = collect_groups(rows(run_folder, "clusters"), rows(run_folder, "pairs"), rows(run_folder, "templates"))
    lines = tally_lines(rows(run_folder, "lines"), BODY_LABELS)
    near = _farthest(groups)
    compared = _compared(groups, near)
    texts = {name for pair in compared for name in (pair.a, pair.b)}
    found = gather(rows(run_folder, "documents"), groups.named(), texts, lines)
    listed = found.listed()
    kept = _kept_instead(run_folder, {view.id for view in listed})
    failures, failed = failure_views(rows(run_folder, "failures"))
    present = (pair for pair in compared if pair.a in found.texts and pair.b in found.texts)
    views = {
        "found": found,
        "groups": groups,
        "differences": {(pair.a, pair.b): _difference(found, pair) for pair in present},
        "near": near,
        "farms": found.cards.shown("documents.jsonl"),
        "close": found.close.shown("documents.jsonl"),
        "listed": listed,
        "kept_instead": kept,
        "anchors": _anchors(found, groups),
        "outcome": _outcome(found),
        "kinds": sorted(found.kinds.items(), key=lambda item: (-item[1], item[0]))[:_KINDS],
        "labels": _labels(lines, found),
        "label_counts": [(label, lines.labels[label]) for label in LABELS if lines.labels[label]],
        "repairs": found.repairs.views(),
        "sites": site_views(rows(run_folder, "sites")),
        "failures": failures,
        "failed": failed,
        "settings": setting_rows(manifest),
        "inputs": input_rows(manifest),
        "rule_notes": rule_notes(manifest),
    }
    return fill(views, lambda name: _document(found, name))


def _farthest(groups: Groups) -> dict[str, str]:
    """For each near cluster whose difference is drawn, the member to compare with its representative."""
    chosen = {cluster.id: _other(groups, cluster) for cluster in groups.near.items[:_CLUSTER_DIFFERENCES]}
    return {name: member for name, member in chosen.items() if member is not None}


def _other(groups: Groups, cluster: ClusterView) -> str | None:
    """The member that differs most from its representative: the most telling comparison."""
    known = [(groups.jaccard(cluster, name), name) for name in cluster.members]
    measured = sorted((jaccard, name) for jaccard, name in known if jaccard is not None)
    return measured[0][1] if measured else next(iter(cluster.members), None)


def _compared(groups: Groups, near: dict[str, str]) -> list[PairView]:
    """Pairs whose texts are compared: one of each near cluster, then the contained ones."""
    pairs = []
    for cluster in groups.near.items:
        if cluster.id in near:
            member = near[cluster.id]
            pairs.append(PairView(cluster.representative, member, groups.jaccard(cluster, member), None))
    return pairs + list(groups.contained.items[:_CONTAINED_DIFFERENCES])


def _difference(found: Findings, pair: PairView) -> PairDifference:
    return PairDifference(pair.a, pair.b, pair.jaccard, difference(found.texts[pair.a], found.texts[pair.b]))


def _document(found: Findings, name: str) -> DocumentView:
    """The view of a document that a group names; one that the documents' file lacks shows its id alone."""
    view = found.named.get(name)
    return view or DocumentView(name, clip_middle(name, 80), "", "zh", False, 0.0, True, "", "", "")


def _kept_instead(run_folder: Path, shown: set[str]) -> dict[str, str]:
    """For removed documents in the table, the document that stayed in their place."""
    pairs = ((str(row.get("id")), row.get("kept")) for row in rows(run_folder, "removed"))
    return {name: clip_middle(str(kept), 80) for name, kept in pairs if kept and name in shown}


def _anchors(found: Findings, groups: Groups) -> dict[str, str]:
    """Where a farm page, cluster or family stands in the page: ids of documents may hold anything, anchors may not."""
    places = {("farm", card.document.id): f"farm-{n}" for n, card in enumerate(found.cards.items(), 1)}
    clusters = (*groups.near.items, *groups.exact.items)
    places |= {("cluster", cluster.id): f"cluster-{n}" for n, cluster in enumerate(clusters, 1)}
    places |= {("family", family.id): f"family-{n}" for n, family in enumerate(groups.families.items, 1)}
    return {f"{kind} {name}": place for (kind, name), place in places.items()}


def _outcome(found: Findings) -> tuple[Any, ...]:
    return shares([("kept", found.kept), *sorted(found.reasons.items(), key=lambda item: (-item[1], item[0]))[:12]])


def _labels(lines: LineTally, found: Findings) -> tuple[LabelView, ...]:
    views = []
    for label in LABELS:
        if label in BODY_LABELS or not lines.labels[label]:
            continue
        ranked = sorted(((rule, n) for (own, rule), n in lines.rules.items() if own == label), key=lambda r: (-r[1], r[0]))
        views.append(LabelView(label, lines.labels[label], tuple(ranked[:_RULES_PER_LABEL]), _examples(found, label)))
    return tuple(views)


def _examples(found: Findings, label: str) -> tuple[Any, ...]:
    """Different texts, one of each rule before the second of any."""
    rounds: dict[str, int] = {}
    ranked = []
    for view in {view.text: view for view in reversed(found.lines.get(label, []))}.values():
        rounds[view.rule] = rounds.get(view.rule, 0) + 1
        ranked.append(((rounds[view.rule], view.rule, view.text), view))
    return tuple(view for _, view in sorted(ranked, key=lambda item: item[0]) if view.text)[:_LINES_PER_LABEL]
