"""Turns the log-odds and rule hits of a draft into the lines that are kept, each looked at with its neighbours."""

from __future__ import annotations

import itertools
import operator

from detector.page import markup
from detector.page.draft import Draft, is_sentence
from detector.page.readers import drop_comments

MIN_REMOVED_RUN = 3  # lines; fewer inside of an article are never taken out by the model alone
EDGE_MIN_ODDS = -3.0
SIBLING_MIN_ODDS = -1.5
PARAGRAPH_MIN_ODDS = -4.0
SENTENCE_MIN_ODDS = -1.2
SHORT_TEXT_LINES = 6
MAX_CUTS = 3  # changes between kept and removed lines in an article with lists put into it
MIN_LOOSE_RUN = 5  # lines that the model alone may take out of an article or a short text
REPEATED_MAX_ODDS = 1.0
MAX_LIST_ODDS = 4.0  # below a heading of other articles
BULLETS = "-*+•·●○■□▪◆◇★☆※→▲▼△▽>＞»›–—"


def keep_something(draft: Draft, keep: list[bool]) -> None:
    """A text in which the model sees no article is one all the same; of a page, what reads most like one is."""
    best = max(draft.odds, default=0.0)
    for row, odds in enumerate(draft.odds):
        keep[row] = not draft.pages or (draft.prose[row] > 0 and odds >= best - 1.0)


def weigh_rules(draft: Draft, keep: list[bool], core: tuple[int, int]) -> None:
    """A rule's name holds, but what only frames an article is believed inside of it only if the model agrees."""
    for row, name in enumerate(draft.named):
        if draft.flags[row] & markup.ALT:
            keep[row] = False
        elif name is None:
            if draft.pages and draft.repeats[row] >= 3 and draft.units[row] >= 6 and not _is_sure(draft, row):
                keep[row] = False
                draft.why[row] = ("line:repeated",)
        elif name in ("byline", "navigation") and core[0] < row < core[1] and keep[row]:
            draft.named[row] = None
            draft.why[row] = ()
        else:
            keep[row] = False
    if draft.pages:
        drop_comments(draft, keep)


def _is_sure(draft: Draft, row: int) -> bool:
    return draft.odds[row] > REPEATED_MAX_ODDS or bool(draft.flags[row] & markup.PRE)


def spread_related(draft: Draft, keep: list[bool]) -> None:
    """A heading of other articles takes the lines of the list below it along, until something else begins."""
    bullet: str | None = None  # how the lines of the list start
    inside = False
    for row in range(len(draft)):
        if draft.named[row] == "related":
            inside, bullet = True, None
        elif not inside or draft.named[row] is not None:
            continue
        elif _is_no_link(draft, row):
            inside = False
        else:
            text = draft.texts[row].lstrip()
            start = text[:1] if text[:1] in BULLETS else ""
            bullet = start if bullet is None else bullet
            inside = start == bullet
            if inside:
                keep[row] = False
                draft.labels[row] = "related"


def _is_no_link(draft: Draft, row: int) -> bool:
    if draft.numberings[row] is not None or draft.units[row] > 60 or draft.odds[row] > MAX_LIST_ODDS:
        return True
    return "。" in draft.texts[row]


def _keep_siblings(draft: Draft, keep: list[bool]) -> None:
    """In pages: sentences in one element with kept lines, and beside one of them, stay unless the model is sure."""
    for rows in (range(1, len(draft)), range(len(draft) - 2, -1, -1)):
        step = rows.step
        for row in rows:
            beside = row - step
            if keep[row] or not keep[beside] or draft.named[row] is not None:
                continue
            if draft.prose[row] >= 20:
                least = SIBLING_MIN_ODDS
            elif _is_paragraph(draft, row) and _is_paragraph(draft, beside):
                least = PARAGRAPH_MIN_ODDS
            else:
                continue
            if draft.containers[row] == draft.containers[beside] and draft.odds[row] > least:
                keep[row] = draft.repeats[row] < 3
                if keep[row]:
                    draft.why[row] = ()


def _is_paragraph(draft: Draft, row: int) -> bool:
    """A `p` that ends with a full stop and is no link: short ones close many a news item."""
    flags = draft.flags[row]
    whole = flags & markup.PARAGRAPH and not flags & (markup.LIST | markup.NAV | markup.FOOTER | markup.ASIDE)
    return bool(whole) and not draft.linked[row] and draft.texts[row].endswith("。")


def smooth(draft: Draft, keep: list[bool], core: tuple[int, int]) -> None:
    """In plain texts: a line of a list goes with the list, and a line within the article stays with its neighbours."""
    if draft.pages:
        _keep_siblings(draft, keep)
        return
    for rows in (range(core[0] - 1, -1, -1), range(core[1] + 1, len(draft))):
        for row in rows:  # sentences that touch the article are part of it, unless the model is sure
            if keep[row]:
                continue
            if not is_sentence(draft, row) or draft.odds[row] < EDGE_MIN_ODDS:
                break
            keep[row] = True
            draft.why[row] = ()
    n = len(draft)
    # Whole pages made flat start with a menu and end with a footer; what starts or ends with a sentence is an article.
    cuts = sum(map(operator.ne, keep, keep[1:]))
    ends = any(is_sentence(draft, row) for row in (0, n - 1) if n)
    article = ends and cuts <= MAX_CUTS
    if article:
        for row in range(n):
            if not keep[row] and draft.odds[row] > SENTENCE_MIN_ODDS and is_sentence(draft, row):
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
