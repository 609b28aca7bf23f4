"""Turns the lines of many documents into one sheet of arrays, a row a line, that all later steps read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page.chars import (
    CLASS_TABLE,
    class_counts,
    codes_of,
    line_keys,
    line_offsets,
)
from detector.page.numbering import MAY_NUMBER, Numbering, parse_numbering
from detector.page.walk import Block, Blocks, Tree
from detector.rules import RuleHit, RuleSet

Span = tuple[int, int, int]  # number of the line, start and end in the source text


@dataclass(frozen=True, slots=True)
class Columns:
    """The figures of the blocks of a batch of pages, int64[n_lines] each; see `Block`."""

    tags: list[str]
    flags: NDArray[np.int64]
    near: NDArray[np.int64]
    heading: NDArray[np.int64]
    link_chars: NDArray[np.int64]
    links: NDArray[np.int64]
    depth: NDArray[np.int64]
    container: NDArray[np.int64]
    outer: NDArray[np.int64]
    row: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a batch of documents, in order. Document d has the rows `starts[d]:starts[d + 1]`."""

    texts: list[str]
    blocks: Columns | None  # None for plain texts
    spans: list[Span]
    starts: NDArray[np.int64]  # [n_documents + 1]
    document: NDArray[np.int64]  # [n_lines]
    blank_before: NDArray[np.bool_]  # a blank line stands above
    titles: list[str | None]  # of each document, as stated outside of its lines
    numberings: list[Numbering | None]
    hits: list[list[RuleHit]]
    codes: NDArray[np.uint16]  # of all lines joined by line feeds
    classes: NDArray[np.uint8]  # of those codes
    line_of: NDArray[np.int64]  # the row of each code
    offsets: NDArray[np.int64]  # [n_lines + 1] where each line starts in the codes
    counts: NDArray[np.int64]  # [n_lines, N_CLASSES]
    keys: NDArray[np.uint64]  # hash of each folded line
    kept: NDArray[np.int64]  # characters that the fold keeps
    links: NDArray[np.int64]  # characters inside of links, 0 for plain texts
    trees: Sequence[Tree] = ()  # the containers of each page

    @property
    def n_lines(self) -> int:
        return len(self.texts)


def read_sheet(
    documents: Sequence[Sequence[str]],
    blocks: Sequence[Sequence[Block]] | None,
    titles: Sequence[str | None],
    spans: Sequence[Sequence[Span]],
    blank_before: Sequence[Sequence[bool]],
    rules: RuleSet | None,
    trees: Sequence[Tree] = (),
) -> Sheet:
    """Gather lines, match the line rules and count characters, over all documents at once."""
    texts = [text for lines in documents for text in lines]
    columns = None if blocks is None else _columns([Blocks.of(page) for page in blocks])
    sizes = np.fromiter(map(len, documents), dtype=np.int64, count=len(documents))
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    offsets = line_offsets(texts)
    codes = codes_of("\n".join(texts) + "\n") if texts else np.empty(0, np.uint16)
    line_of = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(offsets))
    classes = CLASS_TABLE.take(codes)
    keys, kept = line_keys(codes, line_of, len(texts))
    return Sheet(
        texts=texts,
        blocks=columns,
        spans=[span for lines in spans for span in lines],
        starts=starts,
        document=np.repeat(np.arange(len(documents), dtype=np.int64), sizes),
        blank_before=np.array([blank for lines in blank_before for blank in lines], dtype=np.bool_),
        titles=list(titles),
        numberings=_numberings(texts, codes[offsets[:-1]]),
        hits=rules.match_lines(texts) if rules is not None else [[] for _ in texts],
        codes=codes,
        classes=classes,
        line_of=line_of,
        offsets=offsets,
        counts=class_counts(classes, line_of, len(texts)),
        keys=keys,
        kept=kept,
        links=np.zeros(len(texts), dtype=np.int64) if columns is None else columns.link_chars,
        trees=trees,
    )


def _numberings(texts: Sequence[str], firsts: NDArray[np.uint16]) -> list[Numbering | None]:
    """The numbering of each line; most lines are turned away by their first code."""
    found: list[Numbering | None] = [None] * len(texts)
    for row in np.flatnonzero(MAY_NUMBER.take(firsts)).tolist():
        found[row] = parse_numbering(texts[row])
    return found


def _columns(pages: Sequence[Blocks]) -> Columns:
    whole = np.concatenate([page.columns for page in pages], axis=1) if pages else np.zeros((9, 0), np.int32)
    return Columns([tag for page in pages for tag in page.tags], *whole.astype(np.int64))
