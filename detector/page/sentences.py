"""Keeps the sentences of a draft in which the model saw no article: small documents show it too little of one."""

from __future__ import annotations

import math
import re

from detector.page import markup
from detector.page.draft import Draft

SMALL_LINES = 10
SMALL_PROSE = 120  # units of running text; a document with more shows the model enough
BESIDE_ARTICLE_MIN_ODDS = -2.5
MAX_BARE_UNITS = 40
_ENDS = re.compile(
    r"""
    [。！？!?｡…] [”」』’"'）)\]]{0,3} $             # Chinese, and short cries in any script
  | [a-z\u00e0-\u024f0-9,'"’)] \. [”’"')\]]{0,3} $   # English: a full stop behind a word
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MAX_END = 5  # characters that `_ENDS` looks at
_LAST = frozenset("。！？!?｡….”」』’\"'）)]")  # that a line which `_ENDS` finds can have
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_START = re.compile(r"[^\W\d_\u2e80-\uffff]")
_FRAME = markup.NAV | markup.FOOTER | markup.FORM | markup.BUTTON | markup.W_FOOT | markup.W_NAV | markup.W_PAGER | markup.ALT


def is_sentence(text: str) -> bool:
    """Something said, with a full stop behind it; a Latin line needs three words.

    >>> [is_sentence(t) for t in ("今天下雨了。", "雨停了！", "It rained.", "The river rose.", "首页")]
    [True, True, False, True, False]
    """
    text = text.strip()
    if len(text) < 3 or text[-1] not in _LAST or _ENDS.search(text, max(0, len(text) - _MAX_END)) is None:
        return False
    if _LATIN_START.match(text):
        return len(_WORD.findall(text)) >= 3
    return _WORD.search(text) is not None


def keep_sentences(draft: Draft, keep: list[bool]) -> None:
    """In a small document sentences stay; in any other only where the body would be empty without them."""
    small = len(draft) <= SMALL_LINES and sum(draft.prose) <= SMALL_PROSE
    said = (row for row, kept in enumerate(keep) if kept and draft.named[row] is None and _says(draft, row))
    if not small and next(said, None) is not None:
        return
    kept = [row for row, kept in enumerate(keep) if kept and draft.named[row] is None and _says(draft, row)]
    least = BESIDE_ARTICLE_MIN_ODDS if any(draft.odds[row] > 0 for row in kept) else -math.inf
    chosen = [row for row in range(len(draft)) if _may_stay(draft, row) and is_sentence(draft.texts[row])]
    chosen = [row for row in chosen if draft.odds[row] > least]
    for row in chosen:
        _keep(draft, keep, row)
    if chosen:
        _keep_headings(draft, keep, chosen[0])
    elif not kept and small:
        _keep_bare(draft, keep)


def _says(draft: Draft, row: int) -> bool:
    """In a page a title alone says nothing yet; in a plain text any line does."""
    return not draft.pages or draft.prose[row] > 0 or is_sentence(draft.texts[row])


def _may_stay(draft: Draft, row: int) -> bool:
    """Nothing but the model speaks against the line."""
    framed = draft.linked[row] or draft.flags[row] & _FRAME
    return draft.named[row] is None and draft.labels[row] == "body" and not framed and draft.repeats[row] < 3


def _keep(draft: Draft, keep: list[bool], row: int) -> None:
    if not keep[row]:
        keep[row] = True
        draft.why[row] = ()


def _keep_headings(draft: Draft, keep: list[bool], first: int) -> None:
    """What the markup calls a heading stays above and between the sentences."""
    for row in range(len(draft)):
        above = row < first and draft.tags[row] == 1
        if draft.tags[row] and _may_stay(draft, row) and (above or first < row or row == first - 1):
            _keep(draft, keep, row)


def _keep_bare(draft: Draft, keep: list[bool]) -> None:
    """A page without any sentence is what its lines say, unless they are links or the frame of a page."""
    rows = [row for row in range(len(draft)) if _may_stay(draft, row)]
    if rows and not any(draft.linked) and all(draft.units[row] <= MAX_BARE_UNITS for row in rows):
        for row in rows:
            _keep(draft, keep, row)
