"""Batches of records, places or decisions into shards and rows: what a worker process does in a scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.article import place_of
from detector.engine.store import Shard, ShardRow, WorkStore, shard_row
from detector.kit import Kit, make_kit
from detector.page.boilerplate import Boilerplate
from detector.pipeline import examine, settle
from detector.rows import Decision, Membership, document_row, line_rows
from detector.settings import Settings
from detector.types import Failure, Record, Verdict
from detector.write import encode

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


def examine_shard(batch: Sequence[Record], here: Workplace) -> Shard:
    """Examine a batch where it is, and encode the results for the store."""
    made = examine(batch, here.kit)
    return Shard(
        tuple(shard_row(m.fingerprint, m.document, m.folded) for m in made if not isinstance(m, Failure)),
        tuple(m for m in made if isinstance(m, Failure)),
    )


def settle_shard(batch: Sequence[Place], here: Workplace, *, boilerplate: Boilerplate) -> list[ShardRow | None]:
    """Examine documents again without the boilerplate of the corpus; None for those that stay as they are."""
    documents, folded = map(here.store.document, batch), map(here.store.folded, batch)
    made = settle(list(documents), list(folded), boilerplate, here.kit)
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


def lost(record: Record) -> Shard:
    """The shard of a record that a worker died on."""
    reason = "the worker process died on this document (out of memory, or a crash in a C library)"
    return Shard((), (Failure(place_of(record), "examine", reason),))
