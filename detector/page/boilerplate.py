"""Turns the line hashes of a corpus into the set of its boilerplate lines, and documents into documents without them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detector.page.chars import codes_of, line_keys, line_offsets
from detector.page.stripped import strip
from detector.types import Document, Label, Line

MIN_DOCUMENTS = 5  # that hold a line and have a text of their own, no copies of each other
MIN_HOST_SHARE = 0.2  # of the documents of a host
MIN_SHORT_SHARE = 0.5  # of them, for lines under SHORT_CHARS: a step of a recipe repeats for good reasons
SHORT_CHARS = 12
MIN_HOSTS = 5  # or so many hosts, and MIN_HOST_SHARE of all
MIN_WIDE_HOSTS = 3  # or so many hosts, with two such documents or more on each
MIN_OWN_SHARE = 0.4  # of a document, in lines that few others hold: what is less is a copy, and vouches for nothing
TITLE_DOCUMENTS = 10  # a line that so many documents and half of a host have for a title names the site
TITLE_SHARE = 0.5
MIN_KEPT_CHARS = 4  # shorter lines (第一章, 1.) repeat for good reasons
MAX_TITLE_CHARS = 60
MAX_ROWS = 2_000_000  # lines that are counted at once; larger corpora are counted in parts of the hashes
_LENGTH_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # Knuth's multiplier for 64 bits
_SIZE_BITS = np.uint64(5)  # the lowest bits of a hash are twice the binary logarithm of the line's length
_HASHED = ("body", "title")
_NOTICE = ("声明", "聲明", "版权", "版權", "侵权", "侵權")
# Statutes close with the same words, and the article of a statute is no frame of a page.
_ARTICLE = re.compile(r"\s*第[〇零一二三四五六七八九十百千\d]{1,7}[条條款项項]")
_NO_TITLE_END = "。！？；，,;!?…"


@dataclass(frozen=True, slots=True)
class LineRow:
    """What one document adds to the count. Documents of one `group`, copies of each other, count as one."""

    hashes: NDArray[np.uint64]
    host: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """Hashes of the lines that repeat over the corpus, with the number of documents that vouch for each.

    `site_names` are those that go even where they were taken for the title.
    """

    counts: dict[int, int]
    site_names: frozenset[int] = field(default=frozenset())


def line_hashes(document: Document) -> NDArray[np.uint64]:
    """uint64[n_lines]: a hash of the folded text of each line of body or title, 0 for others and for short ones."""
    return line_hashes_batch([document])[0]


def line_hashes_batch(documents: Sequence[Document]) -> list[NDArray[np.uint64]]:
    """`line_hashes` of each document."""
    texts = [
        document.line_text(line).strip() if line.label in _HASHED else "" for document in documents for line in document.lines
    ]
    offsets = line_offsets(texts)
    lengths = np.diff(offsets)
    line_of = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    keys, kept = line_keys(codes_of("\n".join([*texts, ""])), line_of, len(texts))
    sizes = np.minimum(2 * np.log2(np.maximum(kept, 1)), 31).astype(np.uint64)
    with np.errstate(over="ignore"):  # lines of other length differ in what the fold drops: ★★★ is not ★★
        keys ^= lengths.astype(np.uint64) * _LENGTH_FACTOR
    hashes = np.where(kept < MIN_KEPT_CHARS, np.uint64(0), keys >> _SIZE_BITS << _SIZE_BITS | sizes)
    ends = np.cumsum([len(document.lines) for document in documents])
    return np.split(hashes, ends[:-1]) if documents else []


def learn(rows: Sequence[LineRow], min_documents: int = MIN_DOCUMENTS, *, max_rows: int = MAX_ROWS) -> Boilerplate:
    """The lines that repeat over the documents of a host, or over many hosts, whatever the order of the rows.

    Boilerplate stands beside texts that differ; the sentences of an article that was copied or edited stand beside each
    other. So first the lines are found that `min_documents` hold, and then only those documents count in which other
    lines are a good share of the text. Without hosts nothing is learned: a collection repeats lines for good reasons.
    Memory stays bounded: a large corpus is counted in parts of the hashes.
    """
    corpus = _Corpus([row for row in rows if row.host], max_rows)
    common = np.concatenate([np.empty(0, np.uint64), *corpus.repeated(min_documents)])
    if not len(common):
        return Boilerplate({})
    common.sort()
    corpus.count_only(common)
    counts: dict[int, int] = {}
    names: list[int] = []
    for table in corpus.tables():
        hashes, documents = _boilerplate(table, corpus.host_sizes, min_documents)
        counts |= dict(zip(hashes.tolist(), documents.tolist(), strict=True))
        names += _site_names(table, corpus.host_sizes).tolist()
    return Boilerplate(counts, frozenset(names) & counts.keys())


def relabel(document: Document, boilerplate: Boilerplate) -> Document:
    """The document with its repeated lines stripped; the number of documents stands in the rule of the line.

    Headings and articles of statutes stay: documents of one template share headings, and that is what a template family is
    found by. Where the line that was taken for the title goes, the next short line without an end of a sentence becomes
    the title.
    """
    if not boilerplate.counts:
        return document
    lines = list(document.lines)
    for i, key in enumerate(line_hashes(document).tolist()):
        count = boilerplate.counts.get(key)
        if count is not None and (lines[i].label == "body" or key in boilerplate.site_names):
            text = document.line_text(lines[i])
            if _ARTICLE.match(text) is None:
                lines[i] = _as_boilerplate(lines[i], count, text)
    gone = [old for old, new in zip(document.lines, lines, strict=True) if old is not new]
    if not gone:
        return document
    title = document.title
    if any(line.label == "title" for line in gone):
        found = _next_title(document, lines)
        if title and any(title in document.line_text(line) for line in gone):
            title = document.line_text(lines[found]).strip() if found is not None else None
        if found is not None:
            lines[found] = replace(lines[found], label="title", level=0)
    return replace(document, lines=tuple(lines), text=strip(document.source_text, lines), title=title)


class _Corpus:
    """The lines of a corpus as arrays, with numbers for their rows, documents and hosts; read in parts of the hashes."""

    def __init__(self, rows: Sequence[LineRow], max_rows: int) -> None:
        hosts = {host: number for number, host in enumerate(sorted({row.host or "" for row in rows}))}
        groups = {name: number for number, name in enumerate(sorted({row.group for row in rows if row.group}))}
        self._hashes = np.concatenate([np.empty(0, np.uint64), *(row.hashes for row in rows)])
        self._row_of = np.repeat(np.arange(len(rows)), [len(row.hashes) for row in rows])
        self._hosts = np.array([hosts[row.host or ""] for row in rows], dtype=np.uint64)
        numbers = (groups[row.group] if row.group else len(groups) + i for i, row in enumerate(rows))
        self._documents = np.fromiter(numbers, dtype=np.uint64, count=len(rows))
        self._counted = self._hashes != 0
        self._n_parts = np.uint64(1 + len(self._hashes) // max_rows)
        distinct = _distinct_rows(np.stack((self._hosts, self._documents), axis=1))
        self.host_sizes = np.bincount(distinct[:, 0].astype(np.int64), minlength=len(hosts))

    def repeated(self, least: int) -> Iterator[NDArray[np.uint64]]:
        """uint64[n] each: hashes of lines that `least` documents hold."""
        for chosen in self._parts():
            hashes, n_lines = np.unique(self._hashes[chosen], return_counts=True)
            often = _isin(self._hashes, hashes[n_lines >= least]) & chosen  # few lines: only of these documents are counted
            hashes, documents = _documents(self._table(often))
            yield hashes[documents >= least]

    def count_only(self, common: NDArray[np.uint64]) -> None:
        """Count only `common` (sorted) lines from now on, and documents of which a good share stands in others."""
        n_rows = len(self._documents)
        sizes = np.where(self._hashes != 0, _sizes(self._hashes), 0.0)
        shared = _isin(self._hashes, common)
        whole = np.bincount(self._row_of, sizes, n_rows)
        own = np.bincount(self._row_of, np.where(shared, 0.0, sizes), n_rows)
        self._counted &= shared & (own >= MIN_OWN_SHARE * whole)[self._row_of]

    def tables(self) -> Iterator[NDArray[np.uint64]]:
        """uint64[n, 3] each: hash, document and host of every line that counts, without repetitions, in order."""
        return map(self._table, self._parts())

    def _parts(self) -> Iterator[NDArray[np.bool_]]:
        for part in range(int(self._n_parts)):
            yield self._counted & ((self._hashes >> _SIZE_BITS) % self._n_parts == part)

    def _table(self, chosen: NDArray[np.bool_]) -> NDArray[np.uint64]:
        rows = self._row_of[chosen]
        return _distinct_rows(np.stack((self._hashes[chosen], self._documents[rows], self._hosts[rows]), axis=1))


def _boilerplate(
    table: NDArray[np.uint64], host_sizes: NDArray[np.int64], min_documents: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hashes that repeat as boilerplate does, and the documents of each."""
    hashes, counts = _documents(table)
    on_host, documents = np.unique(table[:, [0, 2]], axis=0, return_counts=True)
    short = _sizes(on_host[:, 0]) < SHORT_CHARS
    share = np.where(short, MIN_SHORT_SHARE, MIN_HOST_SHARE)
    often = (documents >= min_documents) & (documents >= share * host_sizes[on_host[:, 1].astype(np.int64)])
    _, n_hosts = np.unique(on_host[:, 0], return_counts=True)
    _, n_wide = np.unique(np.concatenate((hashes, on_host[documents > 1, 0])), return_counts=True)
    everywhere = (n_hosts >= MIN_HOSTS) & (n_hosts >= MIN_HOST_SHARE * len(host_sizes)) | (n_wide > MIN_WIDE_HOSTS)
    kept = (counts >= min_documents) & (np.isin(hashes, on_host[often, 0]) | everywhere)
    return hashes[kept], counts[kept]


def _site_names(table: NDArray[np.uint64], host_sizes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The hashes of lines that half of the documents of a host hold, and many."""
    on_host, documents = np.unique(table[:, [0, 2]], axis=0, return_counts=True)
    sizes = host_sizes[on_host[:, 1].astype(np.int64)]
    names: NDArray[np.uint64] = on_host[(documents >= TITLE_DOCUMENTS) & (documents >= TITLE_SHARE * sizes), 0]
    return names


def _documents(table: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hashes of a table in order, and how many different documents hold each."""
    pairs = _distinct_rows(table[:, :2])
    hashes, counts = np.unique(pairs[:, 0], return_counts=True)
    return hashes, counts.astype(np.int64)


def _distinct_rows(table: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The different rows of a table, in order."""
    ordered = table[np.lexsort(table.T[::-1])]
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    distinct: NDArray[np.uint64] = ordered[new]
    return distinct


def _isin(values: NDArray[np.uint64], ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each value is among the `ordered` ones."""
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: NDArray[np.bool_] = ordered[places] == values
    return found


def _sizes(hashes: NDArray[np.uint64]) -> NDArray[np.float64]:
    """About how many characters each line has, from the lowest bits of its hash."""
    return np.exp2((hashes & np.uint64(31)).astype(np.float64) / 2)


def _next_title(document: Document, lines: Sequence[Line]) -> int | None:
    """The first line of the rest, if it is short and no sentence."""
    for i, line in enumerate(lines):
        if line.label in ("title", "heading"):
            return None
        text = document.line_text(line).strip()
        if line.label == "body" and text:
            return i if len(text) <= MAX_TITLE_CHARS and text[-1] not in _NO_TITLE_END else None
    return None


def _as_boilerplate(line: Line, count: int, text: str) -> Line:
    label: Label = "disclaimer" if any(word in text for word in _NOTICE) else "navigation"
    return replace(line, label=label, level=0, rules=(*line.rules, f"corpus:repeated-line={count}"))
