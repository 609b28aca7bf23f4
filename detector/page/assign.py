"""Turns the log-odds and rule hits of a document's lines into one label each, with what made it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page import markup
from detector.page.features import prose_of, title_like, title_match, units_of
from detector.page.levels import heading_levels
from detector.page.numbering import Numbering
from detector.page.sheet import Sheet
from detector.types import Label, Line

DATE = re.compile(
    r"(?:19|20)\d\d\s?[-/.年]\s?[01]?\d\s?[-/.月]\s?[0-3]?\d(?:\s?日)?(?:\s*[0-2]?\d:[0-5]\d(?::[0-5]\d)?)?"
)
_AUTHOR = re.compile(r"(?:作者|记者|記者|编辑|編輯|责编|責編|撰文|文)\s*[:：/|]\s*([^\s:：/|，,。()（）]{2,12})")
_SPLIT_TITLE = re.compile(r"[,，?？!！:：|｜_—\-–\s]+")
_RULE_ORDER: tuple[Label, ...] = (
    "spam", "disclaimer", "promotion", "related", "byline", "navigation", "caption", "teaser",
)  # fmt: skip
HEAD_LINES = 30  # how far down a title is looked for
MAX_HEADING_UNITS = 42
MAX_BARE_HEADING_UNITS = 26
TEASER_HEAD_LINES = 12
TEASER_PIECE = 12  # code points of the pieces that must come again
TEASER_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Found:
    """What the lines of a document say of the whole."""

    title: str | None = None
    published: str | None = None
    author: str | None = None


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
    labels: list[Label]
    why: list[tuple[str, ...]]
    named: list[Label | None]  # what the rules say
    pages: bool

    def __len__(self) -> int:
        return len(self.texts)


def assign(
    sheet: Sheet, odds: NDArray[np.float64], why: Sequence[tuple[str, ...]]
) -> list[tuple[Found, tuple[Line, ...]]]:
    """Labels for all documents of a sheet, in order."""
    units, prose = units_of(sheet.counts), prose_of(sheet)
    like, match = title_like(sheet).tolist(), title_match(sheet).tolist()
    all_units, all_prose, all_keys, all_odds = units.tolist(), prose.tolist(), sheet.keys.tolist(), odds.tolist()
    bounds = sheet.starts.tolist()
    done = []
    for number, (start, end) in enumerate(zip(bounds, bounds[1:], strict=False)):
        rows = slice(start, end)
        blocks = None if sheet.blocks is None else sheet.blocks[rows]
        draft = Draft(
            texts=sheet.texts[rows], units=all_units[rows], prose=all_prose[rows], odds=all_odds[rows], title_like=like[rows],
            title_match=match[rows], keys=all_keys[rows], numberings=sheet.numberings[rows],
            flags=[block.flags for block in blocks] if blocks else [0] * (end - start),
            tags=[block.heading for block in blocks] if blocks else [0] * (end - start),
            labels=["body"] * (end - start), why=list(why[rows]), named=[None] * (end - start), pages=blocks is not None,
        )  # fmt: skip
        _name_by_rules(draft, sheet, start)
        _decide(draft, sheet.titles[number])
        done.append(_finish(draft, sheet.spans[rows]))
    return done


def _name_by_rules(draft: Draft, sheet: Sheet, start: int) -> None:
    for row in range(len(draft)):
        hits = sheet.hits[start + row]
        if hits:
            labels = {hit.rule.label for hit in hits}
            label = next((known for known in _RULE_ORDER if known in labels), None)
            draft.named[row] = label
            draft.why[row] = tuple(hit.rule.id for hit in hits if hit.rule.label == label)


def _decide(draft: Draft, title: str | None) -> None:
    """Fill in the labels: kept or not, then the title, then names for what is not kept, then headings."""
    keep = [odds > 0 for odds in draft.odds]
    for row, name in enumerate(draft.named):
        if name is not None:
            keep[row] = False
    _spread_related(draft, keep)
    title_row = _title_row(draft, keep)
    first_body = next((row for row in range(len(draft)) if keep[row] and draft.prose[row] > 0), len(draft))
    if title_row is not None:
        draft.labels[title_row] = "title"
        _drop_title_again(draft, keep, title_row, draft.texts[title_row])
    elif title:
        _drop_title_again(draft, keep, None, title)
    _drop_teasers(draft, keep, title_row)
    for row in range(len(draft)):
        if row == title_row:
            continue
        if keep[row]:
            draft.labels[row] = "body"
        elif draft.labels[row] == "body":
            draft.labels[row] = _name_other(draft, row, first_body, title_row)
    _find_headings(draft)


def _spread_related(draft: Draft, keep: list[bool]) -> None:
    """A heading of other articles takes the title-like lines below it along."""
    inside = False
    for row in range(len(draft)):
        if draft.named[row] == "related":
            inside = True
        elif inside and draft.title_like[row] and draft.named[row] is None and draft.numberings[row] is None:
            keep[row] = False
            draft.labels[row] = "related"
        elif inside and draft.prose[row] >= 30:
            inside = False


def _title_row(draft: Draft, keep: list[bool]) -> int | None:
    """The one line that is the title of the article."""
    n = min(len(draft), HEAD_LINES)
    limit = next((row for row in range(n) if keep[row] and draft.prose[row] >= 40), n)
    for row in range(len(draft)):
        if draft.title_match[row] and (row <= limit or draft.tags[row] == 1) and not draft.flags[row] & markup.ALT:
            return row
    if draft.pages:
        tagged = [row for row in range(len(draft)) if draft.tags[row] == 1 and draft.units[row] >= 4]
        if len(tagged) == 1:
            return tagged[0]
    candidates = [
        row for row in range(limit) if draft.units[row] >= 4 and draft.units[row] <= 60 and draft.named[row] is None
    ]
    candidates = [row for row in candidates if draft.title_like[row] or _is_markdown_title(draft, row)]
    candidates = [row for row in candidates if not draft.flags[row] & (markup.ALT | markup.NAV | markup.FOOTER)]
    markdown = [row for row in candidates if _is_markdown_title(draft, row)]
    if markdown:
        return markdown[0]
    candidates = [row for row in candidates if draft.numberings[row] is None]
    for row in candidates:
        if row + 1 < len(draft) and draft.named[row + 1] == "byline":
            return row
    if draft.pages or limit == len(draft) or limit == 0:
        return None
    candidates = [row for row in candidates if draft.units[row] >= 6]
    return candidates[0] if candidates else None


def _is_markdown_title(draft: Draft, row: int) -> bool:
    numbering = draft.numberings[row]
    return numbering is not None and draft.texts[row].lstrip().startswith("# ") and numbering.depth == 1


def _drop_title_again(draft: Draft, keep: list[bool], title_row: int | None, title: str) -> None:
    """Lines that say the title again, or its first clause, are captions."""
    clauses = {part for part in _SPLIT_TITLE.split(title)[:1] if len(part) >= 6}
    key = draft.keys[title_row] if title_row is not None else None
    for row in range(len(draft)):
        if row == title_row or (title_row is not None and row < title_row):
            continue
        again = draft.keys[row] == key if key is not None else draft.title_match[row] and row > 0
        if (again and draft.prose[row] == 0) or (draft.texts[row].strip() in clauses and draft.numberings[row] is None):
            keep[row] = False
            draft.labels[row] = "caption"
            draft.why[row] = ("line:title-again",)


def _drop_teasers(draft: Draft, keep: list[bool], title_row: int | None) -> None:
    """A lead near the top whose words come again further down."""
    below = None
    for row in range(min(len(draft) - 1, TEASER_HEAD_LINES)):
        if row == title_row or draft.units[row] < 24 or draft.named[row] is not None:
            continue
        if below is None:
            below = [text.strip() for text in draft.texts]
        text = below[row].rstrip(".…")
        rest = "\n".join(below[row + 1 :])
        pieces = [text[at : at + TEASER_PIECE] for at in range(0, len(text) - TEASER_PIECE + 1, TEASER_PIECE)]
        if pieces and sum(piece in rest for piece in pieces) >= max(2, TEASER_SHARE * len(pieces)):
            keep[row] = False
            draft.labels[row] = "teaser"
            draft.why[row] = ("line:lead-again",)


def _name_other(draft: Draft, row: int, first_body: int, title_row: int | None) -> Label:
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
    if not draft.title_like[row] or units > MAX_HEADING_UNITS:
        return False
    if (
        numbering is not None
        and numbering.style in ("markdown", "cjk", "decimal", "ordinal")
        and not draft.flags[row] & markup.PRE
    ):
        return True
    if below is None or draft.prose[below] == 0 or draft.units[below] <= units:
        return False
    return 1.5 <= units <= MAX_BARE_HEADING_UNITS and (
        numbering is not None or not draft.texts[row][:1] in "-*+|>`#[<{"
    )


def _finish(draft: Draft, spans: Sequence[tuple[int, int, int]]) -> tuple[Found, tuple[Line, ...]]:
    headings = [row for row in range(len(draft)) if draft.labels[row] == "heading"]
    levels = dict(
        zip(headings, heading_levels([(draft.numberings[row], draft.tags[row]) for row in headings]), strict=True)
    )
    lines = tuple(
        Line(number, start, end, label, why, levels.get(row, 0))
        for row, ((number, start, end), label, why) in enumerate(zip(spans, draft.labels, draft.why, strict=True))
    )
    title = next((draft.texts[row].strip() for row in range(len(draft)) if draft.labels[row] == "title"), None)
    bylines = "\n".join(draft.texts[row] for row in range(len(draft)) if draft.labels[row] == "byline")
    date = DATE.search(bylines) if bylines else None
    author = _AUTHOR.search(bylines) if bylines else None
    return Found(title, date[0] if date else None, author[1] if author else None), lines
