"""A labelled document into the view that the signals share: folded text, lines by label, title keys, body span."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detector.text.fold import fold_chars
from detector.types import BODY_LABELS, Document, Heading, Line

HEAD_CHARS = 600  # an opener stands here
TAIL_SHARE = 1 / 3  # a closer stands in the last third of the body ...
TAIL_CHARS = 400  # ... or, in a short body, in the last 400 code points

# What cuts a title into parts: site suffixes, questions said twice, lists of keywords.
TITLE_CUT = re.compile(r"[_|?!,:;/\n\t>]|[-—–]{1,2}(?=\D)|\s+")
MIN_KEY_CHARS = 6
# What people type into a search box: a question, or a noun with `of what`. Names and headlines are said again honestly.
QUERY = re.compile(
    r"怎么|怎样|多少|如何|什么|哪[些里个家种]|多久|多长|几[天个岁月次号点]|吗|好不好|能不能|可不可以|要不要|是不是|会不会|有没有|值不值|高不高|[能会]\w{0,6}吗"
    r"|为何|为啥|咋|值得|大全|攻略|查询(?:时间|入口|方法)|入口|排行榜|推荐$"
    r"|的(?:功效|作用|做法|方法|原因|区别|危害|好处|坏处|标准|流程|条件|步骤|技巧|费用|价格|症状|禁忌|寓意|时间|要求)(?:与|和|及|是|$)"
)
MAX_TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class View:
    """One document as the signals see it; all offsets count code points of `source_text`."""

    document: Document
    headings: tuple[Heading, ...]
    folded: str  # fold_chars(source_text): same length
    lines: tuple[Line, ...]  # lines with anything on them, in order
    title: str  # folded; empty where there is none
    title_line: Line | None
    keys: tuple[str, ...]  # parts of the title that are long enough to be a search query
    body_start: int
    body_end: int

    def folded_line(self, line: Line) -> str:
        return self.folded[line.start : line.end].strip()

    @property
    def head_end(self) -> int:
        return min(self.body_end, self.body_start + HEAD_CHARS)

    @property
    def tail_start(self) -> int:
        length = self.body_end - self.body_start
        return max(self.body_start, self.body_end - max(TAIL_CHARS, int(length * TAIL_SHARE)))


def view_of(document: Document, headings: tuple[Heading, ...]) -> View:
    """The view of one document and its outline."""
    folded = fold_chars(document.source_text)
    lines = tuple(line for line in document.lines if folded[line.start : line.end].strip())
    title_line = next((line for line in lines if line.label == "title"), None) or _untitled(document, folded, lines)
    title = fold_chars(document.title or "").strip()
    if not title and title_line is not None:
        title = folded[title_line.start : title_line.end].strip()
    body = [line for line in lines if line.label in BODY_LABELS]
    return View(
        document=document,
        headings=headings,
        folded=folded,
        lines=lines,
        title=title,
        title_line=title_line,
        keys=title_keys(title),
        body_start=body[0].start if body else 0,
        body_end=body[-1].end if body else len(folded),
    )


def _untitled(document: Document, folded: str, lines: tuple[Line, ...]) -> Line | None:
    """The first line, where no title is known and it is none of a sentence."""
    if document.title or len(lines) < 2:
        return None
    first = lines[0]
    text = folded[first.start : first.end].strip()
    told = first.label in BODY_LABELS or first.label == "navigation"
    return first if told and MIN_KEY_CHARS <= len(text) <= MAX_TITLE_CHARS and text[-1] not in "。;,:" else None


def title_keys(title: str) -> tuple[str, ...]:
    """The distinct parts of a folded title of at least six characters, without Markdown marks, in order.

    >>> title_keys("青城湖好玩吗?青城湖门票多少钱_某某旅游网")
    ('青城湖好玩吗', '青城湖门票多少钱')
    """
    parts = (part.strip(" #*[]()《》“”\"'。.") for part in TITLE_CUT.split(title))
    return tuple(dict.fromkeys(part for part in parts if len(part) >= MIN_KEY_CHARS and not part.isascii()))
