"""Turns the lines of a plain text into what each one is by its form alone: a sentence, a turn of a speaker, a measure.

All patterns see folded text (`detector.text.fold.fold_chars`): Simplified, half width, lower case.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from detector.page.draft import Draft
from detector.page.sentences import is_sentence
from detector.text.fold import fold_chars

Form = Literal[
    "sentence", "quote", "preface", "opener", "heading", "cells", "formula", "ordered", "clock", "measure", "code", "turn",
    "field",
]  # fmt: skip
_IN_COMPANY = ("measure", "clock", "cells", "ordered")  # one such line alone could be a title
MIN_FIELDS = 3
_HAN = re.compile(r"[\u3400-\u9fff]+")


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(_HAN.sub(lambda run: fold_chars(run.group()), source), re.VERBOSE)


_QUERY = _pattern(
    r"""
    怎么 | 怎样 | 如何 | 什么 | 为何 | 多少 | 哪 [个些种里儿家款] | 几 [个天次种号岁度月年点成] | 吗 | 是否 | 能不能
      | 可不可以 | 好不好 | 有没有
  | 大全 | 详解 | 攻略 | 技巧 | 解析 | 指南 | 教程 | 图解 | 排行 | 推荐 | 最新 | 下载 | 官网 | 查询 | 入口 | 电话
      | 区别 | 好处 | 坏处
  | 图片 | 视频 | 须知 | 一览 | 全集 | 免费 | 在线 | 方法 | 步骤 | 价格 | 流程 | 条件 | 注意事项 | 秘诀 | 误区 | 功效
      | 做法 | 意思 | 建议
  | [?] $ | [?][?] | … $ | \.\.\. $
    """
)
_FIELD = re.compile(r"^[\s\-*•·]*([^:,。?!]{1,10}):[ ]*\S")
_GLOSS_MARK = re.compile(r"[—–=→]")
_GLOSS = re.compile(r"^[\s\-*•·]*[^—=→。]{1,14}(?:—{1,2}|–|=|→)[ ]?[^—=→。]{1,24}$")
_MEASURE = _pattern(
    r"""
    (?: \d | [一二三四五六七八九十半两几] ) [ ]*
    (?: 克 | 千克 | 公斤 | 斤 | 两 | 毫升 | 升 | 大?勺 | 大?匙 | 小匙 | 茶匙 | 颗 | 粒 | 片 | 个 | 只 | 根 | 把 | 碗
      | 杯 | 块 | 瓣 | 张 | 条 | 支 | 枚 | 滴 | 包 | 罐
      | 元 | 分 | 米 | 厘米 | 毫米 | 公里 | 千米 | 次 | 人 | 名 | 件 | 台 | 套 | 天 | 周 | 岁 | 年 | g | kg | ml | l
      | mm | cm | m | km | % )?
    [ ]* (?: [(] [^)]{0,12} [)] )? $
    """
)
_AMOUNTS = ("适量", "少许", "若干", "不限")
_CLOCK = re.compile(r"^(?:[\s\-*•·]*|[\u4e00-\u9fff]{1,12}[ \t]+)(?:[01]?\d|2[0-4]):[0-5]\d")
_SIGN = re.compile(r"[=≈≤≥÷√∠△∵∴⇒]")
_TERM = re.compile(r"\d[ ]?[+×*/^][ ]?[\da-z(]")
_PREFACE = _pattern(
    r"""
    ^ [\s【\[《#*-]* (?: 编者 [ ]? (?: 按 | 的话 | 注 | 语 ) | 小编 .{1,4} | 编辑 (?: 导语 | 寄语 | 总结 | 点评 | 按 )
      | 导语 | 导读 | 引言 | 前言 | 序言 | 引子
      | 摘要 | 内容提要 | 核心提示 | 写在前面 | 写在最后 | 结语 | 后记 | 记者手记 | 采访手记 | 总结 ) [】\]》*:]* $
    """
)
_CELL_GAP = re.compile(r"[ \t]{2,}|\t")
_HAN_START = re.compile(r"^[^#/]*[\u4e00-\u9fff]{6}")
_OPENS, _CLOSES = '“「『"‘〔（([', '”」』"’〕)]'
_STOPS = "。;”」』〕"


def asks(text: str) -> bool:
    """Whether a title asks or promises what people search for."""
    return _QUERY.search(text) is not None


class Forms:
    """The form of each line of a text by its row, None where the line could be a title of another page.

    A form is made when it is asked for: only lines that were taken out need one, and now and then a line beside them.
    """

    __slots__ = ("_coded", "_draft", "_fields", "_folded", "_known", "_turns")

    def __init__(self, draft: Draft) -> None:
        folded = draft.folded
        keys = {row: match[1] for row, text in enumerate(folded) if ":" in text and (match := _FIELD.match(text))}
        self._draft, self._folded = draft, folded
        self._coded = _rows_between_fences(folded)
        self._turns = _rows_of_speakers(keys)
        self._fields = _rows_of_terms(folded, keys)
        self._known: dict[int, Form | None] = {}

    def __getitem__(self, row: int) -> Form | None:
        form = self._in_company(row)
        if form == "opener" and not self._opens(row + 1):
            return None
        return form

    def _opens(self, below: int) -> bool:
        """Whether what a colon stands above can be what it announces."""
        return below < len(self._folded) and (self._draft.odds[below] > 0 or self._in_company(below) is not None)

    def _in_company(self, row: int) -> Form | None:
        """The form of a line, None if it says something only among others of its kind and the line stands alone."""
        form = self._own(row)
        if form in _IN_COMPANY:
            beside = (other for other in (row - 1, row + 1) if 0 <= other < len(self._folded))
            return form if any(self._own(other) == form for other in beside) else None
        return form

    def _own(self, row: int) -> Form | None:
        if row not in self._known:
            self._known[row] = self._read(row)
        return self._known[row]

    def _read(self, row: int) -> Form | None:
        if row in self._coded:
            return "code"
        form = _form(self._draft, row, self._folded[row].strip())
        if form is None:
            return "turn" if row in self._turns else "field" if row in self._fields else None
        return form


def _form(draft: Draft, row: int, text: str) -> Form | None:
    numbering = draft.numberings[row]
    if is_sentence(text) and text[-1] in _STOPS:
        return "sentence"
    if text[:1] in _OPENS and text[-1:] in _CLOSES:
        return "quote"
    if _PREFACE.match(text):
        return "preface"
    if numbering is not None and numbering.style == "faq":
        return "turn"
    if text.endswith(":"):
        return "opener"
    if numbering is not None and numbering.style == "markdown":
        return "heading"
    if text.count("|") >= 2 or (("  " in text or "\t" in text) and len(_CELL_GAP.findall(text)) >= 2):
        return "cells"
    if _SIGN.search(text) or _TERM.search(text):
        return "formula"
    if asks(text):
        return None
    if numbering is not None and numbering.ordinal:
        return "ordered"
    if ":" in text and _CLOCK.match(text):
        return "clock"
    if draft.units[row] <= 20 and (text.endswith(_AMOUNTS) or _MEASURE.search(text)):
        return "measure"
    return None


def _rows_between_fences(folded: Sequence[str]) -> set[int]:
    """Lines between two fences of Markdown code, and the fences; titles that were put between them are no code."""
    fences = [row for row, text in enumerate(folded) if text.lstrip().startswith(("```", "~~~"))]
    inside = (row for start, end in zip(fences[::2], fences[1::2], strict=False) for row in range(start, end + 1))
    return {row for row in inside if not _HAN_START.search(folded[row])}


def _rows_of_speakers(keys: Mapping[int, str]) -> set[int]:
    """Lines with the same few words before the colon (`keys`) again and again."""
    uses = Counter(keys.values())
    if 2 * len(uses) > len(keys):
        return set()
    rows = set()
    for row, key in keys.items():
        beside = keys.get(row - 1) or keys.get(row + 1)
        if uses[key] >= 3 or (uses[key] >= 2 and beside is not None and uses[beside] >= 2):
            rows.add(row)
    return rows


def _rows_of_terms(folded: Sequence[str], keys: Mapping[int, str]) -> set[int]:
    """Lists of terms with their meaning: behind a dash, or behind a colon where no line asks anything."""
    fields = (row for row in _rows_in_runs(keys) if not asks(folded[row]))
    if _GLOSS_MARK.search("\n".join(folded)) is None:
        return set(fields)
    glosses = [row for row, text in enumerate(folded) if _GLOSS.match(text.strip())]
    return {*fields, *_rows_in_runs(glosses)}


def _rows_in_runs(rows: Iterable[int]) -> Iterator[int]:
    """Those of some rows in order that stand in a run of at least `MIN_FIELDS` without gaps."""
    run: list[int] = []
    for row in rows:
        if run and run[-1] != row - 1:
            run = []
        run.append(row)
        if len(run) == MIN_FIELDS:
            yield from run
        elif len(run) > MIN_FIELDS:
            yield row
