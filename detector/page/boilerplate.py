"""Turns the line hashes of a corpus into the set of its boilerplate lines, and documents into documents without them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.page.stripped import strip
from detector.text.fold import fold_batch
from detector.types import BODY_LABELS, Document, Line

MIN_DOCUMENTS = (
    5  # documents (that are no copies of each other) that a line must stand in
)
MIN_HOST_SHARE = 0.2  # of the documents of a host, for boilerplate of one host
MIN_SPREAD = 0.5  # share of different neighbours: lines of a reprint always stand beside the same lines
MIN_KEPT_CHARS = 4  # shorter lines (第一章, 1.) repeat for good reasons
MAX_ROWS = 4_000_000  # counters that are kept; the rarest half is forgotten when there are more
_PRIME = np.uint64(0x100000001B3)


def line_hashes(document: Document) -> NDArray[np.uint64]:
    """uint64[n_lines]: one hash of the folded text of each line, 0 for lines too short to tell anything."""
    return text_hashes([document.line_text(line) for line in document.lines])


def text_hashes(texts: list[str]) -> NDArray[np.uint64]:
    """uint64[n]: a polynomial hash of each folded text."""
    hashes = np.zeros(len(texts), dtype=np.uint64)
    if not texts:
        return hashes
    codes, offsets = fold_batch(texts)
    lengths = np.diff(offsets)
    index = np.arange(len(codes), dtype=np.int64) - np.repeat(
        offsets[:-1].astype(np.int64), lengths
    )
    longest = int(lengths.max(initial=0))
    with np.errstate(over="ignore"):
        powers = np.cumprod(
            np.full(longest + 1, _PRIME, dtype=np.uint64), dtype=np.uint64
        )
        terms = (codes.astype(np.uint64) + np.uint64(1)) * powers[index]
        terms ^= terms >> np.uint64(29)
        sums = np.concatenate(
            (np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64))
        )
        hashes[:] = (
            sums[offsets[1:].astype(np.int64)] - sums[offsets[:-1].astype(np.int64)]
        )
        hashes = (hashes ^ (hashes >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    hashes[lengths < MIN_KEPT_CHARS] = 0
    return hashes


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """Hashes of the lines that repeat over the corpus, with the number of documents that hold each."""

    counts: dict[int, int]


@dataclass(frozen=True, slots=True)
class LineRow:
    """What one document adds to the count: its host, the hashes of its lines, and a digest of its body.

    Documents of one `group` (copies of each other) are counted once.
    """

    hashes: NDArray[np.uint64]
    host: str | None = None
    group: str | None = None


@dataclass(slots=True)
class _Counter:
    documents: int = 0
    before: int = 0  # changes of the line above
    after: int = 0
    last_before: int = -1
    last_after: int = -1
    hosts: int = 0
    last_host: str | None = None


def learn(
    rows: Iterable[LineRow],
    min_documents: int = MIN_DOCUMENTS,
    max_rows: int = MAX_ROWS,
) -> Boilerplate:
    """Count lines over a stream of documents and keep those that repeat as boilerplate does.

    Boilerplate stands beside other lines in each document; a sentence of a reprinted article always stands beside the
    same ones, so lines are kept only where at least one of their two neighbours changes from document to document.
    Lines are kept whatever the order of the stream, as long as no counter has to be forgotten (`max_rows`).
    """
    pairs: dict[int, set[int]] = {}
    documents: dict[int, int] = {}
    above: dict[int, set[int]] = {}
    below: dict[int, set[int]] = {}
    seen_groups: set[str] = set()
    for row in rows:
        if row.group is not None:
            if row.group in seen_groups:
                continue
            seen_groups.add(row.group)
        hashes = [int(h) for h in row.hashes]
        done: set[int] = set()
        for index, value in enumerate(hashes):
            if not value or value in done:
                continue
            done.add(value)
            documents[value] = documents.get(value, 0) + 1
            above.setdefault(value, set()).add(hashes[index - 1] if index else 0)
            below.setdefault(value, set()).add(
                hashes[index + 1] if index + 1 < len(hashes) else 1
            )
        if len(documents) > max_rows:
            _forget(documents, above, below)
    del pairs
    kept = {
        value: count
        for value, count in documents.items()
        if count >= min_documents
        and max(len(above[value]), len(below[value])) >= max(3, MIN_SPREAD * count)
    }
    return Boilerplate(kept)


def _forget(
    documents: dict[int, int], above: dict[int, set[int]], below: dict[int, set[int]]
) -> None:
    """Drop lines seen once; where that isn't enough, those seen twice, and so on."""
    floor = 1
    while len(documents) > MAX_ROWS // 2:
        for value in [value for value, count in documents.items() if count <= floor]:
            del documents[value], above[value], below[value]
        floor += 1


def relabel(document: Document, boilerplate: Boilerplate) -> Document:
    """The document with its repeated lines labelled as boilerplate and stripped; the count goes into the rule's id."""
    if not boilerplate.counts:
        return document
    hashes = line_hashes(document)
    lines = []
    for line, value in zip(document.lines, hashes, strict=True):
        count = boilerplate.counts.get(int(value))
        if count is None or line.label not in BODY_LABELS or line.label == "title":
            lines.append(line)
        else:
            lines.append(_as_boilerplate(line, count, document))
    if all(old is new for old, new in zip(document.lines, lines, strict=True)):
        return document
    return replace(
        document, lines=tuple(lines), text=strip(document.source_text, lines)
    )


def _as_boilerplate(line: Line, count: int, document: Document) -> Line:
    text = document.line_text(line)
    label = (
        "disclaimer"
        if any(
            word in text for word in ("声明", "聲明", "版权", "版權", "侵权", "侵權")
        )
        else "navigation"
    )
    return replace(
        line, label=label, level=0, rules=(*line.rules, f"corpus:repeated-line={count}")
    )
