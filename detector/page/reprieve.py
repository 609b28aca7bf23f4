"""Gives back lines that the model took out of an article without any sign that they belong to other pages.

The model sees short lines without sentences and little else. Whether they are titles of other pages or the ingredients
of a recipe, the moves of a game or the lines of a play shows in their form: what links to other pages reads like a
headline or a query, stands at the frame of the page, or below a heading that says so. Without such a sign they stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from detector.page import markup
from detector.page.draft import HEAD_LINES, Draft
from detector.page.forms import Form, Forms, asks
from detector.page.keep import BULLETS
from detector.page.menus import is_menu

FRAME: frozenset[str | None] = frozenset({"navigation", "promotion", "disclaimer", "related"})
MIN_FRAME_LINES = 5  # so many lines of chrome make a text a whole page made flat
MIN_FRAME_LINES_LONG = 2
LONG_REMOVED = 30  # with so many lines that the model takes out
MOSTLY_GONE = 60  # lines: a text of which the model takes so many, and
MOSTLY_GONE_SHARE = 0.7  # so large a share, gets back only lines whose own form speaks for them
SMALL_PAGE = 60  # lines: a post with the buttons of its reader, whose article ends where the first button stands
MENU_UNITS = 4.6  # mean length of the words of a menu
MENU_LINES = 3
HEADLINE_UNITS = 8.5  # mean length of lines that are titles without asking anything
MIN_HEADLINES = 4
QUERY_SHARE = 0.2  # of the titles of a list
SHARED_TAIL = 4  # characters at the end of each name of a list of names
TITLES_SHARE = 0.6  # of a list, so that a line of another form within it goes along
_SURE: frozenset[Form | None] = frozenset({"sentence", "preface", "code", "heading", "turn", "cells"})
PAGE_MIN_ODDS = -4.0
# Elements and class words of what is never an article's own list or table.
_FOREIGN = (
    markup.NAV | markup.FOOTER | markup.HEADER | markup.ASIDE | markup.FORM | markup.BUTTON | markup.ALT | markup.W_NAV
    | markup.W_RELATED | markup.W_COMMENT | markup.W_FOOT | markup.W_SHARE | markup.W_AD | markup.W_PAGER | markup.W_META
)  # fmt: skip
_LISTED = markup.LIST | markup.CELL | markup.PARAGRAPH | markup.PRE | markup.QUOTE


def reprieve(draft: Draft, keep: list[bool], outers: Sequence[int]) -> None:
    """Keep what the model alone took out, where the form or the place of the lines speaks for them.

    `outers` numbers the element around the container of each block of a page.
    """
    gone = [row for row, kept in enumerate(keep) if not kept and draft.named[row] is None and draft.labels[row] == "body"]
    if gone:
        for row in _spared_blocks(draft, keep, gone, outers) if draft.pages else _spared_lines(draft, keep, gone):
            keep[row] = True
            draft.why[row] = ()


def _spared_lines(draft: Draft, keep: Sequence[bool], gone: Sequence[int]) -> Iterator[int]:
    folded = draft.folded
    frame = [name in FRAME or is_menu(text) for name, text in zip(draft.named, folded, strict=True)]
    n_frame = sum(frame)
    inside = range(len(draft))
    if n_frame >= MIN_FRAME_LINES or (n_frame >= MIN_FRAME_LINES_LONG and len(gone) >= LONG_REMOVED):
        inside = _article(draft, keep, frame)  # a whole page made flat: the model knows menus and footers
    mostly_gone = len(gone) >= MOSTLY_GONE and len(gone) >= MOSTLY_GONE_SHARE * len(draft)
    all_forms = Forms(draft)
    forms = {row: all_forms[row] for row in gone}
    first_kept = keep.index(True) if True in keep else len(draft)
    yield from (
        row for row in gone if forms[row] == "preface" and row + 1 < len(draft) and (keep[row + 1] or all_forms[row + 1])
    )
    for rows in _runs([row for row in gone if not frame[row] and row in inside]):
        bare = [row for row in rows if forms[row] is None]
        titles = _are_sisters(draft, folded, bare) or _are_titles(
            draft, folded, bare, asking_only=_is_introduced(draft, keep, rows.start)
        )
        above = rows.start < first_kept and _is_frame_above(draft, frame, rows, first_kept)
        if above or (titles and len(bare) >= TITLES_SHARE * len(rows)):
            yield from (row for row in rows if forms[row] in _SURE)
        elif titles or mostly_gone or _beside_frame(draft, frame, rows):
            yield from (row for row in rows if forms[row] is not None)
        else:
            yield from rows


def _article(draft: Draft, keep: Sequence[bool], frame: Sequence[bool]) -> range:
    """From the first kept sentence to the last one, in a small page to the next chrome; nothing if chrome stands between."""
    strong = [row for row in range(len(draft)) if keep[row] and draft.prose[row] >= 20]
    if not strong or any(frame[strong[0] : strong[-1]]):
        return range(0)
    end = strong[-1]
    if len(draft) <= SMALL_PAGE:
        while end < len(draft) and not frame[end] and draft.labels[end] == "body":
            end += 1
    return range(strong[0], end)


def _runs(rows: Sequence[int]) -> list[range]:
    """Rows in order as ranges without gaps."""
    starts = [row for place, row in enumerate(rows) if not place or rows[place - 1] != row - 1]
    ends = [row + 1 for place, row in enumerate(rows) if place + 1 == len(rows) or rows[place + 1] != row + 1]
    return [range(start, end) for start, end in zip(starts, ends, strict=True)]


def _is_frame_above(draft: Draft, frame: Sequence[bool], rows: range, first_kept: int) -> bool:
    """Above the article: a menu of short words, or lines among those that rules call chrome."""
    if any(frame[rows.stop : first_kept]) or "byline" in draft.named[rows.stop : first_kept]:
        return True
    if any(frame[: rows.start]) and "byline" not in draft.named[: rows.start]:
        return True
    short = [row for row in rows if draft.units[row] <= 2 * MENU_UNITS and draft.texts[row].lstrip()[:1] not in "“「『"]
    return len(short) >= MENU_LINES and sum(draft.units[row] for row in short) <= MENU_UNITS * len(short)


def _beside_frame(draft: Draft, frame: Sequence[bool], rows: range) -> bool:
    """Chrome stands directly above, or it follows and nothing else does."""
    above = rows.start > 0 and (frame[rows.start - 1] or draft.labels[rows.start - 1] == "related")
    rest = zip(frame[rows.stop :], draft.named[rows.stop :], strict=True)
    below = rows.stop < len(draft) and all(chrome or name == "spam" for chrome, name in rest)
    return above or below


def _is_introduced(draft: Draft, keep: Sequence[bool], row: int) -> bool:
    """The article says that a list follows, or the list has begun above with the same bullet."""
    if row == 0 or not keep[row - 1] or draft.named[row - 1] is not None:
        return False
    above, bullet = draft.texts[row - 1].strip(), draft.texts[row].strip()[:1]
    return above.endswith(("：", ":")) or (bullet in BULLETS and above.startswith(bullet))


def _are_titles(draft: Draft, folded: Sequence[str], rows: Sequence[int], *, asking_only: bool) -> bool:
    """Whether most of the lines read like titles of other pages; with `asking_only` headlines are no sign."""
    titles = [row for row in rows if draft.title_like[row] and draft.units[row] >= 5]
    if len(titles) < 2 or 2 * len(titles) < len(rows):
        return False
    if sum(asks(folded[row]) for row in titles) >= QUERY_SHARE * len(titles):
        return True
    if asking_only or len(titles) < MIN_HEADLINES or sum(draft.units[row] for row in titles) < HEADLINE_UNITS * len(titles):
        return False
    tails = Counter(folded[row].strip()[-SHARED_TAIL:] for row in titles)
    return 2 * tails.most_common(1)[0][1] < len(titles)


def _are_sisters(draft: Draft, folded: Sequence[str], rows: Sequence[int]) -> bool:
    """Whether most of the lines end as a line at the top of the text does: titles of pages made with the same frame."""
    titles = [row for row in rows if draft.title_like[row] and draft.units[row] >= 5]
    if len(titles) < MIN_HEADLINES or 2 * len(titles) < len(rows):
        return False
    tail, count = Counter(folded[row].strip()[-SHARED_TAIL:] for row in titles).most_common(1)[0]
    head = range(min(rows[0], HEAD_LINES // 3))
    return 2 * count > len(titles) and any(draft.title_like[row] and folded[row].strip().endswith(tail) for row in head)


def _spared_blocks(draft: Draft, keep: Sequence[bool], gone: Sequence[int], outers: Sequence[int]) -> Iterator[int]:
    """Lists and tables without links between kept lines of one element, or inside of an element that holds the article."""
    homes = {draft.containers[row] for row in range(len(draft)) if keep[row] and draft.prose[row] >= 20}
    for rows in _runs([row for row in gone if _is_own(draft, row)]):
        above, below = rows.start - 1, rows.stop
        if above < 0 or not keep[above]:
            continue
        within = below < len(draft) and keep[below] and draft.containers[above] == draft.containers[below]
        inside = all(draft.containers[row] in homes or outers[row] in homes for row in rows)
        if (within or inside) and draft.containers[above] in homes:
            yield from rows


def _is_own(draft: Draft, row: int) -> bool:
    flags = draft.flags[row]
    return (
        bool(flags & _LISTED or draft.tags[row])
        and not flags & _FOREIGN
        and not draft.linked[row]
        and draft.odds[row] > PAGE_MIN_ODDS
    )
