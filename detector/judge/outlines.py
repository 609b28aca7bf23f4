"""A view and its headings into signs of an outline that was generated: roles in their usual order, dense and thin."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from detector.judge.evidence import Found
from detector.judge.view import View
from detector.page.numbering import parse_numbering
from detector.rules import Rule
from detector.types import BODY_LABELS, Heading, Line

NUMBERED = ("cjk", "cjk_paren", "decimal", "decimal_dot", "ordinal", "faq", "circled")


def role_skeleton(view: View, rule: Rule) -> Iterator[Found]:
    """The top headings: `least` different roles, one of each of `groups`, `share` of all known, a summary last."""
    top = [heading for heading in view.headings if heading.level == min(h.level for h in view.headings)]
    roles = [heading.role for heading in top if heading.role != "other"]
    groups = [set(group.split("|")) for group in rule.settings["groups"]]
    if (
        len(set(roles)) >= int(rule.settings["least"])
        and len(roles) >= float(rule.settings["share"]) * len(top)
        and top[-1].role == "summary"
        and all(group & set(roles) for group in groups)
    ):
        yield Found(top[0].start, top[0].end, 1.0, {"roles": " ".join(dict.fromkeys(roles))})


def dense_outline(view: View, rule: Rule) -> Iterator[Found]:
    """`upper` headings over `lower` ones of the next level, with less than `chars` code points a section (median)."""
    levels = sorted({heading.level for heading in view.headings})
    if len(levels) < 2:
        return
    upper = [heading for heading in view.headings if heading.level == levels[0]]
    lower = [heading for heading in view.headings if heading.level == levels[1]]
    sections = section_lengths(view)
    if len(upper) < int(rule.settings["upper"]) or len(lower) < int(rule.settings["lower"]):
        return
    if median(sections) < int(rule.settings["chars"]):
        facts = {"upper": len(upper), "lower": len(lower), "median_chars": int(median(sections))}
        numbered = sum(heading.style in NUMBERED for heading in upper) * 2 >= len(upper)
        yield Found(upper[0].start, upper[0].end, 1.0 if numbered else float(rule.settings["unnumbered"]), facts)


def thin_outline(view: View, rule: Rule) -> Iterator[Found]:
    """At least `least` headings over sections of `chars` code points at most (median), closed by a summary."""
    if len(view.headings) < int(rule.settings["least"]) or view.headings[-1].role != "summary":
        return
    sections = section_lengths(view)
    if median(sections) <= int(rule.settings["chars"]):
        last = view.headings[-1]
        yield Found(last.start, last.end, 1.0, {"headings": len(sections), "median_chars": int(median(sections))})


def late_start(view: View, rule: Rule) -> Iterator[Found]:
    """Headings numbered 二, 三, ... at least to the number `least` + 1, and none numbered 一."""
    ordinals: list[tuple[int, Line]] = []
    for line in view.lines:
        if line.label in BODY_LABELS:
            numbering = parse_numbering(view.document.line_text(line).strip())
            if numbering is not None and numbering.style == "cjk":
                ordinals.append((numbering.ordinal, line))
    if [n for n, _ in ordinals[: int(rule.settings["least"])]] == list(range(2, 2 + int(rule.settings["least"]))):
        line = ordinals[0][1]
        yield Found(line.start, line.end, 1.0, {"headings": len(ordinals)})


def section_lengths(view: View) -> list[int]:
    """Code points under each heading that has text of its own, up to the next heading or the end of the body."""
    ends = [heading.start for heading in view.headings[1:]] + [max(view.body_end, view.headings[-1].end)]
    lengths = [_text_length(view, heading, end) for heading, end in zip(view.headings, ends, strict=True)]
    return [length for length in lengths if length] or [0]


def _text_length(view: View, heading: Heading, end: int) -> int:
    return len(view.folded[heading.end : end].strip())
