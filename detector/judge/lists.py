"""A view into signs in its link lists: titles cut from one pattern, sisters of the own title, empty lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from detector.judge.evidence import Found
from detector.judge.view import QUERY, View
from detector.rules import Rule
from detector.types import Line

LEAD_IN = re.compile(r"^(?:[-·•*>\s]+|\d{1,3}[.、)]|(?:上|下|前|后)一?[篇页条章][:\s]*|\[[^\]]{1,12}\])+")
NUMERIC = re.compile(r"[\d零一二三四五六七八九十百年月日第期集章回届上中下()\s:.-]*")
HAN = re.compile(r"[\u3400-\u9fff]")
LIST_LABELS = ("related", "navigation")
MAX_TITLE_CHARS = 60
EDGE_CHARS = 4  # characters at the start or end of a title that make it one of a pattern


def slot_filled_titles(view: View, rule: Rule) -> Iterator[Found]:
    """A list of at least `least` titles, `share` of which begin or end like `group` others."""
    listed = [(line, text) for line, text in _listed(view) if len(text) >= 2 * EDGE_CHARS]
    if len(listed) < int(rule.settings["least"]):
        return
    group = int(rule.settings["group"])
    heads = Counter(text[:EDGE_CHARS] for _, text in listed)
    tails = Counter(text.rstrip("?!。")[-EDGE_CHARS:] for _, text in listed)
    templated = sum(max(heads[text[:EDGE_CHARS]], tails[text.rstrip("?!。")[-EDGE_CHARS:]]) > group for _, text in listed)
    share = templated / len(listed)
    if share >= float(rule.settings["share"]):
        line = listed[0][0]
        yield Found(line.start, line.end, 1.0, {"titles": len(listed), "share": round(share, 3)})


def formula_titles(view: View, rule: Rule) -> Iterator[Found]:
    """A list of at least `least` titles, `share` of which hold a word of `words` (guides, prices, how-to)."""
    listed = [(line, text) for line, text in _listed(view) if len(text) >= 6]
    if len(listed) < int(rule.settings["least"]):
        return
    words = re.compile("|".join(map(re.escape, rule.settings["words"])))
    share = sum(words.search(text) is not None for _, text in listed) / len(listed)
    if share >= float(rule.settings["share"]):
        line = listed[0][0]
        yield Found(line.start, line.end, 1.0, {"titles": len(listed), "share": round(share, 3)})


def sister_titles(view: View, rule: Rule) -> Iterator[Found]:
    """Listed titles that are the own title with other words in one place (not only another number)."""
    keys = [key for key in dict.fromkeys((view.title, *view.keys)) if len(key) >= 6]
    sisters: list[Line] = []
    for line, text in _listed(view):
        if any(is_sister(key, text, float(rule.settings["share"])) for key in keys):
            sisters.append(line)
    if sisters:
        weight = min(1.0, len(sisters) / int(rule.settings["full"]))
        yield Found(sisters[0].start, sisters[0].end, weight, {"titles": len(sisters)})


def neighbour_queries(view: View, rule: Rule) -> Iterator[Found]:
    """At least `least` listed titles that are queries and share `shared` characters with the own title, a query too."""
    if not QUERY.search(view.title):
        return
    size = int(rule.settings["shared"])
    runs = {view.title[i : i + size] for i in range(len(view.title) - size + 1)}
    runs = {run for run in runs if len(HAN.findall(run)) == size and not QUERY.search(run)}
    found = [
        line
        for line, text in _listed(view)
        if QUERY.search(text) and text not in view.title and any(run in text for run in runs)
    ]
    if len(found) >= int(rule.settings["least"]):
        yield Found(found[0].start, found[0].end, 1.0, {"titles": len(found)})


def is_sister(key: str, other: str, share: float) -> bool:
    """Whether `other` is `key` with one run of words exchanged, `share` of both being the same.

    >>> is_sister("青城湖门票多少钱一张", "白云寨门票多少钱一张", 0.6)
    True
    >>> is_sister("第三期学员名单", "第四期学员名单", 0.6)
    False
    """
    if key == other:
        return False
    same = _shared(key, other)
    tail = min(min(len(key), len(other)) - same, _shared(key[::-1], other[::-1]))
    if same + tail < share * max(len(key), len(other)):
        return False
    slots = (key[same : len(key) - tail], other[same : len(other) - tail])
    return any(slots) and not all(map(NUMERIC.fullmatch, slots))


def _shared(a: str, b: str) -> int:
    """How many characters `a` and `b` begin with alike."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _listed(view: View) -> Sequence[tuple[Line, str]]:
    """The different titles of link lists, without numbers and `next:` in front."""
    listed: dict[str, Line] = {}
    for line in view.lines:
        if line.label in LIST_LABELS and line.end - line.start <= MAX_TITLE_CHARS:
            text = LEAD_IN.sub("", view.folded_line(line))
            if len(text) >= 5 and len(HAN.findall(text)) * 2 >= len(text):
                listed.setdefault(text, line)
    return [(line, text) for text, line in listed.items()]
