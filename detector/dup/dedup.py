"""Turns JSON lines or Parquet of any size into a kept set, clusters and a ledger of what was removed; needs Numba.

Three stages: parts are scanned and sketched (each ends in whole work files, so a killed run resumes there), the small
columns are searched for duplicates (texts of candidates are read again by offset), and the kept lines are copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from detector.compiled import notice_if_slow
from detector.dup import fast
from detector.dup.cluster import chained, components, stars
from detector.dup.containment import Postings
from detector.dup.engines import Kernels, choose_kernels
from detector.dup.exact import exact_representatives
from detector.dup.inputs import list_inputs, plan_parts, unpacked
from detector.dup.keep import Groups, KeepFacts, group_rows, priorities, removals
from detector.dup.ledger import Ledger, write_results
from detector.dup.names import Names
from detector.dup.options import DedupSettings
from detector.dup.pairs import Corpus
from detector.dup.scheme import Scheme
from detector.dup.search import FoundPairs, search_pairs
from detector.dup.sketching import sketch_parts
from detector.dup.store import Part, PartTable
from detector.dup.texts import StoredTexts
from detector.dup.work import open_work

__all__ = ["DedupCounts", "DedupSettings", "dedup"]

Progress = Callable[[str, int, int], None]  # stage, done, total
_LOW = np.uint64(0xFFFFFFFF)  # of a word: the row number


@dataclass(frozen=True, slots=True)
class DedupCounts:
    """What a run found."""

    documents: int
    kept: int
    exact_groups: int
    near_clusters: int
    near_pairs: int
    contained_pairs: int
    failures: int
    repeated_ids: int


def dedup(
    inputs: Sequence[Path],
    out: Path,
    settings: DedupSettings,
    progress: Progress | None = None,
    on_compile: Callable[[str], None] | None = None,
) -> DedupCounts:
    """Deduplicate `inputs` into the folder `out`; see docs/duplicates.md for the files.

    Raises InputError for inputs that can't be read, OutputError where `out` can't be used or holds another run.
    """
    progress = progress or (lambda stage, done, total: None)
    files = list_inputs(inputs)
    work, part_bytes = open_work(out, files, settings)
    kernels = _load(on_compile)
    parts = plan_parts(files, unpacked(files, work), part_bytes)
    sketch_parts(work, parts, settings, progress)
    counts = _search_and_write(work, out, parts, settings, kernels, progress)
    shutil.rmtree(work)
    return counts


def _load(on_compile: Callable[[str], None] | None) -> Kernels:
    """All kernels, compiled or from the cache; here, so that a wait is announced."""
    from detector.dup import scan

    with notice_if_slow("duplicates", on_compile):
        scan.warm_up()
        return choose_kernels("numba", 0, lambda message: None)  # one notice is enough


def _search_and_write(
    work: Path,
    out: Path,
    parts: Sequence[Part],
    settings: DedupSettings,
    kernels: Kernels,
    progress: Progress,
) -> DedupCounts:
    table = PartTable(work, parts)
    n_chars = table.column("n_chars")
    ids = Names(table.strings("id").chunks)
    id_order = ids.order([table.column("digest_a"), table.column("digest_b")])  # the order of the input must not show
    order = priorities(settings.keep, _facts(table, n_chars, id_order, settings))
    exact = _exact(table, n_chars, order)
    progress("search", 0, 1)
    found = _search(work, table, n_chars, order[exact[order] == order], settings, kernels)
    progress("search", 1, 1)
    groups, added = _groups(exact, order, found)
    gone = removals(settings.keep, groups, found.contained, order, n_chars)
    ledger = Ledger(table, ids, id_order, groups, added, found, gone, settings.keep.rule)
    counts = _counts(ledger)
    write_results(out, ledger, {"counts": asdict(counts), "settings": settings.public()})
    progress("write", 1, 1)
    return counts


def _facts(table: PartTable, n_chars: NDArray[np.int64], id_order: NDArray[np.int64], settings: DedupSettings) -> KeepFacts:
    rank = np.empty(len(id_order), dtype=np.int64)
    rank[id_order] = np.arange(len(id_order))
    keep = settings.keep
    published = table.strings(settings.date_field).to_pylist() if keep.rule == "earliest" else None
    hosts = None
    if keep.hosts:
        hosts = [urlsplit(url).hostname if url else None for url in table.strings(settings.url_field).to_pylist()]
    dirt = None
    if keep.rule == "cleanest":  # bytes that are no compared character: markup, punctuation, other fields
        dirt = (table.column("end") - table.column("start")) / np.maximum(n_chars, 1)
    return KeepFacts(rank, n_chars, dirt, published, hosts)


def _exact(table: PartTable, n_chars: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: the best row with the same text."""
    exact, first = np.arange(len(order)), table.column("digest_a").view(np.uint64)
    words = fast.sort(first & ~_LOW | np.arange(len(order), dtype=np.uint64)) if len(order) else first
    same = np.flatnonzero((words[1:] ^ words[:-1]) <= _LOW)  # few, and only of these the whole digests are compared
    rows = np.zeros(len(order), dtype=np.bool_)
    rows[(words[same] & _LOW).astype(np.int64)] = True
    rows[(words[same + 1] & _LOW).astype(np.int64)] = True
    some = order[rows[order]]
    exact[some] = some[exact_representatives(table.digests()[some], n_chars[some])]
    return exact


def _search(
    work: Path,
    table: PartTable,
    n_chars: NDArray[np.int64],
    documents: NDArray[np.int64],
    settings: DedupSettings,
    kernels: Kernels,
) -> FoundPairs:
    scheme: Scheme = settings.duplicates.scheme()
    large = len(table) * scheme.slots * 2 > settings.memory_bytes // 4
    values = table.sketches(scheme.slots, work / "sketches.u16" if large else None)
    counts = table.sample_counts()
    partitions = 1
    while int(counts.sum()) * 32 // partitions > settings.memory_bytes // 4:
        partitions *= 2
    folded = StoredTexts(table, settings.columns())
    try:
        corpus = Corpus(values, n_chars, folded, scheme)
        return search_pairs(
            corpus,
            documents,
            settings.duplicates,
            kernels,
            lambda eligible: Postings(table.postings(eligible, partitions), counts),
        )
    finally:
        folded.close()


def _groups(exact: NDArray[np.int64], order: NDArray[np.int64], found: FoundPairs) -> tuple[Groups, NDArray[np.int64]]:
    """Groups of all rows, and how many documents single linkage would have added to each representative's."""
    n = len(exact)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    a, b = place[found.near.a], place[found.near.b]
    by_place = stars(n, a, b)
    star = np.full(n, -1, dtype=np.int64)
    star[order] = np.where(by_place >= 0, order[by_place], -1)
    weights = np.bincount(exact, minlength=n)[order]
    added = np.empty(n, dtype=np.int64)
    added[order] = chained(components(n, a, b), by_place, weights)
    return group_rows(exact, star, found.near), added


def _counts(ledger: Ledger) -> DedupCounts:
    n = len(ledger.groups.exact)
    return DedupCounts(
        documents=n,
        kept=n - len(ledger.gone.row),
        exact_groups=int(np.count_nonzero(np.bincount(ledger.groups.exact, minlength=1) > 1)),
        near_clusters=len(ledger.near_representatives()),
        near_pairs=len(ledger.found.near),
        contained_pairs=len(ledger.found.contained),
        failures=len(ledger.table.failures()),
        repeated_ids=ledger.ids.repeated(ledger.id_order),
    )
