"""Turns texts and pages into labelled lines: the article with its headings, and a name for everything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page.assign import Found, assign
from detector.page.blocks import Page
from detector.page.features import line_features
from detector.page.model import LineModel, TwoLooks, arranged, loudest, shipped_model
from detector.page.sheet import Sheet, Span, read_sheet
from detector.page.stage import surroundings
from detector.page.stripped import strip
from detector.rules import RuleSet
from detector.types import Line

__all__ = ["LabelledText", "label_pages", "label_texts", "strip"]

_LINE = re.compile(r"[^\n]*")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with the label of each of its lines. Spans of the lines count code points of `source_text`.

    For pages `source_text` is the blocks joined by line feeds and `Line.number` the block; for texts it is the text
    itself, unchanged, and `Line.number` the physical line, blank lines without a `Line`. `hidden` is text that a page
    hides from its readers.
    """

    source_text: str
    lines: tuple[Line, ...]
    title: str | None = None
    published: str | None = None
    author: str | None = None
    site: str | None = None
    hidden: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is left when all but title, headings and body is stripped."""
        return strip(self.source_text, self.lines)


@dataclass(frozen=True, slots=True)
class Labeller:
    """Rules and weights that label lines. A batch is only faster than its documents one by one, never different."""

    rules: RuleSet | None
    model: LineModel

    def texts(self, texts: Sequence[str], titles: Sequence[str | None]) -> list[LabelledText]:
        labelled = self._label(text_sheet(texts, titles, self.rules))
        return [
            LabelledText(text, lines, title or found.title, found.published, found.author)
            for text, title, (found, lines) in zip(texts, titles, labelled, strict=True)
        ]

    def pages(self, pages: Sequence[Page]) -> list[LabelledText]:
        labelled = self._label(page_sheet(pages, self.rules))
        return [
            LabelledText(
                page.text, lines, page.title or found.title, page.published or found.published,
                page.author or found.author, page.site, page.hidden,
            )
            for page, (found, lines) in zip(pages, labelled, strict=True)
        ]  # fmt: skip

    def _label(self, sheet: Sheet) -> list[tuple[Found, tuple[Line, ...]]]:
        if not sheet.n_lines:
            return assign(sheet, np.zeros(0), [], np.zeros(0, np.float32))
        looks = self.model.looks(pages=sheet.blocks is not None)
        odds, columns, cohesion = two_looks(sheet, looks)
        against = np.flatnonzero(odds <= 0)
        why: list[tuple[str, ...]] = [()] * sheet.n_lines
        for row, name in zip(against.tolist(), loudest(columns, against, looks.first), strict=True):
            why[row] = (name,)
        return assign(sheet, odds, why, cohesion)


def two_looks(sheet: Sheet, looks: TwoLooks) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """The log-odds of each line after both looks, the columns that the first one saw, and the cohesion of each line."""
    features, names = line_features(sheet)
    columns = arranged(features, names, looks.first)
    around, around_names = surroundings(sheet, looks.first.log_odds(columns))
    cohesion = features[:, names.index("cohesion")].copy()
    both = np.concatenate((features, around), axis=1)
    del features, around  # a large page has hundreds of thousands of lines
    second = arranged(both, [*names, *around_names], looks.second)
    del both
    return looks.second.log_odds(second), columns, cohesion


def label_texts(texts: Sequence[str], titles: Sequence[str | None], rules: RuleSet | None) -> list[LabelledText]:
    """Label plain texts with the shipped model; `titles` are those known from elsewhere."""
    return Labeller(rules, shipped_model()).texts(texts, titles)


def label_pages(pages: Sequence[Page], rules: RuleSet | None) -> list[LabelledText]:
    """Label pages with the shipped model; their markup counts as much as their words."""
    return Labeller(rules, shipped_model()).pages(pages)


def text_sheet(texts: Sequence[str], titles: Sequence[str | None], rules: RuleSet | None) -> Sheet:
    """The lines of plain texts that are not blank."""
    lines = [physical_lines(text) for text in texts]
    cut = [[text[start:end] for _, start, end in spans] for text, spans in zip(texts, lines, strict=True)]
    return read_sheet(cut, None, titles, lines, [_blanks_above(spans) for spans in lines], rules)


def page_sheet(pages: Sequence[Page], rules: RuleSet | None) -> Sheet:
    """The blocks of pages."""
    return read_sheet(
        [[block.text for block in page.blocks] for page in pages],
        [page.blocks for page in pages],
        [page.title for page in pages],
        [_block_spans(page) for page in pages],
        [[False] * len(page.blocks) for page in pages],
        rules,
    )


def physical_lines(text: str) -> list[Span]:
    """(number from 1, start, end) of each line that is not blank, without the blanks at its end."""
    spans = []
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        kept = line.rstrip()
        if kept:
            spans.append((number, start, start + len(kept)))
        start += len(line) + 1
    return spans


def _blanks_above(spans: Sequence[Span]) -> list[bool]:
    return [number > above + 1 for above, (number, _, _) in zip([0, *(n for n, _, _ in spans)], spans, strict=False)]


def _block_spans(page: Page) -> list[Span]:
    spans = []
    start = 0
    for number, block in enumerate(page.blocks, start=1):
        spans.append((number, start, start + len(block.text)))
        start += len(block.text) + 1
    return spans
