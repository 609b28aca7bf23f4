"""Finds the dates that frame an article: who brought it and when below the title, and who signs it at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from detector.page.draft import Draft

MAX_DATELINE_UNITS = 28
MAX_SIGNER_UNITS = 32
MAX_SIGNERS = 4  # lines between the last paragraph and the date
DATE = re.compile(r"(?:19|20)\d\d\s?[-/.年]\s?[01]?\d\s?[-/.月]\s?[0-3]?\d(?:\s?日)?(?:\s*[0-2]?\d:[0-5]\d(?::[0-5]\d)?)?")
_PRESS = "报|報|网|網|社|新闻|新聞|记者|記者|作者|来源|來源|编辑|編輯|刊|讯|訊"
_ENACTED = "(?:发布|發布|批准|通过|通過|公布|公佈|施行|修[订訂正]|颁布|頒布|令)"
_COUNTED = "点击|點擊|點閱|浏览|瀏覽|阅读|閱讀|人气|人氣|来源|來源|作者|编辑|編輯|字[号號体體]"
_ROLE = (
    "词|詞|曲|作词|作詞|作曲|编曲|編曲|审订|審訂|作者|文字|图文|圖文|文|图|圖|图片|圖片|摄影|攝影|摄像|攝像|采访|採訪|采写|採寫|撰文|撰稿|整理|记录|記錄|口述|翻译|翻譯|编译|編譯|"
    "编辑|編輯|校对|校對|主持|策划|策劃|审校|審校|供稿|插画|插畫|绘图|繪圖|朗读|朗讀"
)
_HEAD_LINE = re.compile(
    rf"""
    ^ [(（\[【]? (?: (?:日期|时间|時間) \s? [:：] \s? )? {DATE.pattern.replace(" ", "")} \s*
    (?: (?:星期|周|週)[一二三四五六日天] )?
    (?: [^。，,；;：:]{{0,14}} (?: {_PRESS} ) [^。，,；;]{{0,14}} )? [)）\]】]? $
  | ^ {DATE.pattern.replace(" ", "")} [\s·•|/-]{{1,4}} (?! .* {_ENACTED} ) [^\s。，,；;：:\d]{{2,8}} $
  | ^ {DATE.pattern.replace(" ", "")} [\s·•|/-]{{0,4}} (?: {_COUNTED} ) \s? [:：(（] [^。；;]{{1,40}} $
  | ^ (?: {_ROLE} ) (?: \s? [、/／&与與和及] \s? (?: {_ROLE} ) ){{0,3}} \s? [:：/／|｜] \s? [^。，,；;！？!?]{{2,30}} $
    """,
    re.VERBOSE,
)
_DATE_ENDS = frozenset("日)）")  # what such a line ends with, if not with a digit
_SIGNED = re.compile(
    r"""
    ^ [\s(（]* (?: 公元 | 西元 | 民[国國] | 中[华華]民[国國] )? [ ]?
    (?: \d{2,4} | [〇零○Ｏ一二三四五六七八九十百]{2,6} ) \s? 年 \s? (?: \d{1,2} | [一二三四五六七八九十]{1,2} ) \s? 月
    \s? (?: \d{1,2} | [一二三四五六七八九十]{1,3} ) \s? 日 [)）]? $
  | ^ \d{4} [-./] \d{1,2} [-./] \d{1,2} $
    """,
    re.VERBOSE,
)


def name_datelines(draft: Draft, keep: list[bool], first_said: int) -> None:
    """A date or a credit, with at most a few words, between the title and the first sentence is a byline."""
    for row in range(1, first_said if first_said < len(draft) else min(MAX_SIGNERS, len(draft))):
        free = draft.named[row] is None and draft.labels[row] == "body" and not draft.tags[row]
        if free and draft.units[row] <= MAX_DATELINE_UNITS and _HEAD_LINE.match(draft.texts[row].strip()):
            keep[row] = False
            draft.named[row] = "byline"
            draft.why[row] = ("line:date",)


def signature_rows(draft: Draft, keep: Sequence[bool], first_body: int) -> list[int]:
    """The rows of a signature with its date, in order; empty where nothing is signed."""
    rows = range(len(draft) - 1, first_body + 1, -1)
    row = next((row for row in rows if _is_date(draft.texts[row].strip()) and _is_free(draft, row)), None)
    if row is None:
        return []
    for above in range(row - 1, max(row - 1 - MAX_SIGNERS, first_body - 1), -1):
        if keep[above] and (draft.prose[above] > 0 or not draft.title_like[above]):
            return list(range(above + 1, row + 1))
        if not _is_free(draft, above) or draft.units[above] > MAX_SIGNER_UNITS:
            return []
    return []


def _is_date(text: str) -> bool:
    last = text[-1:]
    return (last in _DATE_ENDS or last.isdecimal()) and _SIGNED.match(text) is not None


def _is_free(draft: Draft, row: int) -> bool:
    return draft.named[row] is None and not draft.linked[row]
