"""Small documents for the tests of the template room, written for them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from detector.page.numbering import parse_numbering
from detector.types import Document, Label, Line

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

OUTLINE = (
    ("一、{x}的基本情况", "{x}是一种常见的{k},用过的人大多觉得方便。目前已有{n}个城市可以买到。"),
    ("二、{i}的原因", "{i}多半是因为平时没有保养。据统计,{n}%的人遇到过这种情况。"),
    ("三、{i}的影响", "时间一长,{i}会让人十分头疼,平均要多花{n}元。"),
    ("四、如何应对{i}", "先停下来检查一遍,再请懂行的人看看,一般{n}天就能解决。"),
    ("五、小编总结", "总的来说,{x}并不可怕,只要细心就能避免{i}。"),
)


def labelled(name: str, lines: Sequence[tuple[str, Label, int]], title: str | None = None) -> Document:
    """A document of `(text, label, level)` lines."""
    text = "\n".join(line for line, _, _ in lines)
    spans, at = [], 0
    for number, (line, label, level) in enumerate(lines, 1):
        spans.append(Line(number, at, at + len(line), label, (), level))
        at += len(line) + 1
    return Document(id=name, source="test", source_text=text, text=text, lines=tuple(spans), title=title)


def article(name: str, entity: str, *, kind: str = "家电", issue: str = "噪音大", number: int = 12) -> Document:
    """A member of the family that OUTLINE is the template of."""

    def say(text: str) -> str:
        return text.format(x=entity, k=kind, i=issue, n=number)

    lines: list[tuple[str, Label, int]] = [(f"{entity}{issue}怎么办", "title", 0)]
    for heading, text in OUTLINE:
        lines += [(say(heading), "heading", 1), (say(text), "body", 0)]
    return labelled(name, lines)


def note(name: str, company: str, code: int, numbers: Sequence[float]) -> Document:
    """A robot-written note in one paragraph."""
    a, b, c, d, e = numbers
    text = (
        f"截至8月{int(a) % 28 + 1}日收盘,{company}({code})报收于{a}元,下跌{b}%,换手率{c}%,成交量{d}万手,成交额{e}亿元。"
        f"资金方面,主力净流出{a * 3:.2f}万元,占成交额{b * 2:.2f}%,散户净流入{c * 5:.2f}万元。"
        f"{company}去年收入{e * 7:.2f}亿元,同比上升{d:.2f}%,毛利率{c:.1f}%。以上内容由程序自动生成,不构成任何建议。"
    )
    return labelled(name, [(text, "body", 0)])


def plain(name: str, text: str) -> Document:
    """A text whose short numbered lines are headings."""
    lines: list[tuple[str, Label, int]] = []
    for line in text.split("\n"):
        numbering = parse_numbering(line)
        heading = numbering is not None and len(line) <= 30 and numbering.style in ("cjk", "ordinal", "markdown")
        lines.append((line, "heading" if heading else "body", numbering.depth if heading and numbering else 0))
    return labelled(name, lines)
