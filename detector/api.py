"""The library: a text or page into a clean document, a document into a verdict, records into the results of a scan."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from detector.article import label
from detector.corpus import scan_to_folder
from detector.errors import DecodeError, InputError
from detector.judge.score import score
from detector.judge.signals import document_evidence
from detector.kit import Kit, make_kit
from detector.read.fields import content_id, host_of, is_markup
from detector.report.files import rows
from detector.settings import Settings
from detector.template.outline import outline
from detector.types import Document, Failure, Record, Verdict
from detector.write import TABLES

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """The tables of a scan, as lists of rows with the columns of the output files."""

    documents: list[Row]
    lines: list[Row]
    pairs: list[Row]
    clusters: list[Row]
    templates: list[Row]
    sites: list[Row]
    removed: list[Row]
    failures: list[Row]
    manifest: Mapping[str, Any]

    def clean_corpus(self) -> list[Row]:
        """The documents that stay."""
        return [row for row in self.documents if row["keep"]]


def clean(content: str | bytes, *, url: str | None = None, title: str | None = None) -> Document:
    """Repair and strip one text or HTML page; bytes are decoded first.

    Raises:
        DecodeError: the bytes are no text. InputError: the page can't be processed.
    """
    media = "html" if is_markup(content) else "text"
    record = Record(content_id(content, url), "clean", content, media, url, host_of(url), title)  # type: ignore[arg-type]
    made = label([record], _kit())[0]
    if isinstance(made, Failure):
        raise (DecodeError if made.stage == "decode" else InputError)(made.reason)
    return made


def judge(document: Document) -> Verdict:
    """The verdict on one document without its corpus; `scan` also weighs what related documents show."""
    kit = _kit()
    return score(document_evidence(document, outline(document), kit.rules), kit.settings)


def scan(records_or_paths: Any, *, settings: Settings | None = None, out: str | Path | None = None, workers: int = 1) -> Result:
    """Scan files, or any iterable of mappings, a pandas or polars frame, an Arrow table or a Hugging Face `Dataset`.

    With `out` the folder of results stays; else it is temporary. With more than one worker the calling script needs
    the usual `if __name__ == "__main__":`.
    """
    with tempfile.TemporaryDirectory(prefix="detector-") as temporary:
        folder = Path(out) if out is not None else Path(temporary)
        manifest = scan_to_folder(records_or_paths, folder, settings or Settings(), workers=workers)
        tables = {name: list(rows(folder, name)) for name in TABLES}
    return Result(**tables, manifest=manifest)


@cache
def _kit() -> Kit:
    return make_kit(Settings())
