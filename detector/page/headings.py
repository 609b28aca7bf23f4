"""Finds, among the lines that are kept, those that stand over others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from detector.page import markup
from detector.page.draft import Draft
from detector.page.sentences import is_sentence

_CLOCK = re.compile(r"\d[:：][0-5]\d")  # a line of a timetable
_FIELD = re.compile(r"[^\s：:]{1,4}[：:].")  # a turn of a speaker, a field of a form
_SUBTITLE = re.compile(r"^[^#\d]{1,12}[，,、\u3000][^。！？]{1,20}$")  # directly below the title: who tells it, and where
_BOLD = re.compile(r"^(\*\*|__)(.+)\1$")
_HEADING_STYLES = ("markdown", "cjk", "decimal", "ordinal")
MAX_HEADING_UNITS = 42
MAX_BARE_HEADING_UNITS = 26


def find_headings(draft: Draft, blanks: Sequence[bool]) -> None:
    """Among the lines that are kept, those that stand over others."""
    kept = [row for row in range(len(draft)) if draft.labels[row] == "body"]
    title = draft.labels.index("title") if "title" in draft.labels else None
    for place, row in enumerate(kept):
        below = kept[place + 1] if place + 1 < len(kept) else None
        above = kept[place - 1] if place else None
        if title is not None and row == title + 1 and _is_subtitle(draft, row):
            continue
        if _is_heading(draft, row, below) and (draft.tags[row] or not _is_last_of_list(draft, row, above, blanks)):
            draft.labels[row] = "heading"


def _is_subtitle(draft: Draft, row: int) -> bool:
    return draft.numberings[row] is None and not draft.tags[row] and _SUBTITLE.search(draft.texts[row]) is not None


def _is_heading(draft: Draft, row: int, below: int | None) -> bool:
    numbering, units = draft.numberings[row], draft.units[row]
    if draft.tags[row]:
        return units <= 2 * MAX_HEADING_UNITS
    if numbering is not None and numbering.style == "markdown" and numbering.depth > 1 and not draft.flags[row] & markup.PRE:
        return 0 < units <= MAX_HEADING_UNITS and _CLOCK.search(draft.texts[row]) is None
    if not draft.title_like[row] or units > MAX_HEADING_UNITS or draft.flags[row] & (markup.PRE | markup.CELL):
        return False
    numbered = numbering is not None and numbering.style in _HEADING_STYLES
    if not numbered and not _leads(draft, row, below):
        return False
    return _CLOCK.search(draft.texts[row]) is None and (numbering is not None or _is_bare(draft.texts[row]))


def _leads(draft: Draft, row: int, below: int | None) -> bool:
    """What stands below starts a list or is a longer line of running text."""
    units = draft.units[row]
    if below is None or not 1.5 <= units <= MAX_BARE_HEADING_UNITS:
        return False
    if draft.prose[below] > 0 and draft.units[below] > units:
        return True
    first = draft.numberings[below]
    return draft.numberings[row] is None and first is not None and first.ordinal == 1


def _is_bare(text: str) -> bool:
    """Words alone: no field, no bullet, not mostly digits."""
    text = _BOLD.sub(r"\2", text.strip())
    if text[:1] in "-*+|>`#[<{!" or _FIELD.match(text):
        return False
    return sum(map(str.isdigit, text)) * 2 < len(text)


def _is_last_of_list(draft: Draft, row: int, above: int | None, blanks: Sequence[bool]) -> bool:
    """A line of a list, of a dialogue or of verse that a paragraph happens to follow."""
    text, numbering = draft.texts[row].strip(), draft.numberings[row]
    if numbering is not None and numbering.style in _HEADING_STYLES:
        return False
    if text[0] in '“「『"':
        return True
    if above is None or above != row - 1 or draft.labels[above] != "body" or blanks[row]:
        return False
    other = draft.numberings[above]
    if numbering is not None:
        return other is not None and other.style == numbering.style
    return other is None and draft.prose[above] == 0 and not is_sentence(draft.texts[above])
