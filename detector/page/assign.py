"""Turns the log-odds and rule hits of a document's lines into one label each, with what made it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page import markup
from detector.page.features import (
    prose_of,
    repeats_of,
    title_like,
    title_match,
    units_of,
)
from detector.page.levels import heading_levels
from detector.page.numbering import Numbering
from detector.page.sheet import Sheet
from detector.types import Label, Line

DATE = re.compile(r"(?:19|20)\d\d\s?[-/.年]\s?[01]?\d\s?[-/.月]\s?[0-3]?\d(?:\s?日)?(?:\s*[0-2]?\d:[0-5]\d(?::[0-5]\d)?)?")
_AUTHOR = re.compile(r"(?:作者|记者|記者|编辑|編輯|责编|責編|撰文|文)\s*[:：/|]\s*([^\s:：/|，,。()（）]{2,12})")
_SPLIT_TITLE = re.compile(r"[,，?？!！:：|｜_—\-–\s]+")
_RULE_ORDER: tuple[Label, ...] = (
    "spam", "disclaimer", "promotion", "related", "byline", "navigation", "caption", "teaser",
)  # fmt: skip
HEAD_LINES = 30  # how far down a title is looked for
MAX_HEADING_UNITS = 42
MAX_BARE_HEADING_UNITS = 26
TEASER_PIECE = 12  # code points of the pieces that must come again
TEASER_SHARE = 0.6
MIN_REMOVED_RUN = 3  # lines; fewer inside of an article are never taken out by the model alone
TITLE_MIN_ODDS = -2.5
EDGE_MIN_ODDS = -3.0
SIBLING_MIN_ODDS = -1.5
SENTENCE_MIN_ODDS = -1.2
SHORT_TEXT_LINES = 6
MAX_CUTS = 3  # changes between kept and removed lines in an article with lists put into it
MIN_LOOSE_RUN = 5  # lines that the model alone may take out of an article or a short text
REPEATED_MAX_ODDS = 1.0
SENTENCE_ENDS = ("。", "。”", "。」", "！", "？", "……")
MAX_LIST_ODDS = 4.0  # below a heading of other articles
BULLETS = "-*+•·●○■□▪◆◇★☆※→▲▼△▽>＞»›–—"


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
    containers: Sequence[int]  # the element of the page around it
    labels: list[Label]
    why: list[tuple[str, ...]]
    named: list[Label | None]  # what the rules say
    cohesion: Sequence[float]  # share of the line's words that the running text also has
    repeats: Sequence[int]
    pages: bool

    def __len__(self) -> int:
        return len(self.texts)


def assign(
    sheet: Sheet,
    odds: NDArray[np.float64],
    why: Sequence[tuple[str, ...]],
    cohesion: NDArray[np.float32],
) -> list[tuple[Found, tuple[Line, ...]]]:
    """Labels for all documents of a sheet, in order."""
    units, prose = units_of(sheet.counts), prose_of(sheet)
    like, match = title_like(sheet).tolist(), title_match(sheet).tolist()
    all_units, all_prose, all_keys, all_odds = (
        units.tolist(),
        prose.tolist(),
        sheet.keys.tolist(),
        odds.tolist(),
    )
    all_cohesion, all_repeats = cohesion.tolist(), repeats_of(sheet).tolist()
    bounds = sheet.starts.tolist()
    done = []
    for number, (start, end) in enumerate(itertools.pairwise(bounds)):
        rows = slice(start, end)
        blocks = None if sheet.blocks is None else sheet.blocks[rows]
        draft = Draft(
            texts=sheet.texts[rows], units=all_units[rows], prose=all_prose[rows], odds=all_odds[rows], title_like=like[rows],
            title_match=match[rows], keys=all_keys[rows], numberings=sheet.numberings[rows],
            flags=[block.flags for block in blocks] if blocks else [0] * (end - start),
            tags=[block.heading for block in blocks] if blocks else [0] * (end - start),
            containers=[block.container for block in blocks] if blocks else [0] * (end - start),
            labels=["body"] * (end - start), why=list(why[rows]), named=[None] * (end - start), cohesion=all_cohesion[rows],
            repeats=all_repeats[rows], pages=blocks is not None,
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
    if True not in keep:
        _keep_something(draft, keep)
    strong = [row for row in range(len(draft)) if keep[row] and draft.prose[row] >= 30 and draft.named[row] is None]
    core = (strong[0], strong[-1]) if strong else (len(draft), len(draft))
    _weigh_rules(draft, keep, core)
    _spread_related(draft, keep)
    _smooth(draft, keep, core)
    title_row, by_byline = _title_row(draft, keep, core[0], title)
    if title_row is not None:
        draft.labels[title_row] = "title"
        if by_byline:
            _drop_above(draft, keep, title_row)
        _drop_title_again(draft, keep, title_row, draft.texts[title_row])
    elif title:
        _drop_title_again(draft, keep, None, title)
    _drop_teaser(draft, keep, title_row)
    for row in range(len(draft)):
        if row != title_row and not keep[row] and draft.labels[row] == "body":
            draft.labels[row] = _name_other(draft, row, core[0], title_row)
    _find_headings(draft)


def _keep_something(draft: Draft, keep: list[bool]) -> None:
    """A text in which the model sees no article is one all the same; of a page, what reads most like one is."""
    best = max(draft.odds, default=0.0)
    for row, odds in enumerate(draft.odds):
        keep[row] = not draft.pages or (draft.prose[row] > 0 and odds >= best - 1.0)


def _weigh_rules(draft: Draft, keep: list[bool], core: tuple[int, int]) -> None:
    """A rule's name holds, but what only frames an article is believed inside of it only if the model agrees."""
    for row, name in enumerate(draft.named):
        if name is None:
            sure = draft.odds[row] > REPEATED_MAX_ODDS or bool(draft.flags[row] & markup.PRE)
            if draft.pages and draft.repeats[row] >= 3 and draft.units[row] >= 6 and not sure:
                keep[row] = False
                draft.why[row] = ("line:repeated",)
        elif name in ("byline", "navigation") and core[0] < row < core[1] and keep[row]:
            draft.named[row] = None
            draft.why[row] = ()
        else:
            keep[row] = False


def _spread_related(draft: Draft, keep: list[bool]) -> None:
    """A heading of other articles takes the lines of the list below it along, until something else begins."""
    bullet: str | None = None  # how the lines of the list start
    inside = False
    for row in range(len(draft)):
        text = draft.texts[row].lstrip()
        if draft.named[row] == "related":
            inside, bullet = True, None
        elif not inside or draft.named[row] is not None:
            continue
        elif "。" in text or draft.units[row] > 60 or draft.numberings[row] is not None or draft.odds[row] > MAX_LIST_ODDS:
            inside = False
        else:
            start = text[:1] if text[:1] in BULLETS else ""
            bullet = start if bullet is None else bullet
            inside = start == bullet
            if inside:
                keep[row] = False
                draft.labels[row] = "related"


def _keep_siblings(draft: Draft, keep: list[bool]) -> None:
    """In pages: sentences in one element with kept lines, and beside one of them, stay unless the model is sure."""
    for rows in (range(1, len(draft)), range(len(draft) - 2, -1, -1)):
        step = rows.step
        for row in rows:
            beside = row - step
            if keep[row] or not keep[beside] or draft.named[row] is not None or draft.prose[row] < 20:
                continue
            if draft.containers[row] == draft.containers[beside] and draft.odds[row] > SIBLING_MIN_ODDS:
                keep[row] = draft.repeats[row] < 3
                if keep[row]:
                    draft.why[row] = ()


def _is_sentence(draft: Draft, row: int) -> bool:
    if draft.named[row] is not None or draft.labels[row] != "body" or draft.prose[row] < 20:
        return False
    return draft.texts[row].rstrip().endswith(SENTENCE_ENDS)


def _smooth(draft: Draft, keep: list[bool], core: tuple[int, int]) -> None:
    """In plain texts: a line of a list goes with the list, and a line within the article stays with its neighbours."""
    if draft.pages:
        _keep_siblings(draft, keep)
        return
    for rows in (range(core[0] - 1, -1, -1), range(core[1] + 1, len(draft))):
        for row in rows:  # sentences that touch the article are part of it, unless the model is sure
            if keep[row]:
                continue
            if not _is_sentence(draft, row) or draft.odds[row] < EDGE_MIN_ODDS:
                break
            keep[row] = True
            draft.why[row] = ()
    n = len(draft)
    # Whole pages made flat start with a menu and end with a footer; what starts or ends with a sentence is an article.
    cuts = sum(above != below for above, below in itertools.pairwise(keep))
    ends = any(_is_sentence(draft, row) for row in (0, n - 1) if n)
    article = ends and cuts <= MAX_CUTS
    if article:
        for row in range(n):
            if not keep[row] and draft.odds[row] > SENTENCE_MIN_ODDS and _is_sentence(draft, row):
                keep[row] = True
                draft.why[row] = ()
    loose = MIN_LOOSE_RUN if article or n <= SHORT_TEXT_LINES else 0
    runs: list[tuple[int, int]] = []  # removed lines without a gap
    for row, kept in enumerate(keep):
        if not kept:
            if runs and runs[-1][1] == row:
                runs[-1] = (runs[-1][0], row + 1)
            else:
                runs.append((row, row + 1))
    for start, end in runs:
        if end - start < loose or (end - start < MIN_REMOVED_RUN and core[0] < start and end <= core[1]):
            for row in range(start, end):
                if draft.named[row] is None and draft.labels[row] == "body":
                    keep[row] = True
                    draft.why[row] = ()
    for (start, end), (after, last) in itertools.pairwise(runs):
        if after - end <= 2 and end - start >= MIN_REMOVED_RUN and last - after >= MIN_REMOVED_RUN:
            for row in range(end, after):
                if (
                    "。" not in draft.texts[row]
                    and draft.units[row] <= 60
                    and draft.odds[row] < 2
                    and not core[0] - 3 <= row <= core[0]
                ):
                    keep[row] = False
                    draft.why[row] = ("line:within-list",)


def _title_row(draft: Draft, keep: list[bool], first: int, title: str | None) -> tuple[int | None, bool]:
    """The one line that is the title of the article, and whether a byline below it tells so."""
    n = min(len(draft), HEAD_LINES) if not draft.pages else len(draft)
    limit = min(first, n)
    matches = [row for row in range(len(draft)) if draft.title_match[row] and not draft.flags[row] & markup.ALT]
    matches = [row for row in matches if row <= limit or draft.tags[row] == 1]
    if draft.pages:  # the same words in a menu or at the very top are the page's own name
        matches = [row for row in matches if draft.tags[row] or draft.odds[row] > TITLE_MIN_ODDS]
    if matches:
        return max(matches, key=lambda row: (draft.tags[row] == 1, draft.odds[row], -row)), False
    tagged = [row for row in range(len(draft)) if draft.tags[row] == 1 and draft.units[row] >= 4]
    if len(tagged) == 1:
        return tagged[0], False
    head = [row for row in range(max(0, limit - HEAD_LINES), limit) if _may_be_title(draft, row)]
    if title:
        parts = [row for row in head if len(draft.texts[row]) >= 6 and draft.texts[row].strip() in title]
        if parts:
            return max(parts, key=lambda row: len(draft.texts[row])), False
    markdown = [row for row in head if _is_markdown_title(draft, row)]
    if markdown:
        return markdown[0], False
    for row in reversed(head):
        if row + 1 < len(draft) and draft.named[row + 1] == "byline" and draft.units[row] >= 4:
            return row, True
    if draft.pages or limit == len(draft):
        return None, False
    head = [row for row in head if draft.units[row] >= 6 and draft.numberings[row] is None and draft.odds[row] > TITLE_MIN_ODDS]
    if not head:
        return None, False
    best = max(head, key=lambda row: draft.odds[row] + 3 * draft.cohesion[row] - 0.3 * (limit - row))
    whole = [row for row in head if draft.texts[best].strip() in draft.texts[row]]  # another line may say more of it
    return max(whole, key=lambda row: draft.units[row]), False


def _may_be_title(draft: Draft, row: int) -> bool:
    if draft.named[row] is not None or not 4 <= draft.units[row] <= 60:
        return False
    if draft.flags[row] & (markup.ALT | markup.NAV | markup.FOOTER | markup.LIST):
        return False
    return draft.title_like[row] or _is_markdown_title(draft, row)


def _drop_above(draft: Draft, keep: list[bool], title_row: int) -> None:
    """What stands above a title that has a byline below it is the frame of the page."""
    for row in range(title_row):
        if draft.prose[row] < 30 and draft.named[row] is None and draft.units[row] < 30:
            keep[row] = False
            draft.why[row] = ("line:above-title",)


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


def _drop_teaser(draft: Draft, keep: list[bool], title_row: int | None) -> None:
    """The first words of the article, if they come again further down."""
    row = next(
        (row for row in range(min(len(draft) - 1, HEAD_LINES)) if keep[row] and draft.prose[row] >= 24),
        None,
    )
    if row is None or row == title_row or draft.named[row] is not None or draft.units[row] < 24:
        return
    text = draft.texts[row].strip().rstrip(".…")
    if text[:1] in "![#<":  # an image or a heading in Markdown
        return
    rest = "\n".join(draft.texts[row + 1 :])
    pieces = [text[at : at + TEASER_PIECE] for at in range(0, len(text) - TEASER_PIECE + 1, TEASER_PIECE)]
    if pieces and pieces[0] in rest and sum(piece in rest for piece in pieces) >= max(2, TEASER_SHARE * len(pieces)):
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
