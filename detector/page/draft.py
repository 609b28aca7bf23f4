"""Turns a sheet of lines with their log-odds into drafts: one a document, with all that the labels are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page.measures import link_share, prose_of, repeats_of, title_like, title_match, units_of
from detector.page.numbering import Numbering
from detector.page.sheet import Sheet
from detector.text.fold import fold_chars
from detector.types import Label

_RULE_ORDER: tuple[Label, ...] = (
    "spam", "disclaimer", "promotion", "related", "byline", "navigation", "caption", "teaser",
)  # fmt: skip
HEAD_LINES = 30  # how far down a title is looked for
SENTENCE_ENDS = ("。", "。”", "。」", "！", "？", "……")


@dataclass(slots=True)
class Draft:
    """A document on its way to labels: rows of the sheet and what is known of each line so far."""

    texts: Sequence[str]
    units: Sequence[float]
    prose: Sequence[int]
    odds: list[float]
    title_like: Sequence[bool]
    title_match: Sequence[bool]
    keys: Sequence[int]
    numberings: Sequence[Numbering | None]
    flags: Sequence[int]
    tags: Sequence[int]  # heading level of the markup
    containers: Sequence[int]  # the element of the page around it
    labels: list[Label]
    why: list[tuple[str, ...]]
    named: list[Label | None]  # what the rules say
    cohesion: Sequence[float]  # share of the line's words that the running text also has
    repeats: Sequence[int]
    linked: Sequence[bool]  # most of the line is link text
    pages: bool
    folded: Sequence[str]  # the lines of a plain text in Simplified, half width and lower case; none for pages

    def __len__(self) -> int:
        return len(self.texts)


def drafts(
    sheet: Sheet, odds: NDArray[np.float64], why: Sequence[tuple[str, ...]], cohesion: NDArray[np.float32]
) -> Iterator[Draft]:
    """A draft for each document of a sheet, in order, with what the rules say."""
    units, prose, keys, listed = units_of(sheet.counts).tolist(), prose_of(sheet).tolist(), sheet.keys.tolist(), odds.tolist()
    like, match, linked = title_like(sheet).tolist(), title_match(sheet).tolist(), (link_share(sheet) > 0.5).tolist()
    all_cohesion, all_repeats = cohesion.tolist(), repeats_of(sheet).tolist()
    blocks = sheet.blocks
    nothing = [0] * sheet.n_lines
    folded = fold_chars("\n".join(sheet.texts)).split("\n") if blocks is None else []
    columns = [blocks.flags, blocks.heading, blocks.container] if blocks is not None else []
    flags, headings, containers = [column.tolist() for column in columns] or [nothing] * 3
    for start, end in itertools.pairwise(sheet.starts.tolist()):
        rows = slice(start, end)
        draft = Draft(
            texts=sheet.texts[rows], units=units[rows], prose=prose[rows], odds=listed[rows], title_like=like[rows],
            title_match=match[rows], keys=keys[rows], numberings=sheet.numberings[rows],
            flags=flags[rows], tags=headings[rows], containers=containers[rows],
            labels=["body"] * (end - start), why=list(why[rows]), named=[None] * (end - start), cohesion=all_cohesion[rows],
            repeats=all_repeats[rows], linked=linked[rows], pages=blocks is not None, folded=folded[rows],
        )  # fmt: skip
        _name_by_rules(draft, sheet, start)
        yield draft


def _name_by_rules(draft: Draft, sheet: Sheet, start: int) -> None:
    for row, hits in enumerate(sheet.hits[start : start + len(draft)]):
        if hits:
            labels = {hit.rule.label for hit in hits}
            label = next((known for known in _RULE_ORDER if known in labels), None)
            draft.named[row] = label
            draft.why[row] = tuple(hit.rule.id for hit in hits if hit.rule.label == label)


def is_sentence(draft: Draft, row: int) -> bool:
    if draft.named[row] is not None or draft.labels[row] != "body" or draft.prose[row] < 20:
        return False
    return draft.texts[row].rstrip().endswith(SENTENCE_ENDS)
