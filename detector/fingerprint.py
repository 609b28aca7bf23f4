"""Labelled documents into the small rows that travel: sketch, outline features, line hashes, contacts, evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.article import guard, text_of
from detector.dup.sketch import sketch_folded
from detector.judge.signals import contacts_of, document_evidence
from detector.kit import Kit
from detector.page.boilerplate import line_hashes_batch
from detector.read.fields import record_digest
from detector.template.features import TemplateRow, template_row
from detector.template.outline import outline
from detector.text.fold import fold_batch
from detector.types import Document, Evidence, Failure, Record

_NO_SKETCH = np.empty(0, dtype=np.uint32)
_NO_LINES = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The small row of a document: all that travels to `relate` and `decide`."""

    id: str
    record_digest: str
    source: str
    host: str | None
    title: str | None
    published: str | None
    chars_in: int
    chars_body: int
    has_text: bool  # whether anything but blanks is left of it
    chars_text: int
    chars_related: int
    chars_repeated: int  # in lines that the corpus showed to be boilerplate
    repairs: int
    labels: Mapping[str, int]  # lines a label
    sketch: NDArray[np.uint32]  # uint32[slots]
    n_shingles: int
    exact_digest: bytes
    template: TemplateRow
    lines: NDArray[np.uint64]  # a hash for each line that may be boilerplate
    contacts: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """One document after `examine`: the document stays where it is, the fingerprint travels."""

    document: Document
    fingerprint: Fingerprint
    folded: NDArray[np.uint16]


def fingerprint_batch(records: Sequence[Record], documents: Sequence[Document | Failure], kit: Kit) -> list[Examined | Failure]:
    """Sketch, outline and evidence of labelled documents: the second half of `examine`."""
    rows = [
        each if isinstance(each, Failure) else guard("fingerprint", record, _first, each, kit)
        for record, each in zip(records, documents, strict=True)
    ]
    whole = [row for row in rows if not isinstance(row, Failure)]
    folded = _fold_batch([_compared(record, document, kit) for record, document, _ in whole])
    made = iter(_sketch_batch([(document, row) for _, document, row in whole], folded, kit))
    return [row if isinstance(row, Failure) else next(made) for row in rows]


def fingerprint_again(documents: Sequence[Document], folded: Sequence[NDArray[np.uint16]], kit: Kit) -> list[Examined]:
    """Documents whose lines have other labels than before; `folded` is what was compared of each then."""
    if kit.settings.on == "body":
        folded = _fold_batch([document.text for document in documents])
    return _sketch_batch([(document, _row(document, kit)) for document in documents], folded, kit)


def _first(record: Record, document: Document, kit: Kit) -> tuple[Record, Document, Fingerprint]:
    return record, document, replace(_row(document, kit), record_digest=record_digest(record))


def _compared(record: Record, document: Document, kit: Kit) -> str:
    """The text in which copies are looked for."""
    if kit.settings.on == "raw":
        raw = text_of(record)
        return raw if isinstance(raw, str) else document.source_text
    return document.text if kit.settings.on == "body" else document.source_text


def _row(document: Document, kit: Kit) -> Fingerprint:
    """The small row but for its sketch and the hashes of its lines, which are made for many documents at once."""
    related = sum(line.end - line.start for line in document.lines if line.label == "related")
    repeated = sum(line.end - line.start for line in document.lines if any(r.startswith("corpus:") for r in line.rules))
    return Fingerprint(
        id=document.id,
        record_digest="",
        source=document.source,
        host=document.host,
        title=document.title,
        published=document.published,
        chars_in=document.chars_in,
        chars_body=len(document.text),
        has_text=not (document.text.isspace() or not document.text),
        chars_text=len(document.source_text),
        chars_related=related,
        chars_repeated=repeated,
        repairs=len(document.repairs),
        labels=Counter(line.label for line in document.lines),
        sketch=_NO_SKETCH,
        n_shingles=0,
        exact_digest=b"",
        template=template_row(document),
        lines=_NO_LINES,
        contacts=contacts_of(document),
        evidence=document_evidence(document, outline(document), kit.rules),
    )


def _fold_batch(texts: Sequence[str]) -> list[NDArray[np.uint16]]:
    codes, offsets = fold_batch(texts)
    return [codes[start:end] for start, end in pairwise(offsets.tolist())]


def _sketch_batch(
    made: Sequence[tuple[Document, Fingerprint]], folded: Sequence[NDArray[np.uint16]], kit: Kit
) -> list[Examined]:
    """The rows with their sketches and the hashes of their lines filled in."""
    if not made:
        return []
    offsets = np.cumsum([0, *map(len, folded)], dtype=np.int64)
    table = sketch_folded(np.concatenate(folded), offsets, kit.scheme)
    sketches = map(table.__getitem__, range(len(table)))
    hashes = line_hashes_batch([document for document, _ in made])
    return [
        Examined(document, replace(row, sketch=s.values, n_shingles=s.n_shingles, exact_digest=s.exact_digest, lines=h), codes)
        for (document, row), codes, s, h in zip(made, folded, sketches, hashes, strict=True)
    ]
