"""Turns texts and pages into labelled lines: the article with its headings, and a name for everything else."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.page.assign import Found, assign
from detector.page.blocks import Page
from detector.page.features import feature_table
from detector.page.model import LineModel, Trees, TwoLooks, loudest, places, shipped_model
from detector.page.places import page_forest
from detector.page.sheet import Sheet, Span, read_sheet
from detector.page.stage import add_surroundings
from detector.page.stripped import strip
from detector.page.tier import engine, paused_collection
from detector.page.walk import Blocks
from detector.rules import RuleSet
from detector.types import Line

__all__ = ["LabelledText", "label_pages", "label_texts", "strip"]

TEXT_SHARE = 50  # the kernels save so many times as much a character of a page; for plain texts they pay off after 10 MB


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
        engine().compiled_for(sum(map(len, texts)) // TEXT_SHARE, len(texts))
        with paused_collection():
            labelled = self._label(text_sheet(texts, titles, self.rules))
        return [
            LabelledText(text, lines, title or found.title, found.published, found.author)
            for text, title, (found, lines) in zip(texts, titles, labelled, strict=True)
        ]

    def pages(self, pages: Sequence[Page]) -> list[LabelledText]:
        with paused_collection():
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
        odds, against, names, cohesion = two_looks(sheet, looks)
        said = [(f"model:{name}",) for name in looks.first.names]
        why: list[tuple[str, ...]] = [()] * sheet.n_lines
        for row, name in zip(against.tolist(), names.tolist(), strict=True):
            why[row] = said[name]
        return assign(sheet, odds, why, cohesion)


class Looked(NamedTuple):
    """What two looks make of a sheet: the log-odds of each line, the lines that they speak against, and why."""

    odds: NDArray[np.float64]
    against: NDArray[np.int64]  # rows
    loudest: NDArray[np.int64]  # of each of them the feature of the first trees that spoke most against it
    cohesion: NDArray[np.float32]  # of each line


def two_looks(sheet: Sheet, looks: TwoLooks) -> Looked:
    """Weigh all lines, then once more with what the first look made of their surroundings."""
    forest = page_forest(sheet)
    table = feature_table(sheet, forest)
    first = places(table.place, looks.first)
    add_surroundings(table, sheet, weigh(looks.first, table.columns(), first), forest)
    odds = weigh(looks.second, table.columns(), places(table.place, looks.second))
    against = np.flatnonzero(odds <= 0)
    return Looked(odds, against, speak(looks.first, table.columns(), first, against), table.get("cohesion"))


def weigh(trees: Trees, columns: NDArray[np.float32], place: NDArray[np.int64]) -> NDArray[np.float64]:
    """`trees.log_odds`, by the compiled kernel once that is loaded."""
    if not engine().ready:
        return trees.log_odds(columns, place)
    from detector.page import model_kernels

    total = np.empty(columns.shape[1])
    model_kernels.log_odds(columns, place[trees.feature], trees.border, trees.leaves, trees.bias, total)
    return total


def speak(trees: Trees, columns: NDArray[np.float32], place: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """`loudest`, by the compiled kernel once that is loaded."""
    if not engine().ready:
        return loudest(columns, place, rows, trees)
    from detector.page import model_kernels

    found = np.empty(len(rows), np.int64)
    model_kernels.loudest(columns, place, rows, trees.mean, trees.pull, found)
    return found


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
        [Blocks.of(page.blocks).texts for page in pages],
        [page.blocks for page in pages],
        [page.title for page in pages],
        [_block_spans(page) for page in pages],
        [[False] * len(page.blocks) for page in pages],
        rules,
        [page.tree for page in pages],
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
    lengths = list(map(len, Blocks.of(page.blocks).texts))
    starts = itertools.accumulate((length + 1 for length in lengths), initial=0)
    return [(number, start, start + length) for number, (start, length) in enumerate(zip(starts, lengths, strict=False), 1)]
