"""Turns the lines of a plain text into what each one is by its form alone: a sentence, a turn of a speaker, a measure.

All patterns see folded text (`detector.text.fold.fold_chars`): Simplified, half width, lower case.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
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
  | [?] $ | [?]{2} | … $ | \.\.\. $
    """
)
_FIELD = re.compile(r"^[\s\-*•·]*([^:,。?!]{1,10}):[ ]*\S")
_GLOSS = re.compile(r"^[\s\-*•·]*[^—=→。]{1,14}(?:—{1,2}|–|=|→)[ ]?[^—=→。]{1,24}$")
_MEASURE = _pattern(
    r"""
    (?: \d | [一二三四五六七八九十半两几] ) [ ]*
    (?: 克 | 千克 | 公斤 | 斤 | 两 | 毫升 | 升 | 大?勺 | 大?匙 | 小匙 | 茶匙 | 颗 | 粒 | 片 | 个 | 只 | 根 | 把 | 碗
      | 杯 | 块 | 瓣 | 张 | 条 | 支 | 枚 | 滴 | 包 | 罐
      | 元 | 分 | 米 | 厘米 | 毫米 | 公里 | 千米 | 次 | 人 | 名 | 件 | 台 | 套 | 天 | 周 | 岁 | 年 | g | kg | ml | l
      | mm | cm | m | km | % )?
    [ ]* (?: [(] [^)]{0,12} [)] )? $
  | (?: 适量 | 少许 | 若干 | 不限 ) $
    """
)
_CLOCK = re.compile(r"^(?:[\s\-*•·]*|[\u4e00-\u9fff]{1,12}[ \t]+)(?:[01]?\d|2[0-4]):[0-5]\d")
_FORMULA = re.compile(r"[=≈≤≥÷√∠△∵∴⇒]|\d[ ]?[+×*/^][ ]?[\da-z(]")
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


def forms_of(draft: Draft, folded: Sequence[str]) -> list[Form | None]:
    """The form of each line, None where it could be a title of another page."""
    forms = [_form(draft, row, text.strip()) for row, text in enumerate(folded)]
    _mark_fences(folded, forms)
    _mark_fields(folded, forms)
    start = 0
    for form, group in itertools.groupby(list(forms)):
        end = start + sum(1 for _ in group)
        if end - start < 2 and form in _IN_COMPANY:
            forms[start] = None
        start = end
    for row, form in enumerate(forms):
        if form == "opener" and (row + 1 == len(forms) or (forms[row + 1] is None and draft.odds[row + 1] <= 0)):
            forms[row] = None
    return forms


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
    if len(_CELL_GAP.findall(text)) >= 2 or text.count("|") >= 2:
        return "cells"
    if _FORMULA.search(text):
        return "formula"
    if asks(text):
        return None
    if numbering is not None and numbering.ordinal:
        return "ordered"
    if _CLOCK.match(text):
        return "clock"
    if draft.units[row] <= 20 and _MEASURE.search(text):
        return "measure"
    return None


def _mark_fences(folded: Sequence[str], forms: list[Form | None]) -> None:
    """Lines between two fences of Markdown code, and the fences; titles that were put between them are no code."""
    fences = [row for row, text in enumerate(folded) if text.lstrip()[:3] in ("```", "~~~")]
    for start, end in zip(fences[::2], fences[1::2], strict=False):
        for row in range(start, end + 1):
            if not _HAN_START.search(folded[row]):
                forms[row] = "code"


def _mark_fields(folded: Sequence[str], forms: list[Form | None]) -> None:
    """Lines of speakers (the same few words before the colon again and again), and lists of terms with their meaning."""
    keys = {row: match[1] for row, text in enumerate(folded) if (match := _FIELD.match(text))}
    uses = Counter(keys.values())
    turns = 2 * len(uses) <= len(keys)
    for row, key in keys.items():
        beside = keys.get(row - 1) or keys.get(row + 1)
        often = uses[key] >= 3 or (uses[key] >= 2 and beside is not None and uses[beside] >= 2)
        if turns and forms[row] is None and often:
            forms[row] = "turn"
    glosses = [_GLOSS.match(text.strip()) is not None for text in folded]
    for row in range(1, len(folded) - 1):
        if all(glosses[row - 1 : row + 2]):
            for at in range(row - 1, row + 2):
                forms[at] = forms[at] or "field"
    for row in keys:
        if row - 1 not in keys:
            end = row
            while end in keys:
                end += 1
            for at in range(row, end):
                if end - row >= MIN_FIELDS and forms[at] is None and not asks(folded[at]):
                    forms[at] = "field"
