"""Turns the log-odds and rule hits of a document's lines into one label each, with what made it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page import markup
from detector.page.draft import Draft, drafts
from detector.page.keep import keep_something, smooth, spread_related, weigh_rules
from detector.page.levels import heading_levels
from detector.page.sentences import keep_sentences
from detector.page.sheet import Sheet
from detector.page.titles import drop_above, drop_teaser, drop_title_again, title_row
from detector.types import BODY_LABELS, Label, Line

DATE = re.compile(r"(?:19|20)\d\d\s?[-/.年]\s?[01]?\d\s?[-/.月]\s?[0-3]?\d(?:\s?日)?(?:\s*[0-2]?\d:[0-5]\d(?::[0-5]\d)?)?")
_AUTHOR = re.compile(r"(?:作者|记者|記者|编辑|編輯|责编|責編|撰文|文)\s*[:：/|]\s*([^\s:：/|，,。()（）]{2,12})")
MAX_HEADING_UNITS = 42
MAX_BARE_HEADING_UNITS = 26


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
        _decide(draft, sheet.titles[number])
        done.append(_finish(draft, sheet.spans[sheet.starts[number] : sheet.starts[number + 1]]))
    return done


def _decide(draft: Draft, title: str | None) -> None:
    """Fill in the labels: kept or not, then the title, then names for what is not kept, then headings."""
    keep = [odds > 0 for odds in draft.odds]
    if True not in keep:
        keep_something(draft, keep)
    strong = [row for row in range(len(draft)) if keep[row] and draft.prose[row] >= 30 and draft.named[row] is None]
    core = (strong[0], strong[-1]) if strong else (len(draft), len(draft))
    weigh_rules(draft, keep, core)
    spread_related(draft, keep)
    smooth(draft, keep, core)
    keep_sentences(draft, keep)
    title_at, by_byline = title_row(draft, keep, core[0], title)
    if title_at is not None:
        draft.labels[title_at] = "title"
        if by_byline:
            drop_above(draft, keep, title_at)
        drop_title_again(draft, keep, title_at, draft.texts[title_at])
    elif title:
        drop_title_again(draft, keep, None, title)
    drop_teaser(draft, keep, title_at)
    for row in range(len(draft)):
        if row != title_at and not keep[row] and draft.labels[row] == "body":
            draft.labels[row] = _name_other(draft, row, core[0], title_at)
        elif draft.labels[row] in BODY_LABELS:
            draft.why[row] = ()  # what spoke against the line has not prevailed
    _find_headings(draft)


def _name_other(draft: Draft, row: int, first_body: int, title_at: int | None) -> Label:
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


def _find_headings(draft: Draft) -> None:
    """Among the lines that are kept, those that stand over others."""
    kept = [row for row in range(len(draft)) if draft.labels[row] == "body"]
    for place, row in enumerate(kept):
        below = kept[place + 1] if place + 1 < len(kept) else None
        if _is_heading(draft, row, below):
            draft.labels[row] = "heading"


def _is_heading(draft: Draft, row: int, below: int | None) -> bool:
    numbering, units = draft.numberings[row], draft.units[row]
    if draft.tags[row]:
        return units <= 2 * MAX_HEADING_UNITS
    if not draft.title_like[row] or units > MAX_HEADING_UNITS or draft.flags[row] & (markup.PRE | markup.CELL):
        return False
    if numbering is not None and numbering.style in (
        "markdown",
        "cjk",
        "decimal",
        "ordinal",
    ):
        return True
    if below is None or not 1.5 <= units <= MAX_BARE_HEADING_UNITS:
        return False
    text = draft.texts[row].strip()
    if numbering is None and (text[:1] in "-*+|>`#[<{!" or sum(c.isdigit() for c in text) * 2 >= len(text)):
        return False
    next_numbering = draft.numberings[below]
    if numbering is None and next_numbering is not None and next_numbering.ordinal == 1:
        return True
    return draft.prose[below] > 0 and draft.units[below] > units


def _finish(draft: Draft, spans: Sequence[tuple[int, int, int]]) -> tuple[Found, tuple[Line, ...]]:
    headings = [row for row in range(len(draft)) if draft.labels[row] == "heading"]
    levels = dict(
        zip(
            headings,
            heading_levels([(draft.numberings[row], draft.tags[row]) for row in headings]),
            strict=True,
        )
    )
    lines = tuple(
        Line(number, start, end, label, why, levels.get(row, 0))
        for row, ((number, start, end), label, why) in enumerate(zip(spans, draft.labels, draft.why, strict=True))
    )
    title = next(
        (draft.texts[row].strip() for row in range(len(draft)) if draft.labels[row] == "title"),
        None,
    )
    bylines = "\n".join(draft.texts[row] for row in range(len(draft)) if draft.labels[row] == "byline")
    date = DATE.search(bylines) if bylines else None
    author = _AUTHOR.search(bylines) if bylines else None
    return Found(title, date[0] if date else None, author[1] if author else None), lines
