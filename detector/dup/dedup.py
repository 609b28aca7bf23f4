"""Turns JSON lines or Parquet of any size into a kept set, clusters and a ledger of what was removed; needs Numba.

Three stages: parts are scanned and sketched (each ends in whole work files, so a killed run resumes there), the small
columns are searched for duplicates (texts of candidates are read back by offset), and the kept lines are copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detector.dup.bands import short_values
from detector.dup.cluster import chained, components, stars
from detector.dup.containment import Postings
from detector.dup.engines import Kernels, choose_kernels
from detector.dup.exact import exact_representatives
from detector.dup.inputs import list_inputs, plan_parts, read_part, unpacked
from detector.dup.keep import Groups, KeepFacts, KeepPolicy, group_rows, priorities, removals
from detector.dup.ledger import Ledger, write_results
from detector.dup.pairs import Corpus
from detector.dup.scheme import Scheme
from detector.dup.search import FoundPairs, search_pairs
from detector.dup.settings import DuplicateSettings
from detector.dup.store import FoldedStore, Part, PartTable, SketchedPart, write_part
from detector.errors import OutputError, SettingsError

Progress = Callable[[str, int, int], None]  # stage, done, total


@dataclass(frozen=True, slots=True)
class DedupSettings:
    """What a run does; `workers`, `memory_bytes` and `resume` change no byte of its results."""

    duplicates: DuplicateSettings = field(default_factory=DuplicateSettings)
    keep: KeepPolicy = field(default_factory=KeepPolicy)
    text_field: str = "text"
    id_field: str = "id"
    url_field: str = "url"
    date_field: str = "date"
    workers: int = 1
    memory_bytes: int = 2 << 30
    resume: bool = False

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise SettingsError(f"workers={self.workers}: need at least 1")
        if self.memory_bytes < 256 << 20:
            raise SettingsError(f"memory_bytes={self.memory_bytes}: need at least 256 MiB")

    @property
    def part_bytes(self) -> int:
        """Bytes of input in one part: a worker holds some twelve times as much while it sketches."""
        return max(1 << 20, min(4 << 20, self.memory_bytes // (24 * self.workers)))

    def others(self) -> tuple[str, ...]:
        """The fields that the keep policy needs besides the text."""
        names = [self.id_field]
        if self.keep.rule == "earliest":
            names.append(self.date_field)
        if self.keep.hosts:
            names.append(self.url_field)
        return tuple(names)


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
    work, part_bytes = _open_work(out, files, settings)
    kernels = _load(on_compile)
    parts = plan_parts(files, unpacked(files, work), part_bytes)
    _sketch_parts(work, parts, settings, kernels, progress)
    counts = _search_and_write(work, out, parts, settings, kernels, progress)
    shutil.rmtree(work)
    return counts


def _load(on_compile: Callable[[str], None] | None) -> Kernels:
    """All kernels, compiled or from the cache; here, so that a wait is announced."""
    from detector.dup import scan
    from detector.dup.jit import notice_if_slow, print_notice

    with notice_if_slow(on_compile or print_notice):
        scan.warm_up()
        return choose_kernels("numba", 0, lambda message: None)  # one notice is enough


def _open_work(out: Path, files: Sequence[Path], settings: DedupSettings) -> tuple[Path, int]:
    """The work folder, new or (with `resume`) that of the same run, and the size of its parts."""
    work = out / "work"
    run = _run_of(files, settings)
    note = work / "run.json"
    if note.exists() and settings.resume:
        before = orjson.loads(note.read_bytes())
        part_bytes = int(before.pop("part_bytes"))
        if before != run:
            raise OutputError(f"{work}: holds another run (other inputs or settings); remove it or choose another --out")
        return work, part_bytes
    if work.exists() and any(work.iterdir()) and not note.exists():
        raise OutputError(f"{work}: holds something else; remove it or choose another --out")
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(parents=True)
        note.with_suffix(".partial").write_bytes(orjson.dumps({**run, "part_bytes": settings.part_bytes}))
        note.with_suffix(".partial").rename(note)
    except OSError as error:
        raise OutputError(f"{out}: can't be written: {error}") from error
    return work, settings.part_bytes


def _run_of(files: Sequence[Path], settings: DedupSettings) -> dict[str, object]:
    """What must be the same for a resumed run: inputs, their sizes and times, and all that changes the work files."""
    return {
        "inputs": [[str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns] for path in files],
        "scheme": settings.duplicates.scheme().digest,
        "columns": [settings.text_field, *settings.others()],
    }


def _sketch_parts(work: Path, parts: Sequence[Part], settings: DedupSettings, kernels: Kernels, progress: Progress) -> None:
    missing = [part for part in parts if not part.path(work, "arrow").exists()]
    done = len(parts) - len(missing)
    task = partial(_sketch_part, work, settings, kernels)
    with ThreadPoolExecutor(settings.workers) as pool:
        for count, _ in enumerate(pool.map(task, missing), 1):
            progress("sketch", done + count, len(parts))


def _sketch_part(work: Path, settings: DedupSettings, kernels: Kernels, part: Part) -> None:
    from detector.dup.scan import PADDING, Columns, digest_batch, scan_block

    scheme = settings.duplicates.scheme()
    names = settings.others()
    data, size, base = read_part(part, PADDING)
    block = scan_block(data, size, Columns(settings.text_field, names))
    n_chars = np.diff(block.offsets)
    lengths = np.where(n_chars < scheme.short_under, scheme.short_shingle, scheme.shingle)
    samples, counts = kernels.samples(block.codes, block.offsets, scheme)
    ids: list[str | None] = [
        value if value is not None else f"{part.name}@{base + start}"
        for value, start in zip(block.values[0], block.starts.tolist(), strict=True)
    ]
    write_part(
        work,
        part,
        SketchedPart(
            starts=block.starts + base,
            ends=block.ends + base,
            values={"id": ids, **dict(zip(names[1:], block.values[1:], strict=True))},
            codes=block.codes,
            offsets=block.offsets,
            digests=digest_batch(block.codes, block.offsets),
            sketches=short_values(kernels.minhash(block.codes, block.offsets, scheme, lengths)),
            samples=samples,
            sample_counts=counts,
            failures=[(base + place, reason) for place, reason in block.failures],
        ),
    )


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
    ids = table.strings("id").combine_chunks()
    id_order = _id_order(ids, table)
    order = priorities(settings.keep, _facts(table, n_chars, id_order, settings))
    exact = _exact(table, n_chars, order)
    progress("search", 0, 1)
    found = _search(work, table, n_chars, order[exact[order] == order], settings, kernels)
    progress("search", 1, 1)
    groups, added = _groups(exact, order, found)
    gone = removals(settings.keep, groups, found.contained, order, n_chars)
    ledger = Ledger(table, ids, id_order, groups, added, found, gone, settings.keep.rule)
    counts = _counts(ledger)
    write_results(out, ledger, {"counts": asdict(counts), "settings": _public(settings)})
    progress("write", 1, 1)
    return counts


def _id_order(ids: pa.StringArray, table: PartTable) -> NDArray[np.int64]:
    """Rows sorted by id; by text where ids repeat, so that the order of the input does not show."""
    columns = pa.table({"id": ids, "a": table.column("digest_a"), "b": table.column("digest_b")})
    keys = [("id", "ascending"), ("a", "ascending"), ("b", "ascending")]
    order: NDArray[np.int64] = pc.sort_indices(columns, keys).to_numpy().astype(np.int64)
    return order


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
    exact = np.empty(len(order), dtype=np.int64)
    exact[order] = order[exact_representatives(table.digests()[order], n_chars[order])]
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
    folded = FoldedStore(work, table, n_chars)
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
    )


def _public(settings: DedupSettings) -> dict[str, object]:
    """The settings that decide about results."""
    hidden = {"workers", "memory_bytes", "resume"}
    return {name: value for name, value in asdict(settings).items() if name not in hidden}
