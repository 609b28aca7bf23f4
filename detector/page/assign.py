"""Turns the log-odds and rule hits of a document's lines into one label each, with what made it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page import markup
from detector.page.dates import DATE, name_datelines, signature_rows
from detector.page.draft import Draft, drafts
from detector.page.headings import find_headings
from detector.page.keep import keep_something, smooth, spread_related, weigh_rules
from detector.page.levels import heading_levels
from detector.page.linked import spread_links
from detector.page.reprieve import reprieve
from detector.page.sentences import is_sentence, keep_sentences
from detector.page.sheet import Sheet
from detector.page.titles import drop_above, drop_teaser, drop_title_again, title_row
from detector.types import BODY_LABELS, Label, Line

_AUTHOR = re.compile(r"(?:作者|记者|記者|编辑|編輯|责编|責編|撰文|文)\s*[:：/|]\s*([^\s:：/|，,。()（）]{2,12})")


@dataclass(frozen=True, slots=True)
class Found:
    """What the lines of a document say of the whole."""

    title: str | None = None
    published: str | None = None
    author: str | None = None


def assign(
    sheet: Sheet,
    odds: NDArray[np.float64],
    why: Sequence[tuple[str, ...]],
    cohesion: NDArray[np.float32],
) -> list[tuple[Found, tuple[Line, ...]]]:
    """Labels for all documents of a sheet, in order."""
    done = []
    for number, draft in enumerate(drafts(sheet, odds, why, cohesion)):
        rows = slice(int(sheet.starts[number]), int(sheet.starts[number + 1]))
        outers = [] if sheet.blocks is None else sheet.blocks.outer[rows].tolist()
        _decide(draft, sheet.titles[number], outers, sheet.blank_before[rows].tolist())
        done.append(_finish(draft, sheet.spans[rows]))
    return done


def _decide(draft: Draft, title: str | None, outers: Sequence[int], blanks: Sequence[bool]) -> None:
    """Fill in the labels: kept or not, then the title, then names for what is not kept, then headings."""
    keep = [odds > 0 for odds in draft.odds]
    if True not in keep:
        keep_something(draft, keep)
    strong = [row for row, prose in enumerate(draft.prose) if prose >= 30 and keep[row] and draft.named[row] is None]
    core = (strong[0], strong[-1]) if strong else (len(draft), len(draft))
    weigh_rules(draft, keep, core)
    spread_related(draft, keep)
    spread_links(draft, keep)
    smooth(draft, keep, core)
    seen = keep.copy()
    reprieve(draft, keep, outers)
    for row in signature_rows(draft, keep, core[0]):
        keep[row] = True
    keep_sentences(draft, keep)
    if draft.pages and keep != seen:  # sentences that came back bring the lists between them along
        reprieve(draft, keep, outers)
    first_said = _first_said(draft, keep, core[0])
    name_datelines(draft, keep, first_said)
    title_at, by_byline = title_row(draft, keep, first_said, title, blanks)
    if title_at is not None:
        draft.labels[title_at] = "title"
        if by_byline:
            drop_above(draft, keep, title_at)
        drop_title_again(draft, keep, title_at, draft.texts[title_at])
    elif title:
        drop_title_again(draft, keep, None, title)
    drop_teaser(draft, keep, title_at)
    for row, (label, kept) in enumerate(zip(draft.labels, keep, strict=True)):
        if label == "body" and not kept and row != title_at:
            draft.labels[row] = _name_other(draft, row, core[0])
        elif label in BODY_LABELS:
            draft.why[row] = ()  # what spoke against the line has not prevailed
    _name_lists(draft, core[0])
    find_headings(draft, blanks)


def _first_said(draft: Draft, keep: list[bool], first_strong: int) -> int:
    """The first line that the article says: its first long paragraph, or a shorter sentence above it."""
    if draft.pages and first_strong < len(draft):
        return first_strong
    kept = (row for row in range(first_strong) if keep[row] and draft.named[row] is None and is_sentence(draft.texts[row]))
    return next(kept, first_strong)


def _name_other(draft: Draft, row: int, first_body: int) -> Label:
    """The name of a line that is not kept."""
    name = draft.named[row]
    if name is not None:
        return name
    flags = draft.flags[row]
    if flags & markup.ALT:
        return "caption"
    if row < first_body + 2 and DATE.search(draft.texts[row]) and draft.units[row] < 60:
        return "byline"
    if flags & (markup.W_RELATED) and draft.title_like[row]:
        return "related"
    if flags & (markup.NAV | markup.HEADER | markup.W_NAV | markup.FOOTER | markup.W_FOOT) or row < first_body:
        return "navigation"
    if draft.title_like[row] and draft.units[row] >= 6 and (not draft.pages or flags & (markup.LIST | markup.W_LIST)):
        return "related"
    return "navigation"


def _name_lists(draft: Draft, first_body: int) -> None:
    """In plain texts: short titles (of books, of games) within a list of other titles are named as the list is."""
    if draft.pages:
        return
    for row in range(max(first_body, 1), len(draft)):
        if draft.labels[row] == "navigation" and draft.named[row] is None and draft.title_like[row] and draft.units[row] >= 3:
            beside = draft.labels[row - 1] == "related" or (row + 1 < len(draft) and draft.labels[row + 1] == "related")
            if beside:
                draft.labels[row] = "related"


def _finish(draft: Draft, spans: Sequence[tuple[int, int, int]]) -> tuple[Found, tuple[Line, ...]]:
    headings = [row for row, label in enumerate(draft.labels) if label == "heading"]
    levels = [0] * len(draft)
    for row, level in zip(headings, heading_levels((draft.numberings[row], draft.tags[row]) for row in headings), strict=True):
        levels[row] = level
    lines = tuple(
        Line(number, start, end, label, why, level)
        for (number, start, end), label, why, level in zip(spans, draft.labels, draft.why, levels, strict=True)
    )
    title = draft.texts[draft.labels.index("title")].strip() if "title" in draft.labels else None
    bylines = "\n".join(text for text, label in zip(draft.texts, draft.labels, strict=True) if label == "byline")
    date = DATE.search(bylines) if bylines else None
    author = _AUTHOR.search(bylines) if bylines else None
    return Found(title, date[0] if date else None, author[1] if author else None), lines
