"""Turns the headings of a document, in order, into their depths in its outline."""

from __future__ import annotations

from collections.abc import Iterable

from detector.page.numbering import Numbering

# Where two numberings stand beside each other without having been nested yet, this order tells the higher one.
_RANK = {
    "ordinal": 1,
    "cjk": 2,
    "cjk_paren": 3,
    "bare": 3,
    "faq": 4,
    "decimal_dot": 5,
    "decimal_paren": 6,
    "circled": 7,
}
_UNIT_RANK = {
    "部分": 0,
    "篇": 0,
    "编": 0,
    "編": 0,
    "卷": 0,
    "章": 1,
    "回": 1,
    "节": 2,
    "節": 2,
    "条": 4,
    "條": 4,
    "款": 5,
    "项": 6,
    "項": 6,
}


def heading_levels(headings: Iterable[tuple[Numbering | None, int]]) -> list[int]:
    """The level (1 is the highest) of each (numbering, level of the markup or 0).

    A kind of heading seen before returns to its level; a new kind nests under the last heading if it ranks lower.
    """
    stack: list[tuple[tuple[str, int], float]] = []
    levels = []
    for numbering, tag_level in headings:
        kind, rank = _kind(numbering, tag_level)
        known = next((n for n, (other, _) in enumerate(stack) if other == kind), None)
        if known is not None:
            del stack[known + 1 :]
        else:
            while stack and stack[-1][1] >= rank:
                stack.pop()
            stack.append((kind, rank))
        levels.append(len(stack))
    return levels


def _kind(numbering: Numbering | None, tag_level: int) -> tuple[tuple[str, int], float]:
    """What makes headings of one kind, and a rank that orders kinds: the lower, the higher in the outline."""
    if tag_level:
        return ("tag", tag_level), -10.0 + tag_level
    if numbering is None:
        return ("bare", 0), _RANK["bare"] - 0.5
    if numbering.style == "markdown" or (numbering.depth > 1 and numbering.style != "decimal"):
        return ("tag", numbering.depth), -10.0 + numbering.depth
    if numbering.style == "decimal":
        return ("decimal", numbering.depth), 4.5 + 0.1 * numbering.depth
    if numbering.style == "ordinal":
        rank = _UNIT_RANK.get(numbering.unit, 1)
        return ("ordinal", rank), float(rank) if rank < 4 else rank + 0.5
    return (numbering.style, 0), float(_RANK.get(numbering.style, 5))
