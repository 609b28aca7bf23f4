"""Turns the top of a draft into its title, and finds the lines that say the title or the lead again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from detector.page import markup
from detector.page.draft import HEAD_LINES, Draft
from detector.page.numbering import Numbering
from detector.page.reprieve import FRAME, MIN_FRAME_LINES

_SPLIT_TITLE = re.compile(r"[,，?？!！:：|｜_—\-–\s]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
TEASER_PIECE = 12  # code points of the pieces that must come again
TEASER_SHARE = 0.6
MIN_CUT_LEAD = 10  # Han characters
_CHAPTERS = ("章", "回", "节", "節", "话", "話", "集")
TITLE_MIN_ODDS = -2.5
MIN_TITLE_COHESION = 0.4  # share of the words of a title that the text has, where the model took it out
FIRST_TITLE_MIN_ODDS = -7.0
MAX_LINES_BELOW_TITLE = 6  # that are not kept: a subtitle, names, a date, the persons of a play
_FIELD = re.compile(r"[^\s：:]{1,4}[：:].")


def title_row(draft: Draft, keep: list[bool], first: int, title: str | None, blanks: Sequence[bool]) -> tuple[int | None, bool]:
    """The one line that is the title of the article, and whether a byline below it tells so.

    `first` is the first row that the article says something in, `blanks` the rows of a plain text below a blank line.
    """
    n = min(len(draft), HEAD_LINES) if not draft.pages else len(draft)
    limit = min(first, n)
    matches = [row for row, said in enumerate(draft.title_match) if said and not draft.flags[row] & markup.ALT]
    matches = [row for row in matches if row <= limit or draft.tags[row] == 1]
    if draft.pages:  # the same words in a menu or at the very top are the page's own name
        matches = [row for row in matches if draft.tags[row] or draft.odds[row] > TITLE_MIN_ODDS]
    if matches:
        return max(matches, key=lambda row: (draft.tags[row] == 1, draft.odds[row], -row)), False
    tagged = [row for row, level in enumerate(draft.tags) if level == 1 and (draft.units[row] >= 4 or keep[row])]
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
            while row - 1 in head and _FIELD.match(draft.texts[row].strip()):  # fields stand below the title, too
                row -= 1
            return next(other for other in (*head, row) if draft.keys[other] == draft.keys[row]), True
    if draft.pages:
        return None, False
    if _is_first_title(draft, keep, limit, blanks):
        return 0, False
    if limit == len(draft):
        return None, False
    head = [row for row in head if draft.units[row] >= 6 and _is_unnumbered(draft, row) and draft.odds[row] > TITLE_MIN_ODDS]
    head = [row for row in head if keep[row] or draft.cohesion[row] >= MIN_TITLE_COHESION]
    if not head:
        return None, False
    best = max(head, key=lambda row: draft.odds[row] + 3 * draft.cohesion[row] - 0.3 * (limit - row))
    whole = [row for row in head if draft.texts[best].strip() in draft.texts[row]]  # another line may say more of it
    return max(whole, key=lambda row: draft.units[row]), False


def _is_first_title(draft: Draft, keep: list[bool], limit: int, blanks: Sequence[bool]) -> bool:
    """The first line of a text stands as a title over it: at most a few short lines lie between it and the first sentence."""
    if len(draft) < 3 or draft.named[0] is not None or not draft.title_like[0] or not 2 <= draft.units[0] <= 45:
        return False
    if sum(name in FRAME for name in draft.named) >= MIN_FRAME_LINES:  # a whole page made flat starts with a menu
        return False
    text = draft.texts[0].strip()
    numbering = draft.numberings[0]
    if text[-1] in "，,、；;" or text[0] in '“「『"-*•·![<|':
        return False
    if numbering is not None and not _is_only_one(draft, numbering):
        return False
    between = [row for row in range(1, min(limit, len(draft))) if draft.named[row] is None]
    if limit == len(draft):  # verse and lists say nothing with a full stop: a blank line sets the title off
        return keep[0] and (blanks[1] or draft.named[1] == "byline")
    gone = sum(not keep[row] for row in between)
    return min(len(between), gone + 2) <= MAX_LINES_BELOW_TITLE and (keep[0] or draft.odds[0] > FIRST_TITLE_MIN_ODDS)


def _is_unnumbered(draft: Draft, row: int) -> bool:
    """No numbering, or that of the one chapter that the page shows."""
    numbering = draft.numberings[row]
    if numbering is None:
        return True
    alike = sum(
        1 for other in draft.numberings if other is not None and (other.style, other.unit) == (numbering.style, numbering.unit)
    )
    return numbering.unit in _CHAPTERS and alike == 1


def _is_only_one(draft: Draft, first: Numbering) -> bool:
    """The one chapter that is shown, or the only Markdown heading of its rank."""
    others = [numbering for numbering in draft.numberings[1:] if numbering is not None and numbering.style == first.style]
    if first.style == "markdown":
        return all(other.depth > first.depth for other in others)
    return first.style == "ordinal" and all(other.unit != first.unit for other in others)


def _may_be_title(draft: Draft, row: int) -> bool:
    if draft.named[row] is not None or not 4 <= draft.units[row] <= 60:
        return False
    if draft.flags[row] & (markup.ALT | markup.NAV | markup.FOOTER | markup.LIST):
        return False
    return draft.title_like[row] or _is_markdown_title(draft, row)


def drop_above(draft: Draft, keep: list[bool], title_row: int) -> None:
    """What stands above a title that has a byline below it is the frame of the page."""
    for row in range(title_row):
        if draft.prose[row] < 30 and draft.named[row] is None and draft.units[row] < 30:
            keep[row] = False
            draft.why[row] = ("line:above-title",)


def _is_markdown_title(draft: Draft, row: int) -> bool:
    numbering = draft.numberings[row]
    return numbering is not None and draft.texts[row].lstrip().startswith("# ") and numbering.depth == 1


def drop_title_again(draft: Draft, keep: list[bool], title_row: int | None, title: str) -> None:
    """Lines that say the title again, or its first clause, are captions."""
    clauses = {part for part in _SPLIT_TITLE.split(title)[:1] if len(part) >= 6}
    key = draft.keys[title_row] if title_row is not None else None
    for row in range(len(draft)):
        if row == title_row or (title_row is not None and row < title_row):
            continue
        numbering = draft.numberings[row]
        if numbering is not None and numbering.style == "markdown" and numbering.depth > 1:
            continue  # a section of the article may be named like the whole
        again = draft.keys[row] == key if key is not None else draft.title_match[row] and row > 0
        if (again and draft.prose[row] == 0) or (draft.texts[row].strip() in clauses and draft.numberings[row] is None):
            keep[row] = False
            draft.labels[row] = "caption"
            draft.why[row] = ("line:title-again",)


def drop_teaser(draft: Draft, keep: list[bool], title_row: int | None) -> None:
    """The first words of the article, if they come again further down."""
    _drop_cut_lead(draft, keep, title_row)
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


def _drop_cut_lead(draft: Draft, keep: list[bool], title_row: int | None) -> None:
    """A line that the paragraph below starts with: the lead was cut and put above."""
    for row in range(min(len(draft) - 1, HEAD_LINES)):
        text = draft.texts[row].strip().rstrip(".…")
        if draft.prose[row] >= 30:  # the article has begun
            return
        if row == title_row or not keep[row] or draft.named[row] is not None or len(_HAN.findall(text)) < MIN_CUT_LEAD:
            continue
        below = draft.texts[row + 1].strip()
        if len(below) > len(text) + 8 and below.startswith(text) and draft.numberings[row] is None:
            keep[row] = False
            draft.labels[row] = "teaser"
            draft.why[row] = ("line:lead-again",)
