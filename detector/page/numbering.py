"""Turns the start of a line into its numbering: style, ordinal, depth, and where the heading's own words start."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DIGITS = (
    {c: n for n, c in enumerate("〇一二三四五六七八九")}
    | {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
    | {c: n for n, c in enumerate("零壹貳參肆伍陸柒捌玖")}
    | {"两": 2, "兩": 2}
)
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100}
_CJK = "〇零一二三四五六七八九十百两兩壹贰貳叁參肆伍陆陸柒捌玖拾佰"
_DEC = "0-9０-９"

_NUMBERING = re.compile(
    rf"""
    [ \t\u3000\xa0]*
    (?: (?P<hashes>\#{{1,6}}) [ \t]+ )?                      # a Markdown heading may hold a numbering of its own
    (?: (?P<bold>\*\*|__) )?
    (?:
      (?P<cjk>[{_CJK}]{{1,4}}) \s* [、．.:：]                # 一、
    | (?P<roman>[Ⅰ-Ⅻ] | (?:X|IX|IV|V?I{{1,3}}|V)(?=[.．、]\s*[\u3400-\u9fff])) \s* [、．.:：]?
    | [（(〔【\[] \s* (?P<cjk_paren>[{_CJK}]{{1,4}}) \s* [)）〕】\]] [、.．:：]?          # （一）
    | (?P<ordinal>第 \s* (?P<nth>[{_CJK}]{{1,6}}|[{_DEC}]{{1,4}}) \s*
        (?P<unit>部分|步驟|步骤|章|節|节|條|条|款|項|项|篇|卷|編|编|回|步|招|點|点|類|类|種|种|階段|阶段|階|阶|
                 個|个|課|课|講|讲|式|件|關|关|天|期|輪|轮|集|話|话|幕|場|场|層|层)) [、．.，,:：]?
    | (?P<step>(?: 步驟 | 步骤 | 方法 | 技巧 | 案例 | 誤區 | 误区 | 要點 | 要点 | 原因 | 建議 | 建议
               | Step | STEP | step | Part | PART | Chapter )
        \s* (?P<step_no>[{_CJK}]{{1,3}}|[{_DEC}]{{1,2}})) (?= \s | [、．.，,:：)）] | $ ) [、．.，,:：]?
    | (?P<faq>[QqＱ] \s* (?P<faq_no>[{_DEC}]{{1,3}})? | [問问] \s* (?P<faq_no2>[{_DEC}{_CJK}]{{1,3}})?) \s* [:：、.．]
    | (?P<circled>[①-⑳㉑-㉟㊱-㊿❶-❿⓫-⓴⑴-⒇⒈-⒛㈠-㈩])
    | (?P<decimal>[{_DEC}]{{1,3}} (?: [.．] [{_DEC}]{{1,2}} ){{1,4}}) [.．、]?
        (?= \s | [、:：*] | [^\W\d_] ) (?! \s* [亿億万萬千百倍元米個个年月日號号度秒時时分寸吋英GMKgmk%％‰] )
    | (?P<decimal_dot>[{_DEC}]{{1,3}}) \s* (?: [、．] | [.](?=\s|[^\W\d_]|[《“"「【\[(（*`]) | [,，:：](?=\s*[^\W\d]) )
    | [（(〔\[]? (?P<decimal_paren>[{_DEC}]{{1,3}}) [)）〕\]] [、.．]?
    )?
    (?: [ \t\u3000\xa0]* (?:\*\*|__)? [ \t\u3000\xa0]* )
    """,
    re.VERBOSE,
)
# Every first character that a numbering can have: most lines are turned away by one look.
_FIRST = frozenset(
    "#*_（(〔【[第步方技案誤误要原建SsPCQqＱ問问IVXⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ" + _CJK + "0123456789０１２３４５６７８９"
) | frozenset(
    chr(c)
    for a, b in (
        (0x2460, 0x249B),
        (0x2776, 0x277F),
        (0x24EB, 0x24F4),
        (0x3220, 0x3229),
        (0x3251, 0x325F),
        (0x32B1, 0x32BF),
    )
    for c in range(a, b + 1)
)
_CIRCLED_STARTS = (
    (0x2460, 0x2473, 1),
    (0x2474, 0x2487, 1),
    (0x2488, 0x249B, 1),
    (0x2776, 0x277F, 1),
    (0x24EB, 0x24F4, 11),
    (0x3220, 0x3229, 1),
    (0x3251, 0x325F, 21),
    (0x32B1, 0x32BF, 36),
)
_ROMAN = {name: n for n, name in enumerate(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"), start=1)}
_SETEXT_BLANK = " \t\u3000\xa0"


def _may_number() -> NDArray[np.bool_]:
    """bool[65536]: codes that a line with a numbering may start with; what lies above plane 0 never does."""
    table = np.zeros(0x10000, dtype=np.bool_)
    table[[ord(char) for char in (*_FIRST, *_SETEXT_BLANK)]] = True
    table.setflags(write=False)
    return table


MAY_NUMBER = _may_number()


@dataclass(frozen=True, slots=True)
class Numbering:
    """`style` is one of cjk, cjk_paren, decimal, decimal_dot, decimal_paren, circled, ordinal, faq, markdown.

    `ordinal` is 0 where a Markdown heading or a FAQ mark has no number. `depth` counts the components of a decimal
    number or the `#` of a Markdown heading, and is 1 otherwise; `unit` is the counted word of an ordinal (`章`, `步`).
    `end` is the offset in the line at which the heading's own words start.
    """

    style: str
    ordinal: int
    depth: int
    end: int
    unit: str = ""


def parse_numbering(line: str) -> Numbering | None:
    """The numbering at the start of `line`, or None.

    >>> parse_numbering("二、現象與成因")
    Numbering(style='cjk', ordinal=2, depth=1, end=2, unit='')
    >>> parse_numbering("## 3.2 安装").depth
    2
    >>> parse_numbering("3.2亿元的合同") is None
    True
    """
    first = line[:1]
    if first in _SETEXT_BLANK:
        first = line.lstrip(_SETEXT_BLANK)[:1]
    if first not in _FIRST or not first:
        return None
    match = _NUMBERING.match(line)
    if match is None or (match.lastgroup is None):
        return None
    hashes = match["hashes"]
    for style, number in (
        ("cjk", match["cjk"]),
        ("cjk_paren", match["cjk_paren"]),
        ("decimal_dot", match["decimal_dot"]),
        ("decimal_paren", match["decimal_paren"]),
    ):
        if number is not None:
            return Numbering(style, parse_ordinal(number), len(hashes) if hashes else 1, match.end())
    if match["roman"] is not None:
        return Numbering(
            "cjk", _ROMAN[unicodedata.normalize("NFKC", match["roman"])], len(hashes) if hashes else 1, match.end()
        )
    if match["decimal"] is not None:
        parts = re.split("[.．]", match["decimal"])
        return Numbering(
            "decimal",
            int(parts[-1]),
            len(hashes) if hashes else len(parts),
            match.end(),
        )
    if match["ordinal"] is not None:
        return Numbering(
            "ordinal",
            parse_ordinal(match["nth"]),
            len(hashes) if hashes else 1,
            match.end(),
            match["unit"],
        )
    if match["step"] is not None:
        return Numbering(
            "ordinal",
            parse_ordinal(match["step_no"]),
            len(hashes) if hashes else 1,
            match.end(),
            "步",
        )
    if match["circled"] is not None:
        return Numbering(
            "circled",
            _circled(match["circled"]),
            len(hashes) if hashes else 1,
            match.end(),
        )
    if match["faq"] is not None:
        return Numbering(
            "faq",
            parse_ordinal(match["faq_no"] or match["faq_no2"] or ""),
            len(hashes) if hashes else 1,
            match.end(),
        )
    if hashes is not None:
        return Numbering("markdown", 0, len(hashes), match.end())
    return None


def parse_ordinal(number: str) -> int:
    """Chinese (both scripts, formal too) or decimal digits as an integer, 0 for an empty string.

    >>> [parse_ordinal(n) for n in ("十二", "二十", "一百零三", "１２", "貳")]
    [12, 20, 103, 12, 2]
    """
    if number.isdecimal():
        return int(number)
    total, digit = 0, 0
    for char in number:
        unit = _UNITS.get(char)
        if unit is None:
            digit = digit * 10 + _DIGITS.get(char, 0) if digit else _DIGITS.get(char, 0)
        else:
            total, digit = total + (digit or 1) * unit, 0
    return total + digit


def _circled(char: str) -> int:
    code = ord(char)
    return next(
        (code - start + first for start, end, first in _CIRCLED_STARTS if start <= code <= end),
        0,
    )
