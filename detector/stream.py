"""Documents one by one: a record in, its cleaned or repaired form out, with no step over the corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from detector.article import label
from detector.kit import Kit
from detector.rows import repair_item
from detector.text.holes import fill_holes
from detector.text.repair import repair_batch
from detector.types import Document, Failure, Record, Repaired
from detector.write import encode

BATCH = 64  # labelling is fastest over some lines at once


def clean_records(records: Iterable[Record | Failure], kit: Kit) -> Iterator[tuple[Record, Document] | Failure]:
    """Repair, label and strip each record, in order."""
    stream = iter(records)
    while batch := list(islice(stream, BATCH)):
        whole = [each for each in batch if isinstance(each, Record)]
        labelled = iter(label(whole, kit))
        for each in batch:
            if isinstance(each, Failure):
                yield each
            else:
                document = next(labelled)
                yield document if isinstance(document, Failure) else (each, document)


def cleaned_row(record: Record, document: Document) -> dict[str, Any]:
    """The row of the input with its text cleaned, under the names that the input used."""
    return _row_like(record, document.text, document.title, document.published, document)


def repaired_line(record: Record, repaired: Repaired) -> bytes:
    """A repaired record: the row of a table as JSON, a file as its text."""
    if not record.columns:
        return repaired.text.encode("utf-8", "replace")
    row = _row_like(record, repaired.text, record.title, record.published, repaired)
    return encode(row)


def repair_text(text: str, *, fill: bool = False) -> Repaired:
    """Repair a text; with `fill`, sure holes are filled, too."""
    (repaired,) = repair_batch([text])  # which spares a process of its own the loading of the compiled loop
    return fill_holes(repaired) if fill else repaired


def _row_like(record: Record, text: str, title: str | None, published: str | None, made: Document | Repaired) -> dict[str, Any]:
    names = record.columns
    row: dict[str, Any] = {names.get("id", "id"): record.id}
    known = (("url", record.url), ("title", title), ("date", published))
    row.update({names.get(role, role): value for role, value in known if value is not None or role in names})
    row[names.get("text", "text")] = text
    row.update(record.extra)
    name = "repairs" if "repairs" not in row else "detector_repairs"  # never over a column of the input
    row[name] = [repair_item(r) for r in made.repairs]
    return row
