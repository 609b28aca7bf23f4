"""Inputs into an output folder: read, examine, relate, decide, choose, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from detector import __version__
from detector.choose import choose, priorities
from detector.engine.codec import unpack
from detector.engine.local import LocalEngine, batches_of
from detector.engine.store import FoldedTexts, Shard, ShardRow, WorkStore, shard_row
from detector.errors import InputError
from detector.judge.sites import SiteRow, sites
from detector.meter import Meter, Talk
from detector.page.boilerplate import Boilerplate
from detector.pipeline import (
    Fingerprint,
    Kit,
    Relations,
    contexts,
    decide,
    examine,
    learn_boilerplate,
    make_kit,
    place_of,
    relate,
    settle,
)
from detector.read.formats import Reader, read_source
from detector.read.sources import Source, expand
from detector.read.tables import are_paths, as_paths, records_of
from detector.report import render
from detector.rows import (
    Decision,
    Membership,
    cluster_row,
    document_row,
    failure_row,
    family_row,
    line_rows,
    pair_row,
    removed_row,
    site_row,
)
from detector.settings import Settings, as_mapping
from detector.template.slots import induce
from detector.types import LABELS, Document, Failure, Family, Pair, Record, Verdict
from detector.write import TABLES, Format, OutputFolder, encode

BATCH_DOCUMENTS = 256
BATCH_BYTES = 8 << 20  # a batch of long documents is cut earlier, so that no worker holds much
SETTLED = 1 << 20  # shards from this number on hold documents that were examined again
Place = tuple[int, int]  # shard and row of a document in the work store


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a process needs to work on a scan: the kit, and the store with its files open."""

    kit: Kit
    store: WorkStore


def make_workplace(settings: Settings, work: Path) -> Workplace:
    """Built once a process."""
    return Workplace(make_kit(settings), WorkStore(work))


@dataclass(frozen=True, slots=True)
class Judged:
    """One document on its way to the output: where it lies, and what was found out about it."""

    place: Place
    id: str
    verdict: Verdict
    groups: Membership
    decision: Decision


def scan_to_folder(
    inputs: Any,
    out: Path,
    settings: Settings,
    *,
    workers: int = 1,
    form: Format = "jsonl",
    resume: bool = False,
    talk: Talk | None = None,
) -> dict[str, Any]:
    """Scan `inputs` (paths, or records) into the folder `out`; returns the manifest.

    A run that is cut off leaves `out` as it was, and its work in `out/.work` for `resume`.

    Raises:
        InputError: an input names nothing. SettingsError, RuleError, OutputError: see there.
    """
    talk = talk or Talk()
    sources = _without_output(expand(as_paths(inputs)), out) if are_paths(inputs) else None
    with OutputFolder(out, form) as folder, LocalEngine(make_workplace, (settings, out / ".work"), workers) as engine:
        store, rules = engine.context.store, engine.context.kit.rules
        state = {"version": __version__, "settings": as_mapping(settings), "rules": rules.digest}
        store.claim({**state, "inputs": [_file_state(s) for s in sources or ()]}, resume=resume and _can_resume(sources))
        if sources is None:
            records = records_of(inputs, settings)
        else:
            records = chain.from_iterable(read_source(s, Reader(settings, talk.say)) for s in sources)
        run = _Run(settings, engine, folder, Meter(talk))
        manifest = run.everything(records)
    store.remove()
    return manifest


def examine_shard(batch: Sequence[Record], here: Workplace) -> Shard:
    """Examine a batch where it is, and encode the results for the store."""
    made = examine(batch, here.kit)
    return Shard(
        tuple(shard_row(m.fingerprint, m.document, m.folded) for m in made if not isinstance(m, Failure)),
        tuple(m for m in made if isinstance(m, Failure)),
    )


def settle_shard(batch: Sequence[Place], here: Workplace, *, boilerplate: Boilerplate) -> list[ShardRow | None]:
    """Examine documents again without the boilerplate of the corpus; None for those that stay as they are."""
    made = (settle(here.store.document(place), boilerplate, here.kit) for place in batch)
    return [shard_row(m.fingerprint, m.document, m.folded) if m is not None else None for m in made]


def encode_documents(batch: Sequence[Judged], here: Workplace) -> tuple[bytes, bytes]:
    """The rows of `documents` and `lines` of a batch, as JSON lines."""
    documents: list[bytes] = []
    lines: list[bytes] = []
    for judged in batch:
        document = here.store.document(judged.place)
        documents.append(encode(document_row(document, judged.id, judged.verdict, judged.groups, judged.decision)))
        lines.extend(encode(row) for row in line_rows(document, judged.id))
    return b"".join(documents), b"".join(lines)


class _Run:
    """One scan: the stages in order, each on the results of those before it."""

    def __init__(self, settings: Settings, engine: LocalEngine[Workplace], folder: OutputFolder, meter: Meter) -> None:
        self._settings = settings
        self._engine = engine
        self._kit = engine.context.kit
        self._store = engine.context.store
        self._folder = folder
        self._meter = meter
        self._failures: list[Failure] = []
        self._counts: Counter[str] = Counter()
        self._labels: dict[str, int] = {}

    def everything(self, records: Iterable[Record | Failure]) -> dict[str, Any]:
        """Run all stages; returns the manifest."""
        with self._meter.stage("examine"):
            rows, places = self._examine(records)
        digests = _input_digests(rows)
        with self._meter.stage("settle"):
            self._settle(rows, places)
        with self._meter.stage("relate"):
            priority = priorities(rows, self._settings)
            folded = FoldedTexts(self._store, places)
            relations = relate(rows, folded, self._kit, priority)
            families = self._families(relations, dict(zip((r.id for r in rows), places, strict=True)))
        with self._meter.stage("decide"):
            context = contexts(rows, relations)
            verdicts = {row.id: decide(row, context.get(row.id), self._kit) for row in rows}
            decisions = choose(rows, priority, relations, verdicts, self._settings)
        with self._meter.stage("write"):
            groups = memberships(relations)
            judged = [
                Judged(place, row.id, verdicts[row.id], groups.get(row.id, _ALONE), decisions[row.id])
                for row, place in zip(rows, places, strict=True)
            ]
            self._write(judged, rows, relations, families)
            self._count(judged, rows, relations)
        with self._meter.stage("report"):
            manifest = self._manifest(digests)
            self._folder.write_bytes("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
            self._folder.write_bytes("report.html", render(self._folder.staging).encode())
        final = self._manifest(digests)  # again, with the time that the report took
        self._folder.write_bytes("manifest.json", orjson.dumps(final, option=orjson.OPT_INDENT_2))
        return final

    def _examine(self, records: Iterable[Record | Failure]) -> tuple[list[Fingerprint], list[Place]]:
        """Fingerprints in the order of their unique ids, and the place of each document."""
        batches = enumerate(batches_of(self._whole(records), BATCH_DOCUMENTS, _weight, BATCH_BYTES))
        todo: list[int] = []

        def missing() -> Iterator[list[Record]]:
            for number, batch in batches:
                self._counts["shards"] = number + 1
                if not self._store.has(number):
                    todo.append(number)
                    yield batch

        done = 0
        for index, parts in enumerate(self._engine.map(examine_shard, missing(), _lost)):
            shard = Shard(tuple(r for p in parts for r in p.rows), tuple(f for p in parts for f in p.failures))
            self._store.write(todo[index], shard)
            done += len(shard.rows)
            self._meter.talk.progress("examine", done)
        found: list[tuple[Fingerprint, Place]] = []
        for number in range(self._counts["shards"]):
            self._failures += self._store.failures(number)
            rows = self._store.fingerprints(number)
            found += [(unpack(Fingerprint, data), (number, i)) for i, data in enumerate(rows)]
        found.sort(key=lambda item: (item[0].id, item[0].record_digest, item[0].source))
        ids = unique_ids([row.id for row, _ in found])
        return [replace(row, id=i) for i, (row, _) in zip(ids, found, strict=True)], [place for _, place in found]

    def _whole(self, records: Iterable[Record | Failure]) -> Iterator[Record]:
        for record in records:
            if isinstance(record, Failure):
                self._failures.append(record)
            else:
                yield record

    def _settle(self, rows: list[Fingerprint], places: list[Place]) -> None:
        """Examine again, in place, the documents that hold lines which the corpus showed to be boilerplate."""
        boilerplate = learn_boilerplate(rows, self._settings)
        known = frozenset(boilerplate.counts)
        touched = [i for i, row in enumerate(rows) if known and not known.isdisjoint(row.lines.tolist())]
        task = partial(settle_shard, boilerplate=boilerplate)
        batches = [touched[i : i + BATCH_DOCUMENTS] for i in range(0, len(touched), BATCH_DOCUMENTS)]
        made = self._engine.map(task, ([places[i] for i in batch] for batch in batches))
        for number, (batch, parts) in enumerate(zip(batches, made, strict=True), SETTLED):
            changed = [(i, row) for i, row in zip(batch, chain.from_iterable(parts), strict=True) if row is not None]
            self._store.write(number, Shard(tuple(row for _, row in changed), ()))
            for place, (i, row) in enumerate(changed):
                fresh = unpack(Fingerprint, row.fingerprint)
                rows[i] = replace(fresh, id=rows[i].id, record_digest=rows[i].record_digest)
                places[i] = (number, place)

    def _families(self, relations: Relations, place_of: Mapping[str, Place]) -> list[Family]:
        def lookup(document: str) -> Document:
            return replace(self._store.document(place_of[document]), id=document)

        return [induce(cluster.id, cluster.members, lookup) for cluster in relations.families.clusters]

    def _write(
        self, judged: Sequence[Judged], rows: Sequence[Fingerprint], relations: Relations, families: Sequence[Family]
    ) -> None:
        folder = self._folder
        batches = batches_of(judged, BATCH_DOCUMENTS, lambda _: 1, BATCH_DOCUMENTS)
        done = 0
        with folder.table("documents") as documents, folder.table("lines") as lines:
            for parts in self._engine.map(encode_documents, batches):
                for document_bytes, line_bytes in parts:
                    documents.write(document_bytes)
                    lines.write(line_bytes)
                done = min(done + BATCH_DOCUMENTS, len(judged))
                self._meter.talk.progress("write", done, len(judged))
        folder.write_table("pairs", map(pair_row, all_pairs(relations)))
        clusters = (*relations.duplicates.exact, *relations.duplicates.clusters, *relations.families.clusters)
        folder.write_table("clusters", map(cluster_row, clusters))
        folder.write_table("templates", map(family_row, families))
        folder.write_table("sites", map(site_row, sites(map(_site_of, judged, rows))))
        removed = ((j.id, j.decision, j.verdict) for j in judged if not j.decision.keep)
        folder.write_table("removed", (removed_row(*item) for item in removed))
        ordered = sorted(self._failures, key=lambda f: (f.source, f.stage, f.reason))
        folder.write_table("failures", map(failure_row, ordered))

    def _count(self, judged: Sequence[Judged], rows: Sequence[Fingerprint], relations: Relations) -> None:
        labels = sum((Counter(row.labels) for row in rows), Counter[str]())
        decided = Counter(j.decision.reason for j in judged if not j.decision.keep)
        self._counts.update(
            documents=len(judged),
            failures=len(self._failures),
            farm=sum(j.verdict.farm for j in judged),
            exact_groups=len(relations.duplicates.exact),
            near_clusters=len(relations.duplicates.clusters),
            contained=len(relations.duplicates.contained),
            families=len(relations.families.clusters),
            kept=sum(j.decision.keep for j in judged),
            removed=sum(decided.values()),
            repairs=sum(row.repairs for row in rows),
        )
        self._labels = {label: labels[label] for label in LABELS if label in labels}
        self._counts.update({f"removed_{reason}": count for reason, count in sorted(decided.items()) if reason})

    def _manifest(self, digests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        counts = {**{k: v for k, v in self._counts.items() if k != "shards"}, "lines": self._labels}
        return {
            "version": __version__,
            "settings": as_mapping(self._settings),
            "rules_digest": self._kit.rules.digest,
            "rules": {rule.id: {"name": rule.name, "why": rule.why} for rule in self._kit.rules.rules},
            "scheme_digest": self._kit.scheme.digest,
            "inputs": list(digests),
            "counts": counts,
            "seconds": self._meter.seconds,
            "peak_memory_mib": self._meter.peak_memory_mib,
        }


_ALONE = Membership()


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


def unique_ids(ids: Sequence[str]) -> list[str]:
    """The ids with `~2`, `~3` … behind repeated ones, so that no two documents share one.

    >>> unique_ids(["a", "a", "b"])
    ['a', 'a~2', 'b']
    """
    taken = set(ids)
    seen: Counter[str] = Counter()
    unique = []
    for name in ids:
        seen[name] += 1
        new = name
        while seen[name] > 1 and (new == name or new in taken):
            new = f"{name}~{seen[name]}"
            seen[name] += new in taken
        taken.add(new)
        unique.append(new)
    return unique


def _input_digests(rows: Sequence[Fingerprint]) -> list[dict[str, Any]]:
    """One row a source; its digest is the sum of the digests of its documents, whatever their order."""
    sums: dict[str, int] = {}
    documents: Counter[str] = Counter()
    for row in rows:
        sums[row.source] = (sums.get(row.source, 0) + int(row.record_digest, 16)) % (1 << 128)
        documents[row.source] += 1
    return [{"source": s, "digest": f"{sums[s]:032x}", "documents": documents[s]} for s in sorted(sums)]


def _without_output(sources: Sequence[Source], out: Path) -> list[Source]:
    """The sources but for the results of earlier runs, in `out` or in a folder below the one that is scanned."""
    names = {f"{table}{suffix}" for table in TABLES for suffix in (".jsonl", ".parquet")}
    names |= {"manifest.json", "report.html"}

    def is_result(source: Source) -> bool:
        if source.path is None or source.path.name not in names:
            return False
        folder = source.path.resolve().parent
        return folder == out.resolve() or ("/" in source.name and (folder / "manifest.json").exists())

    others = [s for s in sources if not is_result(s)]
    if sources and not others:
        raise InputError(f"{out}: the inputs are the results of an earlier run in this folder; choose another --out")
    return others


def _can_resume(sources: Sequence[Source] | None) -> bool:
    """Only files can be told to be the same as before; what came through a pipe can't."""
    return sources is not None and all(s.path is not None and s.path.is_file() for s in sources)


def _file_state(source: Source) -> list[Any]:
    if source.path is None:
        return [source.name]
    stat = source.path.stat()
    return [source.name, ascii(source.path.resolve()), stat.st_size, stat.st_mtime_ns]


def _weight(record: Record) -> int:
    return len(record.content)


def _lost(record: Record) -> Shard:
    reason = "the worker process died on this document (out of memory, or a crash in a C library)"
    return Shard((), (Failure(place_of(record), "examine", reason),))


def _site_of(judged: Judged, row: Fingerprint) -> SiteRow:
    groups = judged.groups
    copies = (groups.exact_group, groups.near_cluster, groups.contained_in)
    return SiteRow(
        host=row.host,
        farm=judged.verdict.farm,
        duplicate=any(copies),
        templated=groups.template_family is not None,
        related_chars=row.chars_related,
        chars=row.chars_text,
    )
