"""Inputs into an output folder: read, examine, relate, decide, choose, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from detector import __version__
from detector.choose import choose, priorities
from detector.context import Relations, contexts
from detector.engine.codec import unpack
from detector.engine.local import LocalEngine, batches_of
from detector.engine.store import FoldedTexts, Shard
from detector.fingerprint import Fingerprint
from detector.groups import all_pairs, memberships
from detector.inputs import can_resume, file_state, input_digests, unique_ids, without_output
from detector.judge.sites import SiteRow, sites
from detector.meter import Meter, Talk
from detector.pipeline import decide, learn_boilerplate, relate
from detector.read.formats import Reader, read_source
from detector.read.sources import expand
from detector.read.tables import are_paths, as_paths, records_of
from detector.report import render
from detector.rows import (
    Membership,
    cluster_row,
    failure_row,
    family_row,
    pair_row,
    removed_row,
    site_row,
)
from detector.settings import Settings, as_mapping
from detector.tasks import Judged, Place, Workplace, encode_documents, examine_shard, lost, make_workplace, settle_shard
from detector.template.slots import induce
from detector.types import LABELS, Document, Failure, Family, Record
from detector.write import Format, OutputFolder

BATCH_DOCUMENTS = 256
BATCH_BYTES = 8 << 20  # a batch of long documents is cut earlier, so that no worker holds much
SETTLED = 1 << 20  # shards from this number on hold documents that were examined again


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
    sources = without_output(expand(as_paths(inputs)), out) if are_paths(inputs) else None
    with OutputFolder(out, form) as folder, LocalEngine(make_workplace, (settings, out / ".work"), workers) as engine:
        store, rules = engine.context.store, engine.context.kit.rules
        state = {"version": __version__, "settings": as_mapping(settings), "rules": rules.digest}
        store.claim({**state, "inputs": [file_state(s) for s in sources or ()]}, resume=resume and can_resume(sources))
        if sources is None:
            records = records_of(inputs, settings)
        else:
            records = chain.from_iterable(read_source(s, Reader(settings, talk.say)) for s in sources)
        run = _Run(settings, engine, folder, Meter(talk))
        manifest = run.everything(records)
    store.remove()
    return manifest


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
        digests = input_digests(rows)
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
                Judged(place, row.id, verdicts[row.id], groups.get(row.id, Membership()), decisions[row.id])
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
        for index, parts in enumerate(self._engine.map(examine_shard, missing(), lost)):
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


def _weight(record: Record) -> int:
    return len(record.content)


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
