"""Turns the line hashes of a corpus into the set of its boilerplate lines, and documents into documents without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.page.chars import codes_of, line_keys, line_offsets
from detector.page.stripped import strip
from detector.types import Document, Label, Line

MIN_DOCUMENTS = 5  # documents of one host, no copies of each other, that must hold a line
MIN_HOST_SHARE = 0.2  # of the documents of that host
MIN_HOSTS = 5  # or so many hosts
MIN_CHANGE = 0.5  # different neighbours of a line for each document; the lines of a reprint have always the same
MIN_KEPT_CHARS = 4  # shorter lines (第一章, 1.) repeat for good reasons
MAX_ROWS = 2_000_000  # lines that are counted at once; larger corpora are counted in parts of the hashes
_NOTICE = ("声明", "聲明", "版权", "版權", "侵权", "侵權")


def line_hashes(document: Document) -> NDArray[np.uint64]:
    """uint64[n_lines]: a hash of the folded text of each line, 0 for lines too short to tell anything."""
    texts = [document.line_text(line) for line in document.lines]
    if not texts:
        return np.zeros(0, dtype=np.uint64)
    line_of = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(line_offsets(texts)))
    keys, kept = line_keys(codes_of("\n".join(texts) + "\n"), line_of, len(texts))
    return np.where(kept < MIN_KEPT_CHARS, np.uint64(0), keys)


@dataclass(frozen=True, slots=True)
class LineRow:
    """What one document adds to the count. Documents of one `group`, copies of each other, count as one."""

    hashes: NDArray[np.uint64]
    host: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """Hashes of the lines that repeat over the corpus, with the number of documents that hold each."""

    counts: dict[int, int]


def learn(rows: Sequence[LineRow], min_documents: int = MIN_DOCUMENTS, *, max_rows: int = MAX_ROWS) -> Boilerplate:
    """The lines that repeat over the documents of a host, or over many hosts, whatever the order of the rows.

    Boilerplate stands beside other lines in each document. A sentence of a reprinted article always stands beside the
    same ones, so a line is boilerplate only if at least one of its two neighbours changes from document to document.
    Without hosts nothing is learned. Memory stays bounded: a large corpus is counted in parts of the hashes.
    """
    hosts = {host: number for number, host in enumerate(sorted({row.host for row in rows if row.host}))}
    groups = {name: number for number, name in enumerate(sorted({row.group for row in rows if row.group}))}
    if not hosts:
        return Boilerplate({})
    n_lines = sum(len(row.hashes) for row in rows)
    n_parts = 1 + n_lines // max_rows
    sizes = _host_sizes(rows, hosts, groups)
    counts: dict[int, int] = {}
    for part in range(n_parts):
        table = _gather(rows, hosts, groups, part, n_parts)
        counts |= _repeated(table, sizes, min_documents)
    return Boilerplate(counts)


def _document_number(row: LineRow, number: int, groups: dict[str, int]) -> int:
    return groups[row.group] if row.group else len(groups) + number


def _host_sizes(rows: Sequence[LineRow], hosts: dict[str, int], groups: dict[str, int]) -> NDArray[np.int64]:
    """int64[n_hosts]: documents of each host."""
    pairs = {(hosts[row.host], _document_number(row, number, groups)) for number, row in enumerate(rows) if row.host}
    return np.bincount([host for host, _ in pairs], minlength=len(hosts))


def _gather(
    rows: Sequence[LineRow], hosts: dict[str, int], groups: dict[str, int], part: int, n_parts: int
) -> NDArray[np.uint64]:
    """uint64[n, 5]: hash, document, host, hash of the line above and of the line below, for one part of the hashes."""
    pieces = []
    for number, row in enumerate(rows):
        if not row.host or not len(row.hashes):
            continue
        chosen = np.flatnonzero((row.hashes != 0) & (row.hashes % np.uint64(n_parts) == part))
        if len(chosen):
            padded = np.concatenate((np.array([1], np.uint64), row.hashes, np.array([2], np.uint64)))
            piece = np.empty((len(chosen), 5), dtype=np.uint64)
            piece[:, 0] = row.hashes[chosen]
            piece[:, 1] = _document_number(row, number, groups)
            piece[:, 2] = hosts[row.host]
            piece[:, 3], piece[:, 4] = padded[chosen], padded[chosen + 2]
            pieces.append(piece)
    return np.concatenate(pieces) if pieces else np.empty((0, 5), dtype=np.uint64)


def _repeated(table: NDArray[np.uint64], host_sizes: NDArray[np.int64], min_documents: int) -> dict[int, int]:
    """Hash -> documents, of the lines that repeat as boilerplate does."""
    if not len(table):
        return {}
    hashes, counts = _distinct(table, 1)
    enough = set(hashes[counts >= min_documents].tolist())
    if not enough:
        return {}
    table = table[np.isin(table[:, 0], np.array(sorted(enough), dtype=np.uint64))]
    hashes, counts = _distinct(table, 1)
    _, n_hosts = _distinct(table, 2)
    changes = np.maximum(_distinct(table, 3)[1], _distinct(table, 4)[1])
    per_host = np.unique(table[:, [0, 1, 2]], axis=0)[:, [0, 2]]
    pairs, documents = np.unique(per_host, axis=0, return_counts=True)
    sizes = host_sizes[pairs[:, 1].astype(np.int64)]
    common = np.unique(pairs[(documents >= min_documents) & (documents >= MIN_HOST_SHARE * sizes), 0])
    kept = (np.isin(hashes, common) | (n_hosts >= MIN_HOSTS)) & (changes >= np.maximum(3, MIN_CHANGE * counts))
    return {int(value): int(count) for value, count in zip(hashes[kept], counts[kept], strict=True)}


def _distinct(table: NDArray[np.uint64], column: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hashes in order, and how many different values each has in a column."""
    pairs = np.unique(table[:, [0, column]], axis=0)
    hashes, counts = np.unique(pairs[:, 0], return_counts=True)
    return hashes, counts.astype(np.int64)


def relabel(document: Document, boilerplate: Boilerplate) -> Document:
    """The document with its repeated lines stripped; the number of documents stands in the rule of the line.

    Titles and headings stay: documents of one template share them, and that is what a template family is found by.
    """
    if not boilerplate.counts:
        return document
    counts = [boilerplate.counts.get(value) for value in line_hashes(document).tolist()]
    lines = [
        line if count is None or line.label != "body" else _as_boilerplate(line, count, document.line_text(line))
        for line, count in zip(document.lines, counts, strict=True)
    ]
    if all(old is new for old, new in zip(document.lines, lines, strict=True)):
        return document
    return replace(document, lines=tuple(lines), text=strip(document.source_text, lines))


def _as_boilerplate(line: Line, count: int, text: str) -> Line:
    label: Label = "disclaimer" if any(word in text for word in _NOTICE) else "navigation"
    return replace(line, label=label, level=0, rules=(*line.rules, f"corpus:repeated-line={count}"))
