"""One examined document into a table of its stages: what each made, and the file that made it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from detector.dup.sketch import sketch_folded
from detector.fingerprint import Examined
from detector.judge.score import score
from detector.judge.signals import document_evidence
from detector.page.blocks import blocks_of
from detector.page.lines import label_pages, label_texts, strip
from detector.template.features import template_row
from detector.template.outline import outline
from detector.text.decode import decode
from detector.text.fold import fold
from detector.text.repair import repair
from detector.types import Verdict


class Stage(NamedTuple):
    """One row of the table."""

    name: str
    result: str
    made_by: str  # the file, relative to the package


def stages_of(examined: Examined, verdict: Verdict) -> list[Stage]:
    """The stages that `examined` went through, in order."""
    document, row = examined.document, examined.fingerprint
    labels: Counter[str] = Counter(line.label for line in document.lines)
    repairs = Counter(repair_made.kind for repair_made in document.repairs)
    headings = outline(document)
    is_page = document.media == "html"
    page = [("blocks", f"{len(document.lines)} blocks, {len(document.hidden)} hidden texts", blocks_of)] if is_page else []
    steps: list[tuple[str, str, Callable[..., Any]]] = [
        ("decode", f"{document.charset or 'text as given'}, {document.chars_in:,} characters", decode),
        *page,
        ("repair", f"{_listed(repairs) or 'nothing to repair'}; {len(document.holes)} holes", repair),
        ("label", _listed(labels), label_pages if is_page else label_texts),
        ("strip", f"{len(document.source_text):,} characters, {len(document.text):,} of them stay", strip),
        ("fold", f"{len(examined.folded):,} characters to compare, script {document.script}", fold),
        ("sketch", f"{row.n_shingles:,} shingles, digest {row.exact_digest.hex()[:12]}", sketch_folded),
        ("outline", ", ".join(h.role for h in headings) or "no headings", outline),
        ("template", f"{row.template.nbytes:,} bytes of features", template_row),
        ("evidence", f"{len(verdict.evidence)} items of {len(verdict.kinds)} kinds", document_evidence),
        ("score", f"{verdict.bits:+.1f} bits, {'farm' if verdict.farm else 'not farm'}", score),
    ]
    return [Stage(name, result, file_of(step)) for name, result, step in steps]


def file_of(function: Callable[..., Any]) -> str:
    """The file that holds `function`, from the package on: `detector/text/fold.py`."""
    path = Path(sys.modules[function.__module__].__file__ or function.__module__)
    package = Path(sys.modules["detector"].__file__ or "detector").parent.parent
    return path.relative_to(package).as_posix() if path.is_relative_to(package) else path.name


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
